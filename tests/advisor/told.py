"""Decisions and their outcomes as the Advisor tells them, made by hand."""

from __future__ import annotations

from math import isnan
from typing import Any

from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.labels import Label
from barfinex.advisor.learning.ladder import SHARES
from barfinex.domain.candles import Floats
from barfinex.domain.ids import kin
from barfinex.domain.signal import Direction, Regime
from barfinex.events.advisor_learning import OutcomeLabelled
from barfinex.events.advisor_response import DecisionResponded
from tests.advisor.builders import EVEN, STEP

RUNGS = tuple((rung.value, 0.5) for rung in SHARES)


def decision(number: int = 1, at: int = 299, **changes: Any) -> DecisionResponded:
    """An approved long entry on candle `at`: 2 % to the stop, 4 % to the target, ten candles, no cost."""
    base: dict[str, Any] = {
        "instrument": "BTC-USDT",
        "decision_id": f"dec-{number:016x}",
        "signal_id": f"sig-{number:016x}",
        "strategy": "sample",
        "timeframe": "1m",
        "direction": Direction.LONG,
        "approved": True,
        "code": "",
        "stage": "",
        "value": "",
        "limit": "",
        "p_final": 0.5,
        "lcb": 0.4,
        "expected_r": 0.1,
        "r_range": (),
        "size": 0.01,
        "candle_ts": at * STEP,
        "entry": 100.0,
        "mid": 100.0,
        "stop": 0.02,
        "target": 0.04,
        "horizon": 10,
        "cost": 0.0,
        "slippage": 0.0,
        "features": (0.1,) * len(NAMES),
        "missing": (),
        "posterior": EVEN,
        "regime": Regime.RANGE,
        "rungs": RUNGS,
        "base_rate": 0.5,
        "logit": None,
        "model_id": "",
        "trace_hash": "",
    }
    return DecisionResponded(**{**base, **changes})


def outcome(told: DecisionResponded, won: bool = True, **changes: Any) -> OutcomeLabelled:
    """What became of it, admitted eleven candles after it was decided."""
    decided_at = told.candle_ts + STEP
    base: dict[str, Any] = {
        "instrument": told.instrument,
        "decision_id": told.decision_id,
        "strategy": told.strategy,
        "source": "shadow",
        "won": won,
        "r_net": 1.0 if won else -1.0,
        "barrier": "target" if won else "stop",
        "touched_at": decided_at + 5 * STEP,
        "admitted_at": decided_at + 11 * STEP,
        "weight": 1.0,
        "ambiguous": False,
        "probability": told.p_final,
        "labels": 1,
    }
    return OutcomeLabelled(**{**base, **changes})


def label(number: int = 1, at: int = 299, won: bool = True, **changes: Any) -> Label:
    """A decision with its outcome; `changes` of the decision."""
    told = decision(number, at, **changes)
    return Label.of(told, outcome(told, won), told.candle_ts + STEP)


def trade_of(told: DecisionResponded) -> str:
    return kin("trd", told.decision_id)


def labels_of(rows: Floats, won: Floats, **changes: Any) -> list[Label]:
    """Labels of rows [n, 24] of raw values, NaN where missing, that never overlap; two regimes in turns."""
    found = []
    for number, (row, is_won) in enumerate(zip(rows.tolist(), won.tolist(), strict=True)):
        missing = tuple(name for name, value in zip(NAMES, row, strict=True) if isnan(value))
        values = tuple(0.0 if isnan(value) else value for value in row)
        stress = number // 40 % 2
        about = {
            "posterior": (0.1, 0.1, 0.6 - 0.5 * stress, 0.1, 0.1 + 0.5 * stress),
            "regime": Regime.STRESS if stress else Regime.RANGE,
            "features": values,
            "missing": missing,
        }
        found.append(label(number, 20 * number, won=is_won > 0.5, **{**about, **changes}))
    return found
