"""The comparison by itself: rules, edges and size."""

from __future__ import annotations

import time
from dataclasses import replace as evolve
from decimal import Decimal

import pytest
from msgspec.structs import replace

from barfinex.domain.mismatch import MismatchKind, Severity
from barfinex.domain.order import OrderState, Side
from barfinex.events.provider import ExternalCashFound, ExternalPositionFound, MismatchFound, OrderFilled
from barfinex.provider.absence import AT_ONCE
from barfinex.provider.reconciliation.belief import Rules, VenueSnapshot, believe
from barfinex.provider.reconciliation.compare import compare
from barfinex.provider.reconciliation.snapshot import Scope
from tests.factories import fill
from tests.provider.reconciliation.desk import LIMIT, RULES, STOP, THEIRS, desk, facts, kinds
from tests.provider.reconciliation.plants import LOST, PLANTS

FOREIGN = (
    MismatchKind.FILL_FOREIGN,
    MismatchKind.ORDER_FOREIGN,
    MismatchKind.STOP_FOREIGN,
    MismatchKind.POSITION_FOREIGN,
)


@pytest.mark.parametrize("kind", FOREIGN)
async def test_what_is_not_ours_halts_where_that_is_the_rule(kind: MismatchKind) -> None:
    """R43, F29, F30: adopted and counted either way, never touched; whether trading goes on is a rule."""
    plant = next(plant for plant in PLANTS if plant.kind is kind)
    made = await desk(Rules(proof=AT_ONCE, adopts=False))
    await plant.plant(made)
    events = await made.start()
    told = [event for event in made.journal.events() if getattr(event, "kind", "") is kind]
    assert [event.severity for event in told] == [Severity.HALTED]  # type: ignore[attr-defined]
    assert tuple(facts(events)) == plant.facts
    assert made.exchange.cancelled == []


async def test_an_empty_answer_to_no_question_says_nothing() -> None:
    made = await desk()
    assert compare(believe(made.gateway, made.ledger, made.port.now), VenueSnapshot(), RULES) == ()


async def test_many_differences_at_once_are_each_found_and_all_settled_in_one_start() -> None:
    made = await desk()
    for plant in PLANTS:
        if plant.kind in (MismatchKind.CANCEL_MISSED, MismatchKind.ACK_MISSED, *FOREIGN):
            await plant.plant(made)
    events = await made.start()
    assert set(kinds(events)) >= {
        MismatchKind.CANCEL_MISSED,
        MismatchKind.ACK_MISSED,
        MismatchKind.FILL_FOREIGN,
    }
    assert kinds(await made.again().start()) == []
    assert made.ledger.held() == made.exchange.held
    assert made.ledger.owned() == made.exchange.owned


async def test_missed_fills_of_one_order_carry_its_running_total() -> None:
    """I16: they count once each, in order, and end the order."""
    made = await desk()
    for name, part in (("f-2", "0.5"), ("f-3", "1.25"), ("f-4", "0.25")):
        made.exchange.trade(fill(id=name, order_id=STOP.id, side=Side.SELL, quantity=Decimal(part)))
    events = await made.start()
    totals = [event.filled for event in events if isinstance(event, OrderFilled)]
    assert totals == [Decimal("0.5"), Decimal("1.75"), Decimal(2)]
    assert made.gateway.orders[STOP.id].state is OrderState.FILLED
    assert made.ledger.held() == {"BTC-USDT": 0}


async def test_a_partly_filled_order_that_was_cancelled_keeps_its_fill() -> None:
    made = await desk()
    made.exchange.trade(fill(id="f-2", order_id=LIMIT.id, quantity=Decimal("0.25"), price=Decimal(90)))
    made.exchange.become(LIMIT.id, state=OrderState.CANCELLED)
    events = await made.start()
    assert facts(events) == ["OrderFilled", "OrderCancelled"]
    order = made.gateway.orders[LIMIT.id]
    assert (order.state, order.filled) == (OrderState.CANCELLED, Decimal("0.25"))


async def test_an_order_that_may_still_appear_is_not_called_absent() -> None:
    """I15: one "not found", however long after, is no proof; the settling's answers count with this one."""
    made = await desk(Rules())
    made.exchange.silent = {LOST.id}
    await made.send(LOST)
    made.clock.move(made.clock.now() + 3_600_000)
    assert facts(await made.start()) == []
    for _ in range(2):
        await made.gateway.settling.check(LOST.id, made.port)
        assert facts(await made.start()) == []
        made.clock.move(made.clock.now() + 10_000)
    assert made.gateway.orders[LOST.id].state is OrderState.UNKNOWN
    assert facts(await made.start()) == ["OrderRejected"]


