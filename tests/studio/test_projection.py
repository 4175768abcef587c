"""The projection is the state that the events tell, whoever tells them and how often."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from msgspec.structs import replace
from rich.console import Console

from barfinex.bus.codec import decode, encode
from barfinex.domain.order import OrderState, Purpose, Side
from barfinex.events import inspector, kernel, provider
from barfinex.events.base import Event
from barfinex.events.catalog import CATALOG
from barfinex.studio.projection import DECISIONS_KEPT, ORDERS_KEPT, Projection
from barfinex.studio.terminal import panels
from tests.events.examples import example
from tests.factories import START, fill
from tests.studio.story import (
    Story,
    candles,
    day,
    decline,
    enter,
    filled,
    halts,
    leave,
    order,
    refuse,
    started,
    walk,
)  # fmt: skip


def told(*events: Event) -> Projection:
    story, state = Story(), Projection()
    for event in events:
        state.apply(story.say(event))
    return state


def test_an_open_position_is_valued_at_the_last_close() -> None:
    at = [START, 60_000.0, 60_500.0, 59_900.0, 60_400.0, 1.0]
    state = told(started(), *enter("a1"), candles("BTC-USDT", [at]))
    (held,) = state.holdings.values()
    assert (held.quantity, held.entry_price, held.is_protected) == (Decimal("0.5"), Decimal(60_000), True)
    assert held.open_pnl(state.mark_of(held)) == pytest.approx(200.0)
    assert state.equity == Decimal(100000) + 200 - 3
    assert state.exposure == pytest.approx(30_200.0)
    assert state.decisions["a1"].outcome == "entered"
    assert state.decisions["a1"].conviction == 0.57


def test_a_stop_that_followed_the_price_is_shown_where_it_stands() -> None:
    moved = order("a1", Purpose.STOP, trigger=Decimal(60_100))
    moved = replace(moved, id="ord-a1-s2")
    sent = provider.OrderSubmitted(instrument="BTC-USDT", approval_id="apr-2", request=moved)
    placed = inspector.ProtectionPlaced(
        instrument="BTC-USDT", trade_id="trd-a1", order_id="ord-a1-s2", unprotected_ms=0
    )
    (held,) = told(started(), *enter("a1"), sent, placed).holdings.values()
    assert held.stop == 60_100


def test_a_closed_trade_leaves_the_table_and_enters_the_tally() -> None:
    state = told(started(), *enter("a1"), *leave("a1"))
    assert state.holdings == {}
    assert (state.tally.trades, state.tally.wins, state.tally.net) == (1, 1, Decimal(594))
    assert state.strategies["trend"].net == Decimal(594)
    assert state.equity == Decimal(100_594)
    assert (state.decisions["a1"].outcome, state.decisions["a1"].reason) == (
        "won",
        "+594.00 (+1.98 R) by target",
    )
    states = {name: line.order.state for name, line in state.orders.items()}
    assert states == {
        "ord-a1-e": OrderState.FILLED,
        "ord-a1-s": OrderState.CANCELLED,
        "ord-a1-t": OrderState.FILLED,
    }


def test_parts_of_entry_and_exit_change_the_holding() -> None:
    entry = order("a1", Purpose.ENTRY)
    state = told(started(), *enter("a1"), filled(entry, "60600", START + 1, "0.25"))
    (held,) = state.holdings.values()
    assert (held.quantity, held.entry_price) == (Decimal("0.75"), Decimal(60_200))
    leaving = order("a1", Purpose.EXIT, side=Side.SELL)
    for event in (
        provider.OrderSubmitted(instrument="BTC-USDT", approval_id="apr-x", request=leaving),
        filled(leaving, "60600", START + 2, "0.25"),
    ):
        state.apply(replace(Story().say(event), seq=state.seq + 1))
    assert (held.quantity, held.entry_price) == (Decimal("0.5"), Decimal(60_200))
    assert state.orders["ord-a1-x"].order.state is OrderState.PARTIALLY_FILLED


def test_what_was_turned_down_is_counted_with_its_reason() -> None:
    state = told(started(), *decline("b1"), *decline("b2"), *refuse("c1"))
    assert state.refusals == {"spread too wide": 2, "position size": 1, "cooldown": 1}
    assert state.decisions["b1"].reason == "validation, spread too wide: 31.25 (limit 25)"
    assert state.decisions["c1"].outcome == "refused"


def test_a_halt_lasts_beyond_the_run_until_a_person_resumes() -> None:
    state = told(started(), *halts(), kernel.RunEnded(reason="done"), started())
    assert state.run.halt is not None
    assert (state.run.halt.reason, state.run.ended) == ("news", None)
    state.apply(replace(Story().say(inspector.TradingResumed(by="Ada", reason="calm")), seq=state.seq + 1))
    assert state.run.halt is None


def test_a_repetition_changes_nothing() -> None:
    once, twice = Projection(), Projection()
    for envelope in day():
        once.apply(envelope)
        for _ in range(2):
            twice.apply(envelope)
    assert (once.equity, once.tally, once.decisions) == (twice.equity, twice.tally, twice.decisions)
    assert once.marks == twice.marks


def test_another_process_sees_the_same() -> None:
    here, there = Projection(), Projection()
    for envelope in day():
        here.apply(envelope)
        there.apply(decode(encode(envelope)))
    assert (here.equity, here.tally, here.decisions, here.holdings) == (
        there.equity, there.tally, there.decisions, there.holdings,
    )  # fmt: skip
    assert here.candles == there.candles


@pytest.mark.parametrize("event", CATALOG.values(), ids=CATALOG)
def test_no_event_out_of_the_blue_breaks_it(event: type[Event]) -> None:
    state = told(example(event))
    assert state.seq == 1


def test_it_stays_small() -> None:
    """I10: however long a run, the oldest entries make room."""
    events = [event for k in range(200) for event in (*decline(f"b{k}"), *enter(f"a{k}"))]
    state = told(started(), *events, candles("BTC-USDT", walk(2_000, 100.0, 1)))
    assert len(state.decisions) == DECISIONS_KEPT
    assert len(state.orders) == ORDERS_KEPT
    assert len(state.candles["BTC-USDT"]) == 400


def test_an_open_order_outlives_the_finished_ones() -> None:
    state = told(
        started(), *enter("a0"), *(e for k in range(1, 60) for e in (*enter(f"a{k}"), *leave(f"a{k}")))
    )
    assert state.orders["ord-a0-s"].order.state is OrderState.ACCEPTED


def test_what_is_not_ours_is_worth_something_and_belongs_to_no_strategy() -> None:
    """A trade by hand, a transfer of coins and one of cash, each told twice as the sum that it is."""
    made = fill(id="m-1", quantity=Decimal(1), price=Decimal(60_000), fee=Decimal(6))
    state = told(
        started(),
        provider.ExternalFillFound(instrument="BTC-USDT", fill=made),
        provider.ExternalPositionFound(instrument="BTC-USDT", quantity=Decimal("0.5")),
        provider.ExternalPositionFound(instrument="BTC-USDT", quantity=Decimal("0.5")),
        provider.ExternalCashFound(asset="cash", amount=Decimal(100)),
        provider.ExternalCashFound(asset="BNB", amount=Decimal(9)),
    )
    assert state.holdings == {}
    assert state.outside.held == {"BTC-USDT": Decimal("1.5")}
    assert state.equity == Decimal(100_000) - 6 + 30_000 + 100
    assert "external" in shown(state)


def test_what_could_not_be_settled_is_shown_until_it_is() -> None:
    text = "fill_revoked f-1: one trade here, no such trade at the venue"
    report = provider.AccountReconciled(orders_checked=1, fills_recovered=0, mismatches=(), standing=(text,))
    state = told(started(), report)
    assert "books differ" in shown(state)
    assert "books differ" not in shown(told(started(), report, replace(report, standing=())))


def shown(state: Projection) -> str:
    console = Console(width=160, record=True, file=StringIO())
    console.print(panels.positions(state))
    console.print(panels.risk(state))
    return console.export_text()
