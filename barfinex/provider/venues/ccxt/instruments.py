"""The exchange's instruments under our names: steps, bounds and status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import QUANTITY_MAX, Instrument
from barfinex.domain.margin import Linear


@dataclass(frozen=True, slots=True)
class Market:
    """`symbol` is ours (`BTC-USDT`), `unified` ccxt's (`BTC/USDT:USDT`), `native` the exchange's own."""

    symbol: str
    unified: str
    native: str
    base: str
    quote: str
    trades: bool
    instrument: Instrument


def markets_of(
    exchange: Any, symbols: Iterable[str], market: str, linear: Mapping[str, Linear | None]
) -> dict[str, Market]:
    """What the loaded exchange says of these symbols of ours. `linear`: the terms a future is held by.

    Raises:
        BadInput: it does not list one, or lists it without a price or a quantity step.
    """
    found = {}
    for symbol in symbols:
        unified = unified_of(symbol, market)
        info = exchange.markets.get(unified)
        if info is None:
            some = ", ".join(sorted(exchange.markets)[:3])
            raise BadInput(
                f"instrument {symbol}",
                f"is not listed by {exchange.id} as {unified}",
                f"Name one that is ({some}, …), with - for /.",
            )
        found[symbol] = _market(exchange, symbol, info, linear.get(symbol) if market == "linear" else None)
    return found


def unified_of(symbol: str, market: str) -> str:
    """ccxt's name: `BTC-USDT` is BTC/USDT, or as a linear future BTC/USDT:USDT."""
    base, _, quote = symbol.partition("-")
    return f"{base}/{quote}:{quote}" if market == "linear" else f"{base}/{quote}"


def _market(exchange: Any, symbol: str, info: Mapping[str, Any], linear: Linear | None) -> Market:
    limits = info.get("limits") or {}
    amount, cost = limits.get("amount") or {}, limits.get("cost") or {}
    steps = [_step(symbol, exchange, info, name) for name in ("price", "amount")]
    at_market = _number((limits.get("market") or {}).get("max"))
    most = min(_number(amount.get("max")) or QUANTITY_MAX, at_market or QUANTITY_MAX)
    instrument = Instrument(
        symbol,
        exchange.id,
        steps[0],
        steps[1],
        max(_number(amount.get("min")), steps[1]),
        _number(cost.get("min")),
        min(most, QUANTITY_MAX),
        linear,
    )
    trades = bool(info.get("active", True))
    return Market(symbol, info["symbol"], info["id"], info["base"], info["quote"], trades, instrument)


def _step(symbol: str, exchange: Any, info: Mapping[str, Any], name: str) -> Decimal:
    """The step of price or amount; ccxt gives a number of decimals for some exchanges."""
    told = (info.get("precision") or {}).get(name)
    step = _number(told)
    if told is not None and exchange.precisionMode == 2:  # ccxt.DECIMAL_PLACES
        step = Decimal(1).scaleb(-int(told))
    if not step.is_finite() or step <= 0:
        raise BadInput(f"instrument {symbol}", f"has no {name} step at {exchange.id}", "Leave it out.")
    return step


def _number(told: Any) -> Decimal:
    """Zero for what is not told."""
    try:
        found = Decimal(str(told)) if told is not None else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)
