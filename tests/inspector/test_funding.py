"""Funding is a gain or a loss of the account and of whoever held; a liquidation ends what it closed."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.order import Fill, Side
from barfinex.events.base import Event
from barfinex.events.inspector import AlertRaised, TradeClosed, TradingHalted
from barfinex.events.provider import LIQUIDATION, ExternalFillFound, FundingSettled
from tests.inspector.story import BTC, Story, intent

D = Decimal


def settled(story: Story, amount: str, quantity: int = 10, at: int | None = None) -> list[Event]:
    when = story.now if at is None else at
    event = FundingSettled(
        instrument=BTC, at=when, rate=D("0.0001"), mark=D(100), quantity=D(quantity), amount=D(amount)
    )
    return story.feed(event)


def liquidated(story: Story, quantity: int, fee: str) -> list[Event]:
    made = Fill("liq.1", "liquidation-1", BTC, Side.SELL, D(quantity), D(90), D(fee), story.now)
    return story.feed(ExternalFillFound(instrument=BTC, fill=made, reason=LIQUIDATION))


def test_funding_is_in_equity_and_in_the_trades_result() -> None:
    """I16: the trade earns what the account has gained."""
    story = Story()
    before = story.book.portfolio.cash
    story.hold()
    at = story.now
    settled(story, "-0.7")
    settled(story, "-0.7", at=at)
    story.after(1)
    settled(story, "0.3")
    assert story.book.account.carried == {BTC: D("-0.4")}
    closed = next(event for event in liquidated(story, 10, "1.5") if isinstance(event, TradeClosed))
    assert (closed.trade.funding, closed.trade.reason) == (D("-0.4"), "liquidation")
    assert closed.trade.net_pnl == story.book.portfolio.cash - before
    assert story.book.account.carried == {}


def test_two_trades_share_what_they_held_to_the_last_digit() -> None:
    story = Story()
    story.hold()
    story.after(1)
    story.hold(intent("2", strategy="other"))
    settled(story, "-0.00000001", quantity=20)
    shares = [position.funding for position in story.book.positions.values()]
    assert len(shares) == 2
    assert sum(shares, D(0)) == D("-0.00000001")


def test_what_is_held_beside_our_trades_bears_its_own_funding() -> None:
    story = Story()
    story.hold()
    settled(story, "-1", quantity=40)
    (position,) = story.book.positions.values()
    assert position.funding == D("-0.25")
    assert story.book.account.carried == {BTC: D(-1)}


def test_a_liquidation_halts_its_instrument_and_calls_for_a_person() -> None:
    story = Story()
    story.hold()
    said = liquidated(story, 10, "0")
    (halted,) = [event for event in said if isinstance(event, TradingHalted)]
    assert (str(halted.scope), halted.cause) == (f"instrument {BTC}", "liquidated")
    assert any(isinstance(event, AlertRaised) and event.critical for event in said)
    assert story.book.positions == {}
