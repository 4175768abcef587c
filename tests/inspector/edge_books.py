"""Books in the states that the edges of the policies ask for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from barfinex.config import GroupConfig, InspectorConfig
from barfinex.domain.candles import series_of
from barfinex.domain.instrument import Instrument
from barfinex.domain.margin import Linear
from barfinex.domain.order import Fill, OrderType, Purpose, Side
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Bracket, Direction
from barfinex.domain.trading import Action, Level, Scope
from barfinex.events.provider import BookSampled
from barfinex.events.studio import HaltRequested
from barfinex.inspector.book import RiskBook
from barfinex.inspector.books import Top
from barfinex.inspector.guard import Guard, Slice
from tests.inspector.course_cases import HOUR, sampled
from tests.inspector.policy_cases import Case, book, forged, managed, proposal
from tests.inspector.size_cases import ETH, order, under_way
from tests.inspector.story import BTC, MINUTE, NOON, D, intent

L = InspectorConfig
SHORT: dict[str, Any] = {"intent": intent(direction=Direction.SHORT)}
DEFAULT = L()


def case(made: RiskBook | None = None, limits: InspectorConfig = DEFAULT, **changes: Any) -> Case:
    return proposal(**changes), made or book(), limits


def holding(name: str = "trd-8", left: Decimal | int = 5, **changes: Any) -> RiskBook:
    """A book with one position of ours, and the quantity behind it."""
    made, held = book(), managed(name)
    for key, value in {"left": D(left), **changes}.items():
        setattr(held, key, value)
    made.positions[name] = held
    account = made.account
    side = Side.opening(held.direction)
    if left:
        account.portfolio.apply(Fill("f-1", name, held.instrument, side, D(left), D(100), D(0), NOON))
    return made


def future(leverage: int) -> dict[str, Any]:
    """The instrument as a linear future without maintenance."""
    return {"instrument": Instrument(BTC, linear=Linear(D(leverage), D(0)))}


def futures(own: int, other: int) -> RiskBook:
    """Both instruments are linear futures, each with its leverage."""
    made = book()
    made.account.futures = {BTC: Linear(D(own)), ETH: Linear(D(other))}
    return made


def margined(price: int, funding: int, stop: int | None = None) -> RiskBook:
    """Ten are held, bought at a price, on which so much funding was received, with a stop over them."""
    made = book()
    made.account.portfolio.apply(Fill("f-1", "trd-8", BTC, Side.BUY, D(10), D(price), D(0), NOON))
    made.account.fund(BTC, NOON, D(funding), NOON)
    if stop is not None:
        made.positions["trd-8"] = held = managed("trd-8")
        held.guards.append(Guard(Slice(D(10), D(price), NOON), None, "s", "s", D(stop)))
    return made


def scored(score: float) -> RiskBook:
    made = book()
    made.books.scores[BTC] = score
    return made


def foreign(side: Side) -> RiskBook:
    """The account holds two that no trade of ours does."""
    made = book()
    made.account.portfolio.apply(Fill("f-1", "manual", BTC, side, D(2), D(100), D(0), NOON))
    return made


def levels(bids: tuple[tuple[float, float], ...], asks: tuple[tuple[float, float], ...]) -> RiskBook:
    made = book()
    made.books.fold(BookSampled(instrument=BTC, bids=bids, asks=asks), NOON)
    return made


def groups() -> dict[str, Any]:
    """Two groups of one instrument: one with it alone, one with another beside it."""
    names = (("alone", (BTC,)), ("both", (BTC, ETH)), ("last", (BTC, "SOL-USDT")))
    return {"groups": tuple(GroupConfig(name=name, instruments=each) for name, each in names)}


def locked() -> RiskBook:
    made = book()
    made.account.counters.runaways["trend", BTC, Side.BUY] = None
    return made


def approved(*agos: int) -> RiskBook:
    """Entries of the same strategy, so many ms ago."""
    made = book()
    for ago in agos:
        made.account.counters.approve(order(strategy="trend"), D(99), NOON - ago)
    return made


def asked(quantity: int = 10, price: int = 100) -> RiskBook:
    made = book()
    made.account.counters.asked["trend", BTC, Side.BUY] = (NOON, D(quantity), D(price))
    return made


def throttled(ago: int, *, has_entered: bool = True) -> RiskBook:
    """Under a throttle of a minute, the last entry so many ms ago."""
    made = book()
    wish = HaltRequested(way="command", reason="why", action=Action.THROTTLE)
    made.trading.wish(wish, NOON)
    if has_entered:
        made.trading.last_entry[wish.scope] = NOON - ago
    return made


def moved(*last: float, at: int = NOON) -> RiskBook:
    """Sixty moves of one, then these closes, the last at `at`."""
    closes = [100.0 + n % 2 for n in range(61)] + list(last)
    rows = [[at - (len(closes) - n) * MINUTE, *[close] * 4, 1.0] for n, close in enumerate(closes)]
    made = RiskBook(D(100_000))
    made.account.show(series_of(BTC, "1m", rows).block())
    return made


def judged() -> RiskBook:
    """The signal was judged before."""
    made = book()
    made.judged.add("sig-1")
    return made


def halted(level: Level, target: str, action: Action = Action.HALT) -> RiskBook:
    """One strategy, instrument or the like is restricted, and its last entry was now."""
    made, scope = book(), Scope(level, target)
    made.trading.wish(HaltRequested(way="command", reason="why", action=action, scope=scope), NOON)
    made.trading.last_entry[scope] = NOON
    return made


def rising(closes_at: int) -> RiskBook:
    """Five of the same strategy are held, and the last candle went to 200."""
    made = holding(strategy="trend")
    made.account.show(series_of(BTC, "1m", [[closes_at - MINUTE, *[200.0] * 4, 1.0]]).block())
    return made


def stopped(*agos: int, instrument: str = BTC) -> RiskBook:
    made = book()
    for n, ago in enumerate(agos):
        at = NOON - ago
        parts = (D(1), at, at, D(1), D(1), D(0), D(-1), "stop")
        made.account.close(RoundTrip(f"trd-{n}", "s", instrument, Direction.LONG, *parts))
    return made


def lists() -> RiskBook:
    """Working orders here and elsewhere, and three slices here that wait for their orders."""
    made = under_way(book(), order("ord-6-s", purpose=Purpose.STOP, type=OrderType.STOP))
    made = under_way(made, order("ord-7-e", instrument=ETH))
    for name, instrument, count in (("a", BTC, 2), ("b", ETH, 4), ("c", BTC, 1)):
        made.positions[name] = held = managed(name)
        held.instrument, held.naked = instrument, [Slice(D(1), D(100), NOON)] * count
    return made


def working(**changes: Any) -> RiskBook:
    """An own order of the other side at 101, unless told otherwise."""
    offer = {"side": Side.SELL, "type": OrderType.LIMIT, "price": D(99), "purpose": Purpose.EXIT}
    return under_way(book(), order(**{**offer, **changes}))


def instant() -> Bracket:
    """A time stop at once, which a bracket's own checks would not let through."""
    made = forged(0.02)
    return type(made)(0.02, None, 0)


