"""A position's life after its entry, told by hand-fed events."""

from __future__ import annotations

import pytest

from barfinex.domain.instrument import Instrument
from barfinex.domain.order import OrderType, Side
from barfinex.domain.signal import Bracket, Direction
from barfinex.events.inspector import (
    CancelRequested,
    EquityMarked,
    IntentApproved,
    PositionOpened,
    ProtectionApproved,
    ProtectionPlaced,
    TradeClosed,
)
from tests.inspector.story import BTC, MINUTE, NOON, D, Story, intent, leave, names, only


def test_an_entry_fill_is_announced_and_protected_by_one_pair() -> None:
    """I1, I5: stop and target, each approved, in one OCO group."""
    story = Story()
    events = story.enter(price="100.5")
    assert names(events) == ["PositionOpened", "ProtectionApproved"]
    opened = only(events, PositionOpened)
    assert (opened.entry_price, opened.entry_ts, opened.quantity) == (D("100.5"), NOON, D(10))
    stop, target = (approval.order for approval in only(events, ProtectionApproved).approvals)
    assert (stop.id, stop.type, stop.trigger) == ("ord-1-s", OrderType.STOP, D("98.49"))
    assert (target.id, target.type, target.trigger) == (
        "ord-1-t",
        OrderType.TAKE_PROFIT,
        D(repr(100.5 * 1.04)),
    )
    assert (opened.stop, opened.target) == (stop.trigger, target.trigger)
    assert stop.oco == target.oco == "oco-1"
    for order in (stop, target):
        assert (order.side, order.quantity, order.reduce_only) == (Side.SELL, D(10), True)


@pytest.mark.parametrize(
    ("direction", "stop", "target"),
    [(Direction.LONG, "98.6", "104.5"), (Direction.SHORT, "102.5", "96.6")],
)
def test_levels_go_on_the_tick_nearer_to_the_entry(direction: Direction, stop: str, target: str) -> None:
    """I16: prices are on the instrument's tick, and rounding never adds risk."""
    story = Story(instrument=Instrument(BTC, tick=D("0.1")))
    opened = only(story.enter(intent(direction=direction), price="100.53"), PositionOpened)
    assert (opened.stop, opened.target) == (D(stop), D(target))


def test_a_stop_stands_alone_where_no_target_is_or_can_be() -> None:
    story = Story()
    events = story.enter(intent(direction=Direction.SHORT, bracket=Bracket(0.02, 1.5)))
    assert [(a.order.id, a.order.oco) for a in only(events, ProtectionApproved).approvals] == [
        ("ord-1-s", "oco-1")
    ]


def test_the_time_without_protection_is_measured() -> None:
    """I5: from the fill until the venue has the stop."""
    story = Story()
    story.enter()
    story.after(137)
    placed = only(story.submit("ord-1-s", "ord-1-t"), ProtectionPlaced)
    assert (placed.order_id, placed.unprotected_ms) == ("ord-1-s", 137)


def test_a_stopped_trade_is_closed_with_exact_numbers() -> None:
    """I16: result and cash to the last digit."""
    story = Story()
    story.enter(price="100.1", fee="1.001")
    story.submit("ord-1-s", "ord-1-t")
    story.after(MINUTE)
    events = story.fill("ord-1-s", "97.35", fee="0.9735")
    assert names(events) == ["TradeClosed", "EquityMarked"]
    closed = only(events, TradeClosed)
    trade = closed.trade
    assert (trade.entry_price, trade.exit_price, trade.quantity) == (D("100.1"), D("97.35"), D(10))
    assert (trade.entry_ts, trade.exit_ts, trade.reason) == (NOON, NOON + MINUTE, "stop")
    assert (trade.fees, trade.net_pnl) == (D("1.9745"), D("-29.4745"))
    assert closed.r_net == pytest.approx(-29.4745 / (10 * 100.1 * 0.02))
    marked = only(events, EquityMarked)
    assert marked.equity == story.book.account.portfolio.cash == 100_000 + trade.net_pnl
    assert (marked.peak, marked.drawdown) == (D(100_000), D("0.000295"))
    assert story.cancel("ord-1-t") == []
    assert not story.book.orders


def test_a_short_gains_when_the_price_falls() -> None:
    story = Story()
    story.hold(intent(direction=Direction.SHORT))
    trade = only(story.fill("ord-1-t", "96"), TradeClosed).trade
    assert (trade.net_pnl, trade.reason, trade.direction) == (D(40), "target", Direction.SHORT)


def test_each_partial_fill_gets_its_own_pair() -> None:
    """I5: no slice waits for the next."""
    story = Story()
    story.price(100.0)
    story.propose(intent())
    story.submit("ord-1-e")
    first = story.fill("ord-1-e", "100", "4")
    assert names(first) == ["PositionOpened", "ProtectionApproved"]
    second = only(story.fill("ord-1-e", "101", "6"), ProtectionApproved)
    assert [(a.order.id, a.order.quantity) for a in second.approvals] == [
        ("ord-1-s2", D(6)),
        ("ord-1-t2", D(6)),
    ]
    assert (
        second.approvals[0].order.oco == "oco-1-2" != only(first, ProtectionApproved).approvals[0].order.oco
    )
    story.submit("ord-1-s", "ord-1-t", "ord-1-s2", "ord-1-t2")
    assert story.fill("ord-1-s2", "98.98") == []
    trade = only(story.fill("ord-1-s", "98"), TradeClosed).trade
    assert (trade.quantity, trade.entry_price) == (D(10), D("100.6"))
    assert trade.net_pnl == 6 * D("98.98") + 4 * D(98) - 1006


