"""Public trades in order, each once: what came twice is dropped, what is missing is named."""

from __future__ import annotations

from barfinex.domain.order import Side
from barfinex.provider.streams.messages import Print
from barfinex.provider.venues.market import Tick

KEPT = 4_096
JUMP_MAX = 100_000
GAPS_MAX = 64


class Tape:
    """The trades of one instrument. Where ids are consecutive numbers a gap in them is a gap in the trades;
    of text ids, which only tell repeats, the last `KEPT` are remembered.

    `missing` are the gaps, {first: last}, at most `GAPS_MAX`; `lost` counts trades that will never come. A
    number far from the last is no gap: nobody is believed once, and when a second one follows it the exchange
    has begun to number anew.
    """

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}
        self._odd: int | None = None
        self._ts = 0
        self.last: int | None = None
        self.repeated = self.lost = 0
        self.missing: dict[int, int] = {}

    def take(self, trade: Print) -> bool:
        """Whether this trade is new and can be believed."""
        if isinstance(trade.id, str):
            is_new = self._take_text(trade.id)
        elif self.last is None or self._follows_odd(trade.id):
            self._begin(trade.id)
            is_new = True
        elif self._is_odd(trade.id, trade.ts):
            is_new, self._odd = False, trade.id
            self.lost += 1
        else:
            is_new, self._odd = self._take_number(trade.id, self.last), None
        self._ts = max(self._ts, trade.ts)
        return is_new

    def give_up(self, first: int, last: int) -> None:
        """What is still missing of these numbers will not come."""
        for start, end in list(self.missing.items()):
            if first <= start and end <= last:
                self.lost += end - start + 1
                del self.missing[start]

    def _take_text(self, name: str) -> bool:
        if name in self._texts:
            self.repeated += 1
            return False
        self._texts[name] = None
        if len(self._texts) > KEPT:
            del self._texts[next(iter(self._texts))]
        return True

    def _take_number(self, number: int, last: int) -> bool:
        if number <= last and not self._fill(number):
            self.repeated += 1
            return False
        if number > last + 1:
            self.missing[last + 1] = number - 1
            if len(self.missing) > GAPS_MAX:
                oldest = min(self.missing)
                self.give_up(oldest, self.missing[oldest])
        self.last = max(last, number)
        return True

    def _is_odd(self, number: int, ts: int) -> bool:
        """Far ahead, or behind although it happened later."""
        assert self.last is not None, "there was a trade before"
        if number > self.last + JUMP_MAX:
            return True
        is_behind = number <= self.last and ts > self._ts
        return is_behind and not any(first <= number <= end for first, end in self.missing.items())

    def _follows_odd(self, number: int) -> bool:
        return self._odd is not None and self._odd < number <= self._odd + JUMP_MAX

    def _begin(self, number: int) -> None:
        """Begin with this number; what was missing before it stays so."""
        for first, last in list(self.missing.items()):
            self.give_up(first, last)
        self.last, self._odd = number, None

    def _fill(self, number: int) -> bool:
        """Whether the number was missing; it is not any more."""
        for first, last in self.missing.items():
            if first <= number <= last:
                del self.missing[first]
                if first < number:
                    self.missing[first] = number - 1
                if number < last:
                    self.missing[number + 1] = last
                return True
        return False


def tick_of(trade: Print) -> Tick:
    """The trade as candles and the simulated venue take it; of the book it tells nothing."""
    price = trade.price
    return Tick(trade.ts, trade.instrument, price, trade.quantity, Side(trade.side), price, price)