def two_of_ours() -> RiskBook:
    made = under_way(under_way(holding(strategy="trend"), order(strategy="trend")), FURTHER_OURS)
    made.positions["trd-9"] = managed("trd-9", "trend")
    made.positions["trd-9"].left = D(1)
    return made


def in_part() -> RiskBook:
    made = under_way(under_way(book(), order()), FURTHER)
    made.orders["ord-7-e"].filled = D(1)
    return made


def one_sided() -> RiskBook:
    """Two sides once, now one."""
    made = sampled(99.99, 100.01)
    made.books.fold(BookSampled(instrument=BTC, bids=(), asks=((100.0, 1.0),)), NOON)
    return made


def endless() -> RiskBook:
    """No event could say so."""
    made = book()
    made.books.tops[BTC] = Top(((99.99, float("inf")),), ((100.01, 1.0),), NOON)
    return made


SELLS = order("ord-5-x", side=Side.SELL, type=OrderType.LIMIT, price=D(100), purpose=Purpose.EXIT)
FURTHER = order("ord-8-e", quantity=D(3))
FURTHER_OURS = order("ord-8-e", quantity=D(3), strategy="trend")
ELSEWHERE = order(instrument=ETH)
SOLD = order(side=Side.SELL)
SOLD_TOO = order("ord-8-e", side=Side.SELL, quantity=D(3))
GUARD = L(stops_instrument_max=2, stops_total_max=3, stops_window_ms=MINUTE, stops_lock_ms=HOUR)
SLOW_GUARD = L(stops_instrument_max=2, stops_window_ms=HOUR, stops_lock_ms=HOUR)
UNPROFITABLE = L(low_profit_trades=2, low_profit_lock_ms=HOUR)
ANY = L(impact_bps_max=9_999.0)
