"""Expressions on other instruments: the candles that closed before this one did."""

from __future__ import annotations

from barfinex.domain.errors import BadInput
from barfinex.sdk.expressions import Column, Expr
from barfinex.sdk.graph import columns_of

OTHER = "of:"
PRICES = ("open", "high", "low", "close", "volume")


def of(symbol: str, expr: Expr) -> Expr:
    """An expression on another instrument's candles of the same timeframe, as `of("BTC-USDT", change(20))`.

    What it sees at a candle are the other's candles up to the one before: that one has arrived for certain.
    NaN where the other is not traded in the run, or has said nothing for five candles.

    Raises:
        BadInput: no symbol, or the expression reads more than candles.
    """
    where = f"of({symbol!r})"
    if not symbol or ":" in symbol:
        raise BadInput(where, "is no symbol", 'Write of("BTC-USDT", close).')
    beyond = columns_of(expr) - {*PRICES, "closes_at", "step_ms"}
    if beyond:
        raise BadInput(
            where, f"reads {', '.join(sorted(beyond))}", "Of other instruments candles alone are known."
        )
    return _moved(symbol, expr)


def _moved(symbol: str, expr: Expr) -> Expr:
    if isinstance(expr.op, Column):
        return Expr(Column(f"{OTHER}{symbol}:{expr.op.name}")) if expr.op.name in PRICES else expr
    return Expr(expr.op, tuple(_moved(symbol, one) for one in expr.inputs))


def split(name: str) -> tuple[str, str]:
    """(symbol, column) of a column's name."""
    _, symbol, column = name.split(":")
    return symbol, column
