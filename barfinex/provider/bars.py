"""Bars that end by what was traded instead of by the clock: so many trades, base units or quote units."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from barfinex.domain.candles import Floats, Ints
from barfinex.domain.errors import BadInput

KINDS = ("tick", "volume", "dollar")
UNITS = {"tick": 10**6, "volume": 10**8, "dollar": 10**6}  # Sums are whole numbers of such a part.
SUM_MAX = 2.0**62
COLUMNS = ("ts", "end", "open", "high", "low", "close", "volume", "trades")


@dataclass(frozen=True, slots=True)
class Trades:
    """Public trades in the order they happened: ms UTC, quote units, base units."""

    ts: Ints
    price: Floats
    quantity: Floats


@dataclass(frozen=True, slots=True)
class Bars:
    """`ts` and `end` are the times of each bar's first and last trade, ms UTC; `volume` in base units."""

    ts: Ints
    end: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    trades: Ints


def bars_of(trades: Trades, kind: str, size: float) -> Bars:
    """A bar ends with the trade by which its sum reaches `size`: trades, base units or quote units. What is
    too much is not carried over; the last bar is left out unless it ended.

    Raises:
        BadInput: no such kind, or a size that is not positive and finite.
    """
    if kind not in KINDS:
        raise BadInput(f"kind {kind!r}", "is none of bars", f"Name one of {', '.join(KINDS)}.")
    if not 0 < size < 1e12:
        raise BadInput(f"size {size:g}", "is not positive and finite", "Give what a bar shall hold.")
    each = {
        "tick": np.ones(len(trades.ts)),
        "volume": trades.quantity,
        "dollar": trades.price * trades.quantity,
    }
    units = UNITS[kind]
    step = round(size * units)
    if step < 1:
        raise BadInput(f"size {size:g}", "is less than can be told apart", "Give what a bar shall hold.")
    if not float(np.sum(each[kind])) * units < SUM_MAX:
        raise BadInput(f"bars by {kind}", "are of more than can be summed up", "Give fewer trades at a time.")
    total = np.cumsum(np.rint(each[kind] * units).astype(np.int64))
    ends, reached = [], 0
    while (at := int(np.searchsorted(total, reached + step))) < len(total):  # bound: the trades
        ends.append(at)
        reached = int(total[at])
    last = np.array(ends, dtype=np.int64)
    first = np.concatenate(([0], last[:-1] + 1)).astype(np.int64)[: len(last)]
    stop = int(last[-1]) + 1 if len(last) else 0
    price, quantity = trades.price[:stop], trades.quantity[:stop]
    if not stop:
        nothing, none = np.empty(0), np.empty(0, dtype=np.int64)
        return Bars(none, none, nothing, nothing, nothing, nothing, nothing, none)
    return Bars(
        trades.ts[first],
        trades.ts[last],
        price[first],
        np.maximum.reduceat(price, first),
        np.minimum.reduceat(price, first),
        price[last],
        np.add.reduceat(quantity, first),
        last - first + 1,
    )


def read_trades(path: Path) -> Trades:
    """Trades of a CSV file, gzipped or not, with the columns ts (ms UTC), price and amount, oldest first.

    Raises:
        BadInput: it cannot be read, lacks a column, is not in order or holds a price or amount that is none.
    """
    import pyarrow as pa
    from pyarrow import csv

    remedy = "Give a header row: ts,price,amount; ts in ms UTC."
    try:
        wanted = {"ts": pa.int64(), "price": pa.float64(), "amount": pa.float64()}
        options = csv.ConvertOptions(column_types=wanted, include_columns=list(wanted))
        with pa.input_stream(str(path), compression="detect") as stream:
            table = csv.read_csv(stream, convert_options=options)
    except (OSError, pa.ArrowException, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInput(str(path), f"holds no trades ({reason})", remedy) from error
    ts, price, quantity = (table[name].to_numpy() for name in wanted)
    sound = (ts >= 0) & (price > 0) & (price < 1e15) & (quantity >= 0) & (quantity < 1e15)
    if not len(ts) or not sound.all():
        row = int(np.argmin(sound)) + 1 if len(ts) else 0
        raise BadInput(
            f"{path}, row {row}", "is no trade with a price and an amount", "Correct it, or leave it out."
        )
    if (np.diff(ts) < 0).any():
        row = int(np.argmax(np.diff(ts) < 0)) + 2
        raise BadInput(
            f"{path}, row {row}", "is older than the one before it", "Sort it by ts, oldest first."
        )
    return Trades(ts.astype(np.int64), price, quantity)
