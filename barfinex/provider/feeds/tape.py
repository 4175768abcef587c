"""Public trades in order, each once: what came twice is dropped, what is missing is named."""

from __future__ import annotations

from barfinex.provider.streams.messages import Print

KEPT = 4_096


class Tape:
    """The trades of one instrument. Where ids are consecutive numbers a gap in them is a gap in the trades;
    text ids only tell repeats. At most `KEPT` ids are remembered."""

    def __init__(self) -> None:
        self._seen: dict[int | str, None] = {}
        self.last: int | None = None
        self.repeated = 0
        self.missing: dict[int, int] = {}

    def take(self, trade: Print) -> bool:
        """Whether this trade is new. A jump of its number leaves a gap in `missing`: {first: last}."""
        if trade.id in self._seen:
            self.repeated += 1
            return False
        self._seen[trade.id] = None
        if len(self._seen) > KEPT:
            del self._seen[next(iter(self._seen))]
        if isinstance(trade.id, int):
            if self.last is not None and trade.id > self.last + 1:
                self.missing[self.last + 1] = trade.id - 1
            elif self.last is not None and trade.id <= self.last:
                self._fill(trade.id)
            self.last = trade.id if self.last is None else max(self.last, trade.id)
        return True

    def give_up(self) -> int:
        """Forget the gaps; returns how many trades are missing for good."""
        lost = sum(last - first + 1 for first, last in self.missing.items())
        self.missing.clear()
        return lost

    def _fill(self, number: int) -> None:
        for first, last in self.missing.items():
            if first <= number <= last:
                del self.missing[first]
                if first < number:
                    self.missing[first] = number - 1
                if number < last:
                    self.missing[number + 1] = last
                return
