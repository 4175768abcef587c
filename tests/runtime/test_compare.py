"""Replay: the same inbox, the same answers; a difference is named with its row and field."""

from __future__ import annotations

from barfinex.bus.port import Port
from barfinex.events.base import Envelope, Event
from barfinex.events.kernel import AlertFired
from barfinex.events.provider import CandlesClosed, OrderAccepted
from barfinex.runtime.compare import compare_module, compare_streams
from tests.factories import candles
from tests.fakes import RecordingModule


def row(seq: int, event: Event, causation: int = 0) -> Envelope:
    return Envelope(seq, "run", event.publisher, seq, seq, seq, causation, event)


def accepted(name: str) -> OrderAccepted:
    return OrderAccepted(instrument="BTC-USDT", order_id=name)


async def echo(event: Event, port: Port) -> None:
    assert isinstance(event, AlertFired)
    port.emit(accepted(event.name))


def module() -> RecordingModule:
    return RecordingModule("provider", AlertFired, react=echo)


def run(*answers: str) -> list[Envelope]:
    """Alerts a and b, and what was recorded as answered to them."""
    rows = [row(10, AlertFired(name="a", at=1)), row(11, AlertFired(name="b", at=2))]
    return rows + [row(12 + k, accepted(name), 10 + k) for k, name in enumerate(answers)]


async def test_equal_answers_compare_equal() -> None:
    result = await compare_module(module(), [], run("a", "b"))
    assert (result.is_equal, result.compared, result.differences) == (True, 2, [])


async def test_a_difference_names_row_and_field() -> None:
    result = await compare_module(module(), [], run("a", "x"))
    (one,) = result.differences
    assert (one.seq, one.field, one.recorded, one.replayed) == (13, "order_id", "x", "b")


async def test_what_was_not_said_again_or_was_never_recorded_differs() -> None:
    assert [d.recorded for d in (await compare_module(module(), [], run("a"))).differences] == ["nothing"]
    extra = [*run("a", "b"), row(14, accepted("c"), 11)]
    assert [d.replayed for d in (await compare_module(module(), [], extra)).differences] == ["nothing"]


async def test_what_was_before_the_run_is_folded_and_not_handled() -> None:
    one = module()
    await compare_module(one, [row(1, AlertFired(name="old", at=0))], run("a", "b"))
    assert [envelope.seq for envelope in one.folded] == [1]
    assert len(one.seen) == 2


async def test_what_a_module_says_of_its_own_accord_is_not_compared() -> None:
    rows = [*run("a", "b"), row(15, accepted("by itself"))]
    assert (await compare_module(module(), [], rows)).is_equal


def test_streams_compare_event_by_event() -> None:
    """I8: in order, to the end of both."""
    block = CandlesClosed(candles=candles((1, 2, 0.5, 1.5)))
    rows = [row(1, block), row(2, accepted("a"))]
    assert compare_streams(iter(rows), rows).is_equal
    assert compare_streams(iter(rows), rows[:1]).differing == 1
    assert compare_streams(iter(rows[:1]), rows).differing == 1