def test_an_exit_of_the_strategy_sells_at_market_in_the_group_of_the_stop() -> None:
    """I5: until it fills, the stop stays; whichever fills first cancels the others: no double sale."""
    story = Story()
    story.hold()
    order = only(story.propose(leave(reason="cross")), IntentApproved).approval.order
    assert (order.id, order.type, order.side, order.oco) == ("ord-1-x", OrderType.MARKET, Side.SELL, "oco-1")
    assert (order.reduce_only, order.quantity, order.reason, order.intent_id) == (
        True,
        D(10),
        "cross",
        "int-9",
    )
    story.submit("ord-1-x")
    events = story.fill("ord-1-x", "103")
    assert names(events) == ["TradeClosed", "EquityMarked"]
    trade = only(events, TradeClosed).trade
    assert (trade.reason, trade.net_pnl) == ("cross", D(30))
    assert story.cancel("ord-1-s") == story.cancel("ord-1-t") == []


def test_two_exits_do_not_sell_a_position_twice() -> None:
    story = Story()
    story.hold()
    story.propose(leave())
    assert names(story.propose(leave(name="8"))) == ["IntentRefused"]


def test_an_exit_calls_back_what_the_entry_has_not_filled() -> None:
    """I16: a position being closed does not grow, and is closed when the entry is over."""
    story = Story()
    story.price(100.0)
    story.propose(intent())
    story.submit("ord-1-e")
    story.fill("ord-1-e", "100", "4")
    story.submit("ord-1-s", "ord-1-t")
    events = story.fill("ord-1-s", "98")
    assert names(events) == ["CancelRequested"]
    assert only(events, CancelRequested).order_id == "ord-1-e"
    trade = only(story.cancel("ord-1-e"), TradeClosed).trade
    assert (trade.quantity, trade.net_pnl) == (D(4), D(-8))


def test_a_fill_told_twice_counts_once() -> None:
    """I16: the position is the sum of the fills, each once."""
    story = Story()
    story.price(100.0)
    story.propose(intent())
    story.fill("ord-1-e", "100", "4")
    told = story.journal[-3].event
    assert story.feed(told) == []
    assert story.book.positions["trd-1"].quantity == 4


def test_a_fill_that_was_missed_counts_although_the_total_was_told_before() -> None:
    """I16: the second slice came first, with the venue's running total of both, and then the first."""
    story = Story()
    story.price(100.0)
    story.propose(intent())
    story.submit("ord-1-e")
    early, late = story.slice("ord-1-e", "100", 4, 4), story.slice("ord-1-e", "100", 6, 10)
    story.feed(late)
    assert story.book.positions["trd-1"].quantity == 6
    assert story.book.orders["ord-1-e"].remaining == 4
    story.feed(early)
    story.feed(late)
    assert story.book.positions["trd-1"].quantity == 10
    assert "ord-1-e" not in story.book.orders
    assert story.book.portfolio.positions[BTC].quantity == 10


def test_what_was_held_long_enough_is_left_at_the_close() -> None:
    story = Story()
    story.hold(intent(bracket=Bracket(0.02, 0.04, hold_ms_max=3 * MINUTE)))
    story.after(2 * MINUTE)
    assert story.price(101.0) == []
    story.after(MINUTE)
    approved = only(story.price(101.0), ProtectionApproved)
    assert approved.reason == "time"
    assert [(a.order.id, a.order.quantity) for a in approved.approvals] == [("ord-1-x", D(10))]
    story.after(MINUTE)
    assert story.price(101.0) == []
    story.submit("ord-1-x")
    assert only(story.fill("ord-1-x", "101"), TradeClosed).trade.reason == "time"


def test_an_entry_that_comes_to_nothing_leaves_nothing_behind() -> None:
    story = Story()
    story.price(100.0)
    story.propose(intent())
    story.submit("ord-1-e")
    assert story.expire("ord-1-e") == []
    assert not story.book.positions
    assert not story.book.orders


def test_the_daily_result_counts_the_trades_of_the_utc_day() -> None:
    story = Story()
    story.hold()
    story.fill("ord-1-s", "98")
    assert story.book.account.realised_on(NOON) == -20
    assert story.book.account.realised_on(NOON + 86_400_000) == 0


def test_a_venue_that_keeps_rejecting_an_exit_is_not_asked_for_ever() -> None:
    """I10: also for a slice of which the stop has sold a part."""
    story = Story()
    story.hold(intent(bracket=Bracket(0.02, 0.04, 60_000)))
    story.fill("ord-1-s", "98", quantity="4")
    asked = 0
    for _ in range(6):
        story.after(60_000)
        for event in story.price(100):
            if isinstance(event, ProtectionApproved):
                asked += 1
                story.reject(event.approvals[0].order.id)
    assert asked == 3


def test_an_exit_that_is_rejected_is_asked_for_again() -> None:
    """The condition that asked for it holds for one candle only: it will not ask twice."""
    story = Story()
    story.hold()
    story.propose(leave(reason="cross"))
    again = only(story.reject("ord-1-x", "APPROVAL_EXPIRED"), ProtectionApproved)
    assert [(a.order.id, a.order.reason) for a in again.approvals] == [("ord-1-x2", "cross")]
    story.submit("ord-1-x2")
    assert only(story.fill("ord-1-x2", "103"), TradeClosed).trade.reason == "cross"


def test_it_is_asked_for_three_times_at_most() -> None:
    """I10: then the stop and the target go on guarding the position."""
    story = Story()
    story.hold()
    story.propose(leave())
    orders = ["ord-1-x"]
    while events := [e for e in story.reject(orders[-1]) if isinstance(e, ProtectionApproved)]:
        orders.append(events[0].approvals[0].order.id)
    assert orders == ["ord-1-x", "ord-1-x2", "ord-1-x3"]
    assert "ord-1-s" in story.book.orders
