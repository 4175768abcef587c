"""A person, or the venue itself, closes what is ours: the trade ends, and nothing goes on guarding it."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.order import Fill, Side
from barfinex.events.base import Event
from barfinex.events.inspector import CancelRequested, ProtectionApproved, TradeClosed
from barfinex.events.provider import ExternalFillFound
from tests.inspector.story import BTC, Story

D = Decimal


def traded(story: Story, quantity: int, side: Side = Side.SELL, name: str = "web-1") -> list[Event]:
    """Somebody else trades at 99."""
    made = Fill(f"{name}.1", name, BTC, side, D(quantity), D(99), D(0), story.now)
    return story.feed(ExternalFillFound(instrument=BTC, fill=made))


def test_a_position_that_somebody_else_has_closed_is_over() -> None:
    story = Story()
    story.hold()
    said = traded(story, 10)
    (closed,) = [event for event in said if isinstance(event, TradeClosed)]
    assert (closed.trade.reason, closed.trade.exit_price, closed.trade.net_pnl) == ("external", D(99), D(-10))
    assert [event.order_id for event in said if isinstance(event, CancelRequested)] == ["ord-1-s"]
    assert story.book.positions == {}
    assert story.book.portfolio.positions[BTC].is_flat


def test_a_part_that_somebody_else_has_closed_is_not_sold_again() -> None:
    story = Story()
    story.hold()
    assert not any(isinstance(event, TradeClosed) for event in traded(story, 4))
    (position,) = story.book.positions.values()
    assert position.left == 6


def test_what_somebody_else_adds_or_had_added_before_takes_nothing_from_us() -> None:
    story = Story()
    story.hold()
    for side, name in ((Side.BUY, "web-1"), (Side.SELL, "web-2")):
        said = traded(story, 5, side, name)
        assert not any(isinstance(event, TradeClosed | ProtectionApproved) for event in said)
    (position,) = story.book.positions.values()
    assert position.left == 10
