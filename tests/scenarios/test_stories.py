"""Whole-system stories in lockstep; the witness asserts the invariants after every event."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.events.inspector import IntentRefused, ProtectionPlaced, TradeClosed
from tests.scenarios.world import config, play, walk

VENUES: dict[str, dict[str, Any]] = {
    "instant": {},
    "slow": {"latency_ms": 400},
    "slower than a candle": {"latency_ms": 2_500},
    "costly": {"spread_bps": 20.0, "slippage_bps": 10.0, "fee": "0.002"},
    "thin": {"volume_share": 0.02},
}


@pytest.mark.parametrize("venue", VENUES)
def test_a_day_at_a_venue_keeps_every_invariant(venue: str) -> None:
    """I1, I2, I3, I5, I6, I13, I15, I16 and I17, after every event, at venues of every temper."""
    series = [walk("AAA-USD", 1, 3_000), walk("BBB-USD", 2, 3_000)]
    outcome, journal, witness = play(series, config(venue=VENUES[venue]))
    kinds = {type(row.event) for row in journal.envelopes}
    assert len(outcome.collector.trades) >= 10
    assert {TradeClosed, ProtectionPlaced} <= kinds
    assert witness.seen > len(journal.envelopes)


def test_gaps_and_jumps_keep_every_invariant() -> None:
    """I16: opens away from the last close, missing candles: the books still balance to the last digit."""
    outcome, _, _ = play(
        [walk("AAA-USD", 3, 4_000, gap=0.003), walk("BBB-USD", 4, 4_000, gap=0.001)], config()
    )
    assert {trade.reason for trade, _ in outcome.collector.trades} >= {"stop", "target"}


def test_tight_limits_refuse_and_name_every_breach() -> None:
    """I4: what is refused says why, and nothing of it reaches the venue."""
    limits = {"position_notional_max": "1000", "open_positions_max": 1, "cooldown_ms": 60_000}
    outcome, journal, _ = play([walk("AAA-USD", 5, 3_000)], config(inspector=limits))
    refused = [row.event for row in journal.envelopes if isinstance(row.event, IntentRefused)]
    assert refused
    assert all(event.breaches and len(event.checks) > 10 for event in refused)
    assert outcome.collector.report()["refused"] == len(refused)
