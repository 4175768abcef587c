"""A person halts, closes and resumes in the middle of a day; the witness looks on."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.domain.order import Purpose
from barfinex.domain.trading import Action, Level, Scope
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import IntentApproved, LooseningRequested, PositionOpened, TradeClosed
from barfinex.events.studio import HaltRequested, ResumeRequested
from tests.scenarios.world import T0, Wish, config, play, walk

HALT_AT, ASK_AT, CONFIRM_AT, CANDLES = T0 + 1_200_000, T0 + 1_800_000, T0 + 1_870_000, 3_000
SCOPES = {"everything": Scope(), "one instrument": Scope(Level.INSTRUMENT, "AAA-USD")}


def close_all(scope: Scope) -> Wish:
    wish = HaltRequested(way="api", reason="news", action=Action.CLOSE_ALL, scope=scope)
    return HALT_AT, lambda _journal: wish


def resume(scope: Scope, at: int) -> Wish:
    """Asked for, or, when that was done already, confirmed."""

    def wish(journal: list[Envelope]) -> Event:
        asked = [row.event.id for row in journal if isinstance(row.event, LooseningRequested)]
        return ResumeRequested(
            by="Ada", reason="calm", is_person=True, scope=scope, confirmation=asked[-1] if asked else ""
        )

    return at, wish


def entries(rows: list[Envelope], instrument: str, since: int, until: int) -> int:
    approved = [row.event for row in rows if since < row.known_at <= until]
    return sum(
        isinstance(event, IntentApproved)
        and event.instrument == instrument
        and event.approval.order.purpose is Purpose.ENTRY
        for event in approved
    )


@pytest.mark.parametrize(("scope", "venue"), [("everything", {}), ("one instrument", {"latency_ms": 2_500})])
def test_closing_all_leaves_every_position_and_a_resume_in_two_steps_goes_on(
    scope: str, venue: dict[str, Any]
) -> None:
    """I1, I5, I13, I16: flat within seconds, no entry until a person has asked, waited and confirmed."""
    reach = SCOPES[scope]
    series = [walk("AAA-USD", 1, CANDLES), walk("BBB-USD", 2, CANDLES)]
    wishes = [close_all(reach), resume(reach, ASK_AT), resume(reach, CONFIRM_AT)]
    outcome, journal, _ = play(series, config(venue=venue), wishes=wishes)
    rows = journal.envelopes
    closed = [trade for trade, _ in outcome.collector.trades if trade.reason == "close_all"]
    assert closed
    assert all(HALT_AT <= trade.exit_ts <= HALT_AT + 10_000 for trade in closed)
    halted = ["AAA-USD"] if reach.target else ["AAA-USD", "BBB-USD"]
    for instrument in halted:
        assert held(rows, instrument, HALT_AT + 10_000) == 0
        assert entries(rows, instrument, HALT_AT + 1_000, CONFIRM_AT) == 0
    assert entries(rows, "AAA-USD", CONFIRM_AT, T0 + CANDLES * 1_000) > 0
    if reach.target:
        assert entries(rows, "BBB-USD", HALT_AT, CONFIRM_AT) > 0, "the other instrument trades on"


def held(rows: list[Envelope], instrument: str, at: int) -> int:
    """How many positions were open at a time."""
    count = 0
    for row in rows:
        if row.known_at <= at and getattr(row.event, "instrument", "") == instrument:
            count += isinstance(row.event, PositionOpened) - isinstance(row.event, TradeClosed)
    return count


def test_a_halted_day_is_the_same_for_every_partition_into_blocks() -> None:
    """I8: a halt interrupts no differently candle by candle."""
    wishes = [close_all(Scope())]
    series = [walk("AAA-USD", 1, 1_200)]
    hashes = set()
    for block in (1, 0):
        _, journal, _ = play(series, config(), block=block, wishes=wishes)
        hashes.add(journal.head)
    assert len(hashes) == 1
