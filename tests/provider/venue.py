"""A matching engine with orders written short."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from barfinex.config import VenueConfig
from barfinex.domain.candles import Candles
from barfinex.domain.instrument import Instrument
from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.provider.venues.base import Cancelled, Expired, Filled, Report, order_of
from barfinex.provider.venues.matching import MatchingEngine
from tests.factories import BTC, START, fill, order_request

FREE = {"fee": Decimal(0)}


def engine(tick: str | None = None, lot: str | None = None, **config: Any) -> MatchingEngine:
    """An engine for one instrument; free of fees unless told."""
    rules = Instrument(BTC, tick=Decimal(tick) if tick else None, lot=Decimal(lot) if lot else None)
    return MatchingEngine([rules], VenueConfig(**{**FREE, **config}))


def order(side: str, type_: str, level: float | None = None, name: str = "o", **changes: Any) -> OrderRequest:
    """`level` is the limit of a limit order and the trigger of any other."""
    kind = OrderType(type_)
    where = "price" if kind is OrderType.LIMIT else "trigger"
    prices = {} if level is None else {where: Decimal(repr(level))}
    return order_request(name, **{"side": Side(side), "type": kind, **prices, **changes})


def pair(stop: float, target: float, side: str = "sell", **changes: Any) -> list[OrderRequest]:
    """The protection of a position: both reduce only, one cancels the other."""
    both = {"reduce_only": True, "oco": "pair", **changes}
    return [
        order(side, "stop", stop, "s", purpose=Purpose.STOP, **both),
        order(side, "take_profit", target, "t", purpose=Purpose.TARGET, **both),
    ]


def holding(quantity: float, **config: Any) -> MatchingEngine:
    made = engine(**config)
    hold(made, quantity)
    return made


def hold(venue: MatchingEngine, quantity: float) -> None:
    """The venue's only position from now on; it has cost nothing."""
    side = Side.BUY if quantity > 0 else Side.SELL
    given = fill(quantity=Decimal(repr(abs(quantity))), price=Decimal(0), fee=Decimal(0), side=side)
    venue.recount([given], [])


def passing(venue: MatchingEngine, block: Candles) -> list[Report]:
    """Candles as the driver lets them pass: a first price when it is awaited, then as many as stay quiet."""
    reports: list[Report] = []
    at = 0
    while at < len(block):
        rest = Candles(block.series, block.start + at, block.stop)
        if venue.awaits_open(BTC):
            reports += venue.open(rest.head(1))
        step = rest.head(venue.quiet(rest))
        reports += venue.sweep(step)
        at += len(step)
    return reports


def told(reports: list[Report]) -> list[tuple[str, ...]]:
    """Reports as short as can be read."""
    return [_short(report) for report in reports]


def _short(report: Report) -> tuple[str, ...]:
    if isinstance(report, Filled):
        return report.fill.order_id, f"{report.fill.quantity} @ {report.fill.price}"
    return order_of(report), type(report).__name__.lower()


def filled(reports: list[Report]) -> list[Filled]:
    return [report for report in reports if isinstance(report, Filled)]


def ended(reports: list[Report]) -> list[str]:
    return [report.order_id for report in reports if isinstance(report, Cancelled | Expired)]


__all__ = ["START", "ended", "engine", "filled", "holding", "order", "pair", "passing", "told"]
