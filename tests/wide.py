"""Limits too wide to matter, for tests that are about something else."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

WIDE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[1] / "config" / "reference.toml").read_text(encoding="utf-8")
)["inspector"]
