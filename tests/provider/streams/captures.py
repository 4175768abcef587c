"""The recorded streams beside the repository, frame by frame, when they are there."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

BOOKS = Path(__file__).parents[4] / "shared" / "data" / "book"
SPOT, FUTURES = "binance_spot_BTCUSDT_2024-08-08.jsonl.gz", "binance_usdm_BTCUSDT_2024-08-08.jsonl.gz"
BYBIT = "bybit_XRPUSDT_ob500_2024-12-01.jsonl.gz"

needs_captures = pytest.mark.skipif(not BOOKS.exists(), reason=f"{BOOKS} is absent")


def binance(name: str) -> Iterator[tuple[int, bytes]]:
    """(arrival in ms UTC, frame) of each line; the REST snapshot is a frame without a stream."""
    with gzip.open(BOOKS / name) as lines:
        for line in lines:
            head, frame = line.rstrip().split(b'"msg":', 1)
            yield int(head.split(b":")[1].rstrip(b",")) // 1_000_000, frame[:-1]


def bybit() -> Iterator[bytes]:
    with gzip.open(BOOKS / BYBIT) as lines:
        yield from (line.rstrip() for line in lines)


def kraken(version: int) -> Iterator[bytes]:
    whole = json.loads((BOOKS / f"kraken_spot_BTC-USD_v{version}.json").read_text())
    first = whole["init"] if isinstance(whole["init"], list) else [whole["init"]]
    yield from (json.dumps(one).encode() for one in [*first, *whole["updates"]])
