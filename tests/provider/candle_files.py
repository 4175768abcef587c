"""Candle files for tests: fair ones, and what can be wrong with them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

START, MINUTE = 1_700_000_040_000, 60_000
HEADER = ["ts", "open", "high", "low", "close", "volume"]
Row = list[Any]


def rows(count: int = 100) -> list[Row]:
    """Candles a minute apart, prices around 100."""
    walk = 100.0 + np.random.default_rng(1).normal(0.0, 0.1, count + 1).cumsum()
    return [
        [START + MINUTE * i, first, max(first, last) + 0.1, min(first, last) - 0.1, last, 2.0]
        for i, (first, last) in enumerate(pairwise(walk.tolist()))
    ]


def write_csv(path: Path, lines: list[Row], header: list[str] | None = None) -> Path:
    text = [",".join(map(str, line)) for line in [header or HEADER, *lines]]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def write_parquet(path: Path, lines: list[Row], **columns: pa.Array) -> Path:
    """The rows, with whole columns replaced."""
    table = {name: pa.array([line[place] for line in lines]) for place, name in enumerate(HEADER)}
    parquet.write_table(pa.table({**table, **columns}), path)
    return path
