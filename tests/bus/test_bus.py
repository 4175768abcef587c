"""Stamp, check the publisher, journal, deliver."""

from __future__ import annotations

import pytest

from barfinex.bus.bus import NotThePublisher
from barfinex.bus.port import JournalFailed
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.events.kernel import AlertFired
from barfinex.events.provider import CandlesClosed
from tests.bus.facts import Rig, alert, ended, printed
from tests.factories import candles
from tests.fakes import RecordingModule


def rig(arriving: bool = True) -> Rig:
    return Rig(LockstepTransport(), arriving=arriving)


def test_the_stamp_tells_when_it_happened_and_when_we_knew() -> None:
    made = rig()
    made.clock.move(70)
    known = made.bus.publish(alert(), "kernel", ts=60, took_us=5)
    assert (known.seq, known.run_id, known.source, known.ts, known.known_at) == (1, "run", "kernel", 60, 70)
    assert (known.correlation, known.causation, known.took_us) == (1, 0, 5)
    assert made.bus.publish(alert(), "kernel").ts == 70


def test_prices_are_neither_numbered_nor_journaled() -> None:
    made = rig()
    assert made.publish(printed(1.0)).seq == 0
    assert made.publish(alert()).seq == 1
    assert made.journal.events() == [alert()]


@pytest.mark.parametrize("arriving", [True, False])
def test_candles_are_journaled_when_they_cannot_be_read_again(arriving: bool) -> None:
    made = rig(arriving=arriving)
    made.publish(CandlesClosed(candles=candles((1, 1, 1, 1))))
    assert len(made.journal.rows) == int(arriving)


def test_what_answers_a_price_begins_a_decision_of_its_own() -> None:
    made = rig()
    price = made.publish(printed(1.0))
    answer = made.bus.publish(alert(), "kernel", cause=price)
    assert (answer.correlation, answer.causation) == (answer.seq, 0)


def test_an_event_of_another_publisher_goes_nowhere() -> None:
    """I6: each type has exactly one publisher, checked at publish."""
    made, module = rig(), RecordingModule("m", AlertFired)
    made.seat(module)
    taps: list[object] = []
    made.bus.taps.append(taps.append)
    with pytest.raises(
        NotThePublisher, match=r"detector published kernel\.alert_fired, which only kernel may"
    ):
        made.bus.publish(alert(), "detector")
    assert (made.journal.rows, taps) == ([], [])
    assert made.publish(ended()).seq == 1


async def test_what_cannot_be_journaled_is_not_delivered_and_leaves_no_gap() -> None:
    """I7: no module sees what is not recorded."""
    made, module = rig(), RecordingModule("m", AlertFired)
    made.seat(module)
    made.journal.fails = True
    with pytest.raises(JournalFailed):
        made.publish(alert())
    await made.transport.settle()
    assert module.seen == []
    made.journal.fails = False
    assert made.publish(alert()).seq == 1


def test_a_port_without_a_cause_tells_the_clocks_time() -> None:
    made = rig()
    made.clock.move(9)
    assert made.bus.port("kernel", lambda _: None).now == 9
    cause = made.publish(alert())
    made.clock.move(99)
    assert made.bus.answers("kernel", lambda _: None)(cause).now == 9
