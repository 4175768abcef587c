"""While the market runs: what moves is no mismatch, what stays is found in one cycle."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import anyio
import pytest
from msgspec.structs import replace

from barfinex.config import ReconcileConfig
from barfinex.domain.mismatch import MismatchKind
from barfinex.domain.order import OrderState, Side
from barfinex.events.provider import AccountReconciled, ExternalFillFound, MismatchFound, OrderFilled
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconciliation.checks import ALERT, Checks, checks_of
from barfinex.provider.reconciliation.reconciler import Reconciler
from barfinex.provider.reconciliation.snapshot import Scope
from barfinex.provider.tracking import OrderFact
from barfinex.provider.venues.base import Cancelled, Filled
from tests.factories import fill
from tests.provider.reconciliation.desk import LIMIT, STOP, Desk, desk, facts, kinds
from tests.provider.reconciliation.plants import PLANTS, Plant

FOUND = [plant for plant in PLANTS if plant.kind is not MismatchKind.QUERY_FAILED]


@pytest.mark.parametrize("plant", FOUND, ids=[plant.kind.value for plant in FOUND])
async def test_each_kind_is_found_in_one_cycle_and_only_when_it_lasts(plant: Plant) -> None:
    """C28: seen once it is a suspicion, seen again two seconds later a mismatch; then there is peace."""
    made = await desk()
    await made.start()
    await plant.plant(made)
    assert await made.check(Scope.FULL) == []
    assert await made.check(Scope.FULL, after_ms=1_999) == []
    events = await made.check(Scope.FULL, after_ms=1)
    assert kinds(events) == [plant.kind]
    assert tuple(facts(events)) == plant.facts
    later = [*await made.check(Scope.FULL, after_ms=10_000), *await made.check(Scope.FULL, after_ms=10_000)]
    assert later == []


async def test_what_is_over_at_the_second_look_was_none() -> None:
    """A fill that the stream tells a moment after the query."""
    made = await desk()
    late = fill(id="f-2", order_id=STOP.id, side=Side.SELL, quantity=Decimal(2))
    made.exchange.trade(late)
    assert await made.check() == []
    made.exchange.made.remove(late)
    made.exchange.become(STOP.id, filled=Decimal(0), state=OrderState.ACCEPTED)
    made.exchange.held["BTC-USDT"] += 2
    made.exchange.owned["cash"] -= 200
    made.exchange.trade(late, tell=True)
    assert await made.check(after_ms=2_000) == []


async def test_a_check_that_races_with_live_traffic_invents_nothing() -> None:
    """Fills with every query, each heard as it happens: no check finds anything, however often."""
    made = await desk()
    await made.send(replace(LIMIT, id="ord-9-e", quantity=Decimal(1_000)))
    count = 0

    def trading(_query: str) -> None:
        nonlocal count
        count += 1
        made.exchange.trade(
            fill(id=f"r-{count}", order_id="ord-9-e", quantity=Decimal("0.25"), price=Decimal(count)),
            tell=True,
        )

    made.exchange.meanwhile = trading
    for _ in range(50):
        await made.check(after_ms=2_000)
    assert count > 200
    assert made.journal.of(MismatchFound) == made.journal.of(AccountReconciled) == []


async def test_an_order_that_ends_while_the_venue_is_asked_is_no_mismatch() -> None:
    made = await desk()

    def ending(query: str) -> None:
        if query == "open_orders" and made.gateway.orders[LIMIT.id].state.is_open:
            made.exchange.become(LIMIT.id, state=OrderState.CANCELLED)
            made.exchange.say(Cancelled(LIMIT.id, 0, "requested"))

    made.exchange.meanwhile = ending
    await made.check()
    await made.check(after_ms=2_000)
    assert made.journal.of(MismatchFound) == made.journal.of(AccountReconciled) == []


async def test_the_order_check_asks_for_no_trades_and_a_few_orders_only() -> None:
    """R44: lists first, a question for what they do not show, and the rest is left to the other checks."""
    made = await desk()
    made.exchange.put(LIMIT, OrderState.CANCELLED)
    await made.check(Scope.ORDERS)
    assert made.exchange.asked == ["open_orders", "conditional_orders", "orders"]


async def test_the_order_check_asks_for_trades_once_an_order_shows_more_than_we_heard() -> None:
    made = await desk()
    part = fill(id="f-2", order_id=LIMIT.id, quantity=Decimal("0.25"), price=Decimal(90))
    made.exchange.trade(part)
    await made.check(Scope.ORDERS)
    assert "fills" in made.exchange.asked
    assert facts(await made.check(Scope.ORDERS, after_ms=2_000)) == ["OrderFilled"]
    made.exchange.asked.clear()
    del made.exchange.orders[LIMIT.id]
    await made.check(Scope.ORDERS)
    assert "fills" not in made.exchange.asked


async def test_what_one_check_told_stands_until_a_check_of_the_same_parts_says_otherwise() -> None:
    made = await desk()
    await made.start()
    made.exchange.made.append(made.exchange.made[0])
    await made.check()
    assert kinds(await made.check(after_ms=2_000)) == [MismatchKind.FILL_DUPLICATED]
    assert await made.check(Scope.ORDERS, after_ms=2_000) == []
    assert await made.again().check(after_ms=2_000) == []
    made.exchange.made.pop()
    (over,) = await made.check(after_ms=2_000)
    assert isinstance(over, AccountReconciled)
    assert over.standing == ()


class Stubborn(OrderGateway):
    """Takes no repair."""

    repairs = 0

    def publish(self, event: OrderFact, ts: int) -> None:
        self.repairs += 1


async def test_a_repair_that_does_not_take_is_not_tried_for_ever() -> None:
    made = await desk()
    gateway = Stubborn(made.exchange, made.journal, ledger=made.ledger)
    for row in made.journal.rows:
        gateway.fold(row)
    made.reconciler = Reconciler(made.exchange, gateway, made.ledger, made.rules)
    made.exchange.become(LIMIT.id, state=OrderState.CANCELLED)
    for at in range(8):
        made.exchange.deaf = {"orders"} if at % 3 == 2 else set()
        await made.check(after_ms=2_000)
    assert gateway.repairs == 1
    told = [event.kind for event in made.journal.of(MismatchFound)]
    assert told.count(MismatchKind.CANCEL_MISSED) == 2  # Found and repaired; then that it stands.
    assert made.journal.of(AccountReconciled)[-1].standing != ()


async def _alerts(
    made: Desk,
    config: dict[str, Any],
    until_ms: int,
    checks: Checks | None = None,
    first: Callable[[], Awaitable[None]] | None = None,
) -> list[tuple[int, str]]:
    """Run the checks on a clock that jumps from alert to alert; returns (ms since the start, scope)."""
    if checks is None:
        checks = checks_of(ReconcileConfig(**config), made.exchange, made.gateway, made.ledger)
        await checks.start(made.port)
    made.clock.alert(made.clock.now() + 1, "somebody else's")
    began = made.clock.now()
    fired: list[tuple[int, str]] = []
    async with anyio.create_task_group() as group:
        group.start_soon(checks.run, made.port)
        await anyio.wait_all_tasks_blocked()
        if first is not None:
            await first()
            await anyio.wait_all_tasks_blocked()
        while (due := made.clock.next_alert()) is not None and due - began <= until_ms:
            made.clock.move(due)
            for alert in made.clock.due(due):
                checks.fired(alert.name)
                if alert.name.startswith(ALERT):
                    fired.append((due - began, alert.name.removeprefix(ALERT)))
            await anyio.wait_all_tasks_blocked()
        checks.stop()
    return fired


async def test_checks_come_at_their_times() -> None:
    """R44: orders every 5 s, so that a silent stream is found within 10; trades and holdings every 30 s,
    everything once a day."""
    made = await desk()
    fired = await _alerts(made, {}, 60_000)
    assert [at for at, scope in fired if scope == "orders"] == list(range(5_000, 60_001, 5_000))
    assert [at for at, scope in fired if scope == "account"] == [30_000, 60_000]
    assert [scope for _, scope in await _alerts(made, {"full_every_ms": 60_000}, 60_000)].count("full") == 1


async def test_what_is_heard_of_an_unknown_order_hurries_the_check_and_is_adopted() -> None:
    """F40: held back, asked about, EXTERNAL; and the checks that were due anyway come when they were due."""
    made = await desk()
    checks = checks_of(ReconcileConfig(), made.exchange, made.gateway, made.ledger)
    await checks.start(made.port)
    theirs = fill(id="m-1", order_id="manual-1")

    async def hear() -> None:
        made.exchange.trade(theirs)
        made.exchange.say(Filled(theirs, Decimal(1), Decimal(1)))

    fired = await _alerts(made, {}, 61_000, checks, hear)
    assert [at for at, scope in fired if scope == "account"] == [2_000, 30_000, 60_000]
    assert [event.fill for event in made.journal.of(ExternalFillFound)] == [theirs]
    assert [event.fill.id for event in made.journal.of(OrderFilled)] == ["f-1"]


async def test_news_of_a_trade_that_the_venue_does_not_stand_by_is_never_booked() -> None:
    """F40: the venue is asked, not taken at its word."""
    made = await desk()
    checks = checks_of(ReconcileConfig(), made.exchange, made.gateway, made.ledger)
    await checks.start(made.port)

    async def hear() -> None:
        made.exchange.say(Filled(fill(id="m-1", order_id="manual-1"), Decimal(1), Decimal(1)))

    before = made.state()
    await _alerts(made, {}, 61_000, checks, hear)
    assert made.journal.of(ExternalFillFound) == []
    assert made.state() == before


async def test_a_start_without_every_answer_is_made_up_for_soon() -> None:
    made = await desk()
    checks = checks_of(ReconcileConfig(), made.exchange, made.gateway, made.ledger)
    made.exchange.deaf = {"fills"}
    await checks.start(made.port)
    made.exchange.deaf.clear()
    fired = await _alerts(made, {}, 4_000, checks)
    assert [at for at, _ in fired] == [2_000]
    assert made.journal.of(AccountReconciled)[-1].failed == ()


async def test_a_suspicion_is_looked_at_again_soon() -> None:
    made = await desk()
    checks = checks_of(ReconcileConfig(), made.exchange, made.gateway, made.ledger)
    await checks.start(made.port)
    made.exchange.held["BTC-USDT"] = Decimal(3)
    fired = await _alerts(made, {}, 40_000, checks)
    assert [at for at, scope in fired if scope == "account"] == [30_000, 32_000]
    (told,) = made.journal.of(MismatchFound)
    assert told.kind is MismatchKind.POSITION_LARGER
    assert not checks.reconciler.standing  # What was adopted differs no more.


async def test_a_venue_that_answers_nothing_is_asked_later_and_later_up_to_a_minute() -> None:
    """F33: a revoked key brings no storm; what is answered again is asked as before."""
    made = await desk()
    checks = checks_of(ReconcileConfig(), made.exchange, made.gateway, made.ledger)
    await checks.start(made.port)
    made.exchange.deaf = {"orders", "open_orders", "conditional_orders", "fills", "positions", "balances"}
    fired = await _alerts(made, {}, 600_000, checks)
    times = [at for at, scope in fired if scope == "orders"]
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == 60_000
    assert checks.reconciler.standing
