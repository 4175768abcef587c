"""What is traded, where, and on which grid of time and price."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from barfinex.domain.errors import BadInput
from barfinex.domain.margin import Linear

QUANTITY_MAX = Decimal("1e9")
_QUOTE = re.compile(r"[-/_]")
_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True, slots=True)
class Instrument:
    """A tradable and its venue's rules; `None` for a step means the venue does not round.

    `tick` is in quote units, `lot` and the bounds of `quantity` in base units, `notional_min` in quote units.
    `linear` are the terms of a linear future; without them the instrument is bought and paid in full.
    """

    symbol: str
    venue: str = "sim"
    tick: Decimal | None = None
    lot: Decimal | None = None
    quantity_min: Decimal = Decimal(0)
    notional_min: Decimal = Decimal(0)
    quantity_max: Decimal = QUANTITY_MAX
    linear: Linear | None = None

    @property
    def quote(self) -> str:
        return quote_of(self.symbol)


@lru_cache(maxsize=10_000)
def quote_of(symbol: str) -> str:
    """The asset that prices are in, `USDT` of `BTC-USDT` and of the future `BTC-USDT:USDT`; empty when the
    symbol does not tell."""
    pair = pair_of(symbol)
    return _QUOTE.split(pair)[-1] if _QUOTE.search(pair) else ""


def pair_of(symbol: str) -> str:
    """What is traded for what, without the asset that a future settles in: `BTC-USDT` of `BTC-USDT:USDT`."""
    return symbol.partition(":")[0]


@lru_cache(maxsize=256)
def timeframe_ms(timeframe: str) -> int:
    """Milliseconds of a timeframe such as `1s`, `5m`, `4h` or `1d`.

    Raises:
        BadInput: the text is no positive whole number followed by s, m, h or d.
    """
    count, unit = timeframe[:-1], timeframe[-1:]
    if unit not in _UNITS or not count.isdecimal() or int(count) == 0:
        raise BadInput(
            f"timeframe {timeframe!r}", "is not a count and a unit", "Write 1s, 5m, 1h, 1d or alike."
        )
    return int(count) * _UNITS[unit]


def timeframe_of(step_ms: int) -> str:
    """The shortest name of a step, e.g. 60000 -> `1m`.

    Raises:
        BadInput: the step is not a whole number of seconds.
    """
    for unit in ("d", "h", "m", "s"):
        if step_ms >= _UNITS[unit] and step_ms % _UNITS[unit] == 0:
            return f"{step_ms // _UNITS[unit]}{unit}"
    raise BadInput(f"candle step of {step_ms} ms", "is not whole seconds", "Give candles of 1 s or longer.")
