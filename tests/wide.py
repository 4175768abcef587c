"""Limits too wide to matter, for tests that are about something else."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

WIDE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[1] / "config" / "reference.toml").read_text(encoding="utf-8")
)["inspector"]

TRUSTING: dict[str, Any] = {
    "base_rate": 0.45,
    "conviction_min": 0.0,
    "uncertainty_max": 1.0,
    "spread_to_stop_max": 1.0,
    "stop_atr_min": 0.0,
    "reward_risk_min": "off",
    "expected_r_min": -100.0,
    "expected_r_lcb_min": -100.0,
    "moved_max": 1.0,
}
"""An Advisor that lets pass what has not shown yet that it wins."""
