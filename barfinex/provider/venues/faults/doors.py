"""Whether the venue answers at all: bans, revoked keys, and instruments that do not trade."""

from __future__ import annotations

from typing import NamedTuple

from barfinex.domain.order import OrderRequest
from barfinex.provider.venues.faults.script import At, Shape, Shut


class _Closed(NamedTuple):
    shape: Shape
    until: int | None

    def holds(self, now: int) -> bool:
        return self.until is None or now < self.until


class Doors:
    """`knocks`: calls made while the venue was shut, as (ms UTC, what); a sound system makes hardly any."""

    def __init__(self) -> None:
        self._shut: _Closed | None = None
        self._how: Shut | None = None
        self._halted: dict[str, _Closed] = {}
        self.knocks: list[tuple[int, At]] = []
        self.escalated = 0

    def shut(self, how: Shut, now: int, ms: int | None) -> None:
        self._shut, self._how = _Closed(how.shape, None if ms is None else now + ms), how

    def halt(self, instrument: str, shape: Shape, until: int | None) -> None:
        self._halted[instrument] = _Closed(shape, until)

    def trades(self, instrument: str, now: int) -> bool:
        """Whether prices of the instrument reach its orders."""
        halted = self._halted.get(instrument)
        return halted is None or not halted.holds(now)

    def open(self) -> None:
        self._shut, self._how = None, None
        self._halted.clear()

    def check(self, at: At, request: OrderRequest | None, now: int) -> None:
        """Raises VenueError when this call is not let in."""
        if self._shut is not None and self._how is not None and self._shut.holds(now):
            reduces = request is not None and request.reduce_only
            if not (self._how.spares_cancels and (at is At.CANCEL or (at is At.SUBMIT and reduces))):
                self._knock(at, now)
        if at is At.SUBMIT and request is not None and not self.trades(request.instrument, now):
            raise self._halted[request.instrument].shape.error()

    def _knock(self, at: At, now: int) -> None:
        assert self._shut is not None
        assert self._how is not None
        self.knocks.append((now, at))
        error = self._shut.shape.error()
        worse = self._how.worse
        if at is At.SUBMIT and worse is not None:
            self.escalated += 1
            self.shut(Shut(worse, self._how.worse_ms), now, self._how.worse_ms)
        raise error
