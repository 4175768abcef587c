"""How positions were protected is told alike by the report, the view and the events."""

from __future__ import annotations

from pathlib import Path

from barfinex.audit.reader import Reader
from barfinex.events.inspector import ProtectionApproved, ProtectionPlaced, TradeClosed
from tests.audit.story import write
from tests.scenarios.world import FOLLOWING, MOVING, config, play, walk


def test_the_time_without_a_stop_and_the_moves_are_told_alike(tmp_path: Path) -> None:
    """I5: in the run's report, in `v_protection` and in TradeClosed; an order takes a while to arrive."""
    settings = config(venue={"latency_ms": 400})
    outcome, journal, _ = play([walk("AAA-USD", 31, 900)], settings, names=FOLLOWING, folder=MOVING)
    events = [row.event for row in journal.envelopes]
    closed = [event for event in events if isinstance(event, TradeClosed)]
    moved = {
        approval.order.id
        for event in events
        if isinstance(event, ProtectionApproved) and event.reason in ("trail", "break_even")
        for approval in event.approvals
        if approval.order.trigger is not None
    }
    placed = {event.order_id for event in events if isinstance(event, ProtectionPlaced)}
    path = tmp_path / "journal.db"
    write(path, journal.envelopes)
    with Reader(path) as reader:
        rows = reader.query("select * from v_protection order by seq")
    assert len(closed) > 5
    assert moved & placed
    assert sum(row["moves"] for row in rows) == len(moved & placed)
    assert sum(row["stops"] for row in rows) == len(placed)
    told = {event.trade.id: (event.unprotected_ms, event.unprotected_ms_worst) for event in closed}
    assert {r["trade_id"]: (r["total_ms"], r["worst_ms"]) for r in rows if not r["is_open"]} == told
    assert all(row["first_ms"] == 1_000 for row in rows), "a fill inside a candle is known at its close"
    most, whole = max(worst for _, worst in told.values()), sum(total for total, _ in told.values())
    assert outcome.collector.report()["unprotected_ms"] == {"max": most, "total": whole}
    assert most >= 1_000
