"""Whole-system stories in lockstep; the witness asserts the invariants after every event."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.events.inspector import IntentRefused, ProtectionApproved, ProtectionPlaced, TradeClosed
from tests.scenarios.world import FOLLOWING, MOVING, config, play, walk

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


@pytest.mark.parametrize("groups", [True, False], ids=["groups", "no groups"])
@pytest.mark.parametrize("venue", ["instant", "slow", "thin"])
def test_stops_that_follow_never_leave_what_they_protect(venue: str, *, groups: bool) -> None:
    """I5: no event but a fill of an entry ever leaves a part of a position without cover, at venues with and
    without groups of which one order cancels the others; and no order outlives its position."""
    instruments = [{"symbol": s, "tick": "0.01", "lot": "0.01"} for s in ("AAA-USD", "BBB-USD")]
    series = [walk("AAA-USD", 21, 1_200), walk("BBB-USD", 22, 1_000, gap=0.001)]
    settings = config(instruments, venue={**VENUES[venue], "oco": groups})
    outcome, journal, witness = play(series, settings, names=FOLLOWING, folder=MOVING)
    moves = [row.event for row in journal.envelopes if isinstance(row.event, ProtectionApproved)]
    assert {"trail", "break_even", "stop"} <= {event.reason for event in moves}
    assert any("-s2" in approval.order.id for event in moves for approval in event.approvals)
    assert len(outcome.collector.trades) >= 10
    assert witness.shield.windows == []


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