async def test_an_answer_about_the_latest_trades_alone_proves_no_absence() -> None:
    """The order may have traded before what was asked for."""
    made = await desk()
    made.exchange.silent = {LOST.id}
    await made.send(LOST)
    made.clock.move(made.clock.now() + 7_200_000)
    late = fill(id="f-8", order_id=LIMIT.id, price=Decimal(90), ts=made.clock.now(), quantity=Decimal("0.5"))
    made.exchange.trade(late, tell=True)
    found = [*await made.check(), *await made.check(after_ms=2_000), *await made.check(after_ms=2_000)]
    assert facts(found) == []
    assert facts(await made.start()) == ["OrderRejected"]


async def test_an_order_that_has_traded_is_not_absent_although_it_cannot_be_asked_for() -> None:
    """F32: an archived order is not told by id any more, its trades are."""
    made = await desk()
    made.exchange.silent = {LOST.id}
    await made.send(LOST)
    made.clock.move(made.clock.now() + 60_000)
    made.exchange.trade(fill(id="f-9", order_id=LOST.id, price=Decimal(85)))
    events = await made.start()
    assert facts(events) == ["OrderFilled"]
    assert made.gateway.orders[LOST.id].state is OrderState.FILLED


@pytest.mark.parametrize(("missing", "found"), [("0.5", []), ("0.51", [MismatchKind.CASH_DIFFERS])])
async def test_fees_in_a_third_asset_have_a_tolerance_there_and_nowhere_else(
    missing: str, found: list[MismatchKind]
) -> None:
    """F28: the tolerance is of the named asset; the asset that is traded with is exact to the last digit."""
    rules = Rules(proof=AT_ONCE, fee_asset="BNB", fee_tolerance=Decimal("0.5"))
    made = await desk(rules)
    made.exchange.owned["BNB"] = Decimal(10)
    await made.start()
    made.exchange.owned["BNB"] -= Decimal(missing)
    assert kinds(await made.start()) == found
    made.exchange.owned["cash"] += Decimal("1e-18")
    assert MismatchKind.CASH_DIFFERS in kinds(await made.start())


async def test_what_was_adopted_is_the_whole_of_it_each_time() -> None:
    """A transfer and another: the event holds the sum, so that telling it twice changes nothing."""
    made = await desk()
    for added in (1, 2):
        made.exchange.owned["cash"] += 100
        made.exchange.held["ETH-USDT"] = Decimal(added)
        await made.start()
    assert [event.amount for event in made.journal.of(ExternalCashFound)] == [100, 200]
    assert [event.quantity for event in made.journal.of(ExternalPositionFound)] == [1, 2]
    assert made.again().ledger.owned() == made.exchange.owned


async def test_an_order_that_is_not_ours_is_told_again_when_it_changes() -> None:
    made = await desk()
    made.exchange.put(THEIRS)
    await made.start()
    made.exchange.trade(fill(id="m-1", order_id=THEIRS.id, price=Decimal(80)))
    events = await made.start()
    assert kinds(events) == [MismatchKind.FILL_FOREIGN, MismatchKind.ORDER_FOREIGN]
    assert made.ledger.external[THEIRS.id].filled == 1
    made.exchange.trade(fill(id="m-2", order_id=THEIRS.id, price=Decimal(80), quantity=Decimal(2)))
    events = await made.start()
    assert kinds(events) == [MismatchKind.FILL_FOREIGN, MismatchKind.EXTERNAL_ENDED]
    assert made.ledger.external == {}


async def test_a_trade_that_was_forgotten_is_not_taken_for_a_new_one() -> None:
    """The ledger remembers the latest trades only, and knows from when on."""
    made = await desk()
    made.ledger.horizon = made.exchange.made[0].ts
    made.ledger.fills.clear()
    assert kinds(await made.start()) == []


async def test_five_hundred_orders_are_reconciled_at_once() -> None:
    """R42: an account full of orders, of which a hundred have ended and a hundred have traded unheard."""
    made = await desk()
    requests = [replace(LIMIT, id=f"ord-{n}-e", trade_id=f"trd-{n}") for n in range(1_000, 1_500)]
    for request in requests:
        await made.send(request)
    for request in requests[:100]:
        made.exchange.become(request.id, state=OrderState.CANCELLED)
    for n, request in enumerate(requests[100:200]):
        made.exchange.trade(fill(id=f"x-{n}", order_id=request.id, price=Decimal(90)))
    began = time.perf_counter()
    events = await made.start()
    took = time.perf_counter() - began
    count = kinds(events)
    assert count.count(MismatchKind.CANCEL_MISSED) == count.count(MismatchKind.FILL_MISSED) == 100
    assert kinds(await made.again().start()) == []
    began = time.perf_counter()
    await made.check(Scope.ACCOUNT)
    again = time.perf_counter() - began
    print(
        f"\n502 orders, 300 differences: start {took * 1e3:.0f} ms; a check without any {again * 1e3:.1f} ms"
    )


