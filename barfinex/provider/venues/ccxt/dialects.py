"""The exchanges whose streams we read ourselves, and how they differ where we ask them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from barfinex.provider.streams.binance import BinanceDecoder
from barfinex.provider.streams.books import BINANCE_FUTURES, BINANCE_SPOT, BYBIT, KRAKEN, BookRule, Numbering
from barfinex.provider.streams.bybit import BybitDecoder
from barfinex.provider.streams.kraken import KrakenDecoder
from barfinex.provider.streams.messages import Decoder


class Dialect(NamedTuple):
    """`decoder` is made of our names by the streams' own, which are ccxt's if `unified`; `by_number`: REST
    tells trades by their numbers; `levels` of a book that REST tells at once."""

    decoder: Callable[[Mapping[str, str]], Decoder]
    book: BookRule
    unified: bool = False
    by_number: bool = True
    levels: int = 1_000

    def rule_of(self, tick: Decimal | None, lot: Decimal | None) -> BookRule:
        """The book's rule for an instrument of these steps: a checksum is of its digits."""
        if self.book.numbering is not Numbering.CHECKSUM:
            return self.book
        return replace(self.book, decimals=(_places(tick), _places(lot)))


def _places(step: Decimal | None) -> int:
    exponent = Decimal(1 if step is None else step).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


DIALECTS: dict[tuple[str, str], Dialect] = {
    ("binance", "spot"): Dialect(BinanceDecoder, BINANCE_SPOT),
    ("binance", "linear"): Dialect(BinanceDecoder, BINANCE_FUTURES),
    ("binanceusdm", "linear"): Dialect(BinanceDecoder, BINANCE_FUTURES),
    ("bybit", "spot"): Dialect(BybitDecoder, BYBIT),
    ("bybit", "linear"): Dialect(BybitDecoder, BYBIT),
    ("kraken", "spot"): Dialect(KrakenDecoder, KRAKEN, unified=True, by_number=False, levels=500),
}
