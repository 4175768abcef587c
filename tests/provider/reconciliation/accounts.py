"""Accounts that differ from our books in more ways than the plants: each field, each rule, each bound."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec.structs import replace

from barfinex.domain.order import Order, OrderState, OrderType, Purpose, Side
from barfinex.provider.absence import AT_ONCE
from barfinex.provider.reconciliation.belief import Rules
from tests.factories import fill, order_request
from tests.provider.reconciliation.desk import LIMIT, RULES, STOP, THEIRS, Desk
from tests.provider.reconciliation.plants import LOST

D = Decimal
STRICT = Rules(proof=AT_ONCE, adopts=False)
FEES = Rules(proof=AT_ONCE, fee_asset="BNB", fee_tolerance=D("0.5"))
MISSED = {"id": "f-2", "order_id": STOP.id, "side": Side.SELL, "quantity": D(2)}
LOST_PART = {"id": "f-8", "order_id": LOST.id, "quantity": D("0.5"), "price": D(85)}
Step = Callable[[Desk], Awaitable[None] | None]


class Account(NamedTuple):
    """`deaf` are the questions that are not answered."""

    label: str
    steps: Sequence[Step]
    rules: Rules = RULES
    deaf: Sequence[str] = ()


def made(index: int = 0, **changes: Any) -> Step:
    def step(desk: Desk) -> None:
        desk.exchange.made[index] = replace(desk.exchange.made[index], **changes)

    return step


def trade(**changes: Any) -> Step:
    return lambda desk: desk.exchange.trade(fill(**changes))


def told(**changes: Any) -> Step:
    return lambda desk: desk.exchange.trade(fill(**changes), tell=True)


def put(request: Any, state: OrderState = OrderState.ACCEPTED, filled: int = 0) -> Step:
    def step(desk: Desk) -> None:
        desk.exchange.orders[request.id] = Order(request, state, D(filled))

    return step


def become(order_id: str, **changes: Any) -> Step:
    return lambda desk: desk.exchange.become(order_id, **changes)


def gone(order_id: str) -> Step:
    return lambda desk: desk.exchange.orders.__delitem__(order_id)


def held(**quantities: int) -> Step:
    return lambda desk: desk.exchange.held.update({k.replace("_", "-"): D(v) for k, v in quantities.items()})


def owned(**amounts: str) -> Step:
    return lambda desk: desk.exchange.owned.update({k: D(v) for k, v in amounts.items()})


def later(ms: int) -> Step:
    return lambda desk: desk.clock.move(desk.clock.now() + ms)


def horizon(ahead: int) -> Step:
    """Trades of the past are forgotten up to so many ms after the first."""

    def step(desk: Desk) -> None:
        desk.ledger.horizon = desk.exchange.made[0].ts + ahead
        desk.ledger.fills.clear()

    return step


async def unknown(desk: Desk) -> None:
    desk.exchange.silent = {LOST.id}
    await desk.send(LOST)


def in_doubt(request: Any) -> Step:
    async def step(desk: Desk) -> None:
        desk.exchange.silent = {request.id}
        await desk.send(request)

    return step


async def unheard(desk: Desk) -> None:
    desk.submit_unheard(LOST)


async def settled(desk: Desk) -> None:
    await desk.start()


def sent(request: Any) -> Step:
    return lambda desk: desk.send(request)


SHORT = order_request(
    "ord-5-e", type=OrderType.LIMIT, price=D(90), trade_id="trd-5", side=Side.SELL, instrument="ETH-USDT"
)
EXIT = replace(STOP, id="ord-1-x", purpose=Purpose.EXIT, type=OrderType.MARKET, trigger=None, oco=None)
TARGET = replace(STOP, id="ord-1-t", purpose=Purpose.TARGET, type=OrderType.LIMIT, price=D(110), trigger=None)
OTHER = order_request("ord-7-x", type=OrderType.STOP, trigger=D(7), quantity=D(3), reduce_only=True)
SOLD = {"instrument": "ETH-USDT", "side": Side.SELL, "price": D(90)}
EARLY = fill().ts - 1
ACCOUNTS = (
    Account("a trade of another side", [made(side=Side.SELL)]),
    Account("a trade of another quantity", [made(quantity=D("2.5"))]),
    Account("a trade of another fee", [made(fee=D("0.3"))]),
    Account("a trade of another order", [made(order_id="ord-2-e")]),
    Account("a trade told at another time", [made(ts=EARLY)]),
    Account("a trade at the horizon", [horizon(0)]),
    Account("a trade behind the horizon", [horizon(-1)]),
    Account(
        "two trades of one order",
        [
            trade(id="f-2", order_id=STOP.id, side=Side.SELL, quantity=D("0.5"), fee=D("0.1")),
            trade(id="f-3", order_id=STOP.id, side=Side.SELL, quantity=D("1.25"), price=D(99)),
        ],
    ),
    Account(
        "two trades, the first told again",
        [
            trade(id="f-2", order_id=LIMIT.id, quantity=D("0.25"), price=D(90)),
            lambda desk: desk.exchange.made.append(desk.exchange.made[1]),
        ],
    ),
    Account("a trade of our mark", [trade(id="m-1", order_id="ord-99-e", quantity=D("0.5"))]),
    Account(
        "a foreign trade, strictly",
        [trade(id="m-1", order_id="web-1", side=Side.SELL, quantity=D("0.5"), fee=D("0.25"))],
        STRICT,
    ),
    Account("a foreign order, strictly", [put(THEIRS, filled=1)], STRICT),
    Account("a foreign stop, strictly", [put(replace(OTHER, id="web-2"), filled=1)], STRICT),
    Account("a foreign position, strictly", [held(ETH_USDT=-5)], STRICT),
    Account("a larger position, strictly", [held(BTC_USDT=3)], STRICT),
    Account("a stop of our mark, strictly", [put(OTHER)], STRICT),
    Account("a foreign order that has not changed", [put(THEIRS), settled]),
    Account("a foreign order that has changed", [put(THEIRS), settled, become(THEIRS.id, filled=D(1))]),
    Account(
        "a foreign order that is gone, one list unanswered",
        [put(THEIRS), settled, gone(THEIRS.id)],
        deaf=["conditional_orders"],
    ),
    Account(
        "two foreign orders, the first goes",
        [put(THEIRS), put(replace(THEIRS, id="web-3")), settled, gone(THEIRS.id)],
    ),
    Account("an order of another side", [become(LIMIT.id, request=replace(LIMIT, side=Side.SELL))]),
    Account("an order of another type", [become(STOP.id, request=replace(STOP, type=OrderType.STOP_LIMIT))]),
    Account("an order of another limit", [become(LIMIT.id, request=replace(LIMIT, price=D(91)))]),
    Account("an order of another trigger", [become(STOP.id, request=replace(STOP, trigger=D(94)))]),
    Account(
        "an order with more zeros",
        [become(STOP.id, request=replace(STOP, trigger=D("95.00"), quantity=D("2.0")))],
    ),
    Account(
        "an order of another quantity and price",
        [become(LIMIT.id, request=replace(LIMIT, quantity=D(7), price=D(91)))],
    ),
    Account(
        "an order that has filled more", [become(STOP.id, filled=D(1), state=OrderState.PARTIALLY_FILLED)]
    ),
    Account(
        "an order that has filled more, trades unanswered", [become(STOP.id, filled=D(1))], deaf=["fills"]
    ),
    Account(
        "an order that its trades end",
        [
            trade(**MISSED),
            become(STOP.id, state=OrderState.CANCELLED),
        ],
    ),
    Account(
        "an order that its trades end, gone",
        [trade(**MISSED), gone(STOP.id)],
    ),
    Account(
        "an order in part, cancelled",
        [
            trade(id="f-2", order_id=STOP.id, side=Side.SELL, quantity=D(1)),
            become(STOP.id, state=OrderState.CANCELLED),
        ],
    ),
    Account("an unknown order, expired", [unknown, put(LOST, OrderState.EXPIRED)]),
    Account("an unknown order, cancelled", [unknown, put(LOST, OrderState.CANCELLED)]),
    Account(
        "an unknown order in part",
        [unknown, put(LOST), trade(**LOST_PART)],
    ),
    Account(
        "a sent order in part",
        [unheard, put(LOST), trade(**LOST_PART)],
    ),
    Account("an unknown order that is not found", [unknown]),
    Account("an unknown order, too late", [unknown, later(20_001)]),
    Account("a sent order, too late", [unheard, later(20_001)]),
    Account("an unknown order, trades unanswered", [unknown, later(20_001)], deaf=["fills"]),
    Account("an unknown order, one list unanswered", [unknown, later(20_001)], deaf=["open_orders"]),
    Account("an unknown order, the other unanswered", [unknown, later(20_001)], deaf=["conditional_orders"]),
    Account(
        "an unknown order that has traded",
        [unknown, later(20_001), trade(**LOST_PART)],
    ),
    Account("an unknown order, the rules of a slow venue", [unknown, later(20_001)], Rules()),
    Account("more than an unknown order explains", [unknown, held(BTC_USDT=4)]),
    Account("as much as an unknown order explains", [unknown, held(BTC_USDT=3), owned(cash="1")]),
    Account("less, which an unknown order does not explain", [unknown, held(BTC_USDT=1)]),
    Account("elsewhere, which an unknown order does not explain", [unknown, held(ETH_USDT=1)]),
    Account("as much as an unknown sale explains", [in_doubt(SHORT), held(ETH_USDT=-1)]),
    Account("more than an unknown sale explains", [in_doubt(SHORT), held(ETH_USDT=-2)]),
    Account("the other way than an unknown sale", [in_doubt(SHORT), held(ETH_USDT=1)]),
    Account("a stop that is gone", [gone(STOP.id)]),
    Account("a stop that is gone, one list unanswered", [gone(STOP.id)], deaf=["open_orders"]),
    Account("all orders gone", [gone(STOP.id), gone(LIMIT.id)]),
    Account("a position that is nought", [held(BTC_USDT=0)]),
    Account("a position the other way", [held(BTC_USDT=-2)]),
    Account("a smaller position", [held(BTC_USDT=1)]),
    Account(
        "a position after a missed trade",
        [trade(**MISSED), held(BTC_USDT=1)],
    ),
    Account("a position that was adopted", [held(ETH_USDT=5), settled, held(ETH_USDT=7)]),
    Account("a position that was adopted, less", [held(ETH_USDT=-5), settled, held(ETH_USDT=-3)]),
    Account("three positions", [held(ETH_USDT=5, ADA_USDT=1, BTC_USDT=9)]),
    Account("positions, trades unanswered", [held(ETH_USDT=5)], deaf=["fills"]),
    Account("positions unanswered", [held(ETH_USDT=5)], deaf=["positions"]),
    Account("cash and fees", [owned(cash="100000", BNB="0.5")], FEES),
    Account("cash and too many fees", [owned(cash="99799.8", BNB="0.51")], FEES),
    Account("cash that was adopted", [owned(cash="99800"), settled, owned(cash="99801.50")]),
    Account(
        "cash and a missed trade",
        [trade(id="f-2", order_id=STOP.id, side=Side.SELL, quantity=D(2), fee=D(1)), owned(cash="100000")],
    ),
    Account("another asset", [owned(XRP="7")]),
    Account("cash, trades unanswered", [owned(cash="1")], deaf=["fills"]),
    Account("cash unanswered", [owned(cash="1")], deaf=["balances"]),
    Account("a short without a stop", [sent(SHORT), told(id="s-1", order_id=SHORT.id, **SOLD)]),
    Account(
        "a short that somebody has closed",
        [sent(SHORT), told(id="s-1", order_id=SHORT.id, **SOLD), held(ETH_USDT=0)],
    ),
    Account(
        "a short, positions unanswered",
        [sent(SHORT), told(id="s-1", order_id=SHORT.id, **SOLD)],
        deaf=["positions"],
    ),
    Account(
        "a stop in vain, an exit works",
        [sent(EXIT), put(replace(EXIT, type=OrderType.LIMIT, price=D(1))), gone(STOP.id)],
    ),
    Account("a stop in vain, a target works", [sent(TARGET), gone(STOP.id)]),
    Account(
        "a stop that has filled in part",
        [told(id="f-2", order_id=STOP.id, side=Side.SELL, quantity=D("0.5")), gone(STOP.id)],
    ),
    Account("an entry that fills unheard", [trade(id="f-2", order_id=LIMIT.id, price=D(90))]),
    Account("an entry in doubt", [unknown, put(LOST)]),
)