async def test_a_venue_that_never_rests_does_not_hold_a_start_up() -> None:
    """I10: another trade by hand with every list that is asked for, and three passes are enough."""
    made = await desk()

    def trading(query: str) -> None:
        if query == "open_orders":
            made.exchange.trade(fill(id=f"m-{len(made.exchange.asked)}", order_id="manual-1"))

    made.exchange.meanwhile = trading
    await made.start()
    assert made.exchange.asked.count("open_orders") == 3


async def test_a_fill_is_missed_at_the_venue_from_the_moment_that_was_asked_for() -> None:
    """One just inside the answer's time was rolled back; one just before it was not asked for."""
    made = await desk()
    belief = believe(made.gateway, made.ledger, made.port.now)
    known = made.exchange.made[0]
    inside = VenueSnapshot(fills=(), since=known.ts)
    before = VenueSnapshot(fills=(), since=known.ts + 1)
    assert [d.mismatch.kind for d in compare(belief, inside, RULES)] == [MismatchKind.FILL_REVOKED]
    assert compare(belief, before, RULES) == ()
    forgotten = evolve(belief, horizon=known.ts)
    assert compare(forgotten, inside, RULES) == ()


async def test_a_short_position_needs_its_stop_as_well() -> None:
    made = await desk()
    short = replace(LIMIT, id="ord-5-e", trade_id="trd-5", side=Side.SELL, instrument="ETH-USDT")
    await made.send(short)
    sold = fill(id="s-1", order_id=short.id, instrument="ETH-USDT", side=Side.SELL, price=Decimal(90))
    made.exchange.trade(sold, tell=True)
    events = await made.start()
    assert [e.about for e in events if isinstance(e, MismatchFound)] == ["trd-5"]
    made.exchange.trade(replace(sold, id="m-9", order_id="manual-9", side=Side.BUY))
    assert kinds(await made.start()) == [MismatchKind.FILL_FOREIGN]


async def test_a_trade_that_was_closed_for_us_misses_no_stop_beside_one_that_has_its_own() -> None:
    """The account holds what the covered trade holds; one more, and somebody's stop is missing."""
    made = await desk()
    second = replace(LIMIT, id="ord-5-e", trade_id="trd-5", quantity=Decimal(1))
    await made.send(second)
    made.exchange.trade(fill(id="s-1", order_id=second.id, price=Decimal(90)), tell=True)
    events = await made.start()
    assert [e.about for e in events if isinstance(e, MismatchFound)] == ["trd-5"]
    sold = fill(id="m-9", order_id="manual-9", side=Side.SELL, price=Decimal(90))
    made.exchange.trade(sold)
    assert kinds(await made.start()) == [MismatchKind.FILL_FOREIGN]
    made.exchange.trade(replace(sold, id="m-10", order_id="manual-10", side=Side.BUY))
    assert MismatchKind.STOP_MISSING in kinds(await made.start())


async def test_what_a_person_buys_after_a_trade_was_closed_for_us_is_not_that_trade() -> None:
    """The account was flat in between: a settlement, say, and then a trade by hand."""
    made = await desk()
    short = replace(LIMIT, id="ord-5-e", trade_id="trd-5", side=Side.SELL, instrument="ETH-USDT")
    await made.send(short)
    sold = fill(id="s-1", order_id=short.id, instrument="ETH-USDT", side=Side.SELL, price=Decimal(90))
    made.exchange.trade(sold, tell=True)
    await made.start()
    made.exchange.trade(replace(sold, id="m-9", order_id="manual-9", side=Side.BUY))
    await made.start()
    made.exchange.trade(replace(sold, id="m-10", order_id="manual-10"))
    assert kinds(await made.start()) == [MismatchKind.FILL_FOREIGN]


async def test_what_is_told_of_a_foreign_order_is_what_is_left_of_it() -> None:
    made = await desk()
    made.exchange.put(THEIRS)
    made.exchange.become(THEIRS.id, filled=Decimal(1), state=OrderState.PARTIALLY_FILLED)
    events = await made.start()
    told = [e for e in events if isinstance(e, MismatchFound)]
    assert [(e.here, e.there) for e in told] == [("unknown", "buy limit 2 of 3")]
