"""Virtual time: drives history through a lockstep bus, in blocks as long as nobody needs to interrupt.

The order of things at one moment is fixed and does not depend on the blocks: what the candles that end now
did to resting orders; then their closing; then alerts; then the first prices of the candles that begin now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from operator import attrgetter
from typing import Protocol

from barfinex.bus.port import Quiet, Transport
from barfinex.clock import VirtualClock
from barfinex.domain.candles import Candles, Series
from barfinex.events.base import Envelope
from barfinex.events.catalog import CATALOG
from barfinex.events.provider import CandlesClosed

SWEEP, CLOSE, ALERT, OPEN = range(4)
"""The phases of a moment, in their order."""
UPSETTING = tuple(kind for kind in CATALOG.values() if kind is not CandlesClosed)
"""What upsets the plans for the instrument that it is about: everything but the candles themselves."""
_SUBJECT = attrgetter("event.subject")


class Market(Protocol):
    """The venue's side of history."""

    def awaits_open(self, instrument: str) -> bool: ...

    def meets(self, block: Candles) -> bool: ...

    def quiet(self, candles: Candles) -> int: ...

    def open(self, candle: Candles) -> None: ...

    def sweep(self, block: Candles) -> None: ...

    def close(self, block: Candles) -> None: ...


class Track:
    """One series on its way: the next candle, and the block that is under way."""

    __slots__ = ("cursor", "matches", "opened", "order", "planned", "series", "size", "swept", "turn")

    def __init__(self, series: Series, order: int, matches: bool) -> None:
        self.series, self.order, self.matches = series, order, matches
        self.size = len(series.ts)
        self.cursor = self.planned = self.turn = 0
        self.opened = self.swept = False

    @property
    def is_done(self) -> bool:
        return self.cursor >= self.size

    def starts(self) -> int:
        return self.series.ts.item(self.cursor)

    def closes(self) -> int:
        """When the planned block is known, ms UTC."""
        return self.series.ts.item(self.cursor + self.planned - 1) + self.series.step_ms

    def block(self, count: int) -> Candles:
        return Candles(self.series, self.cursor, self.cursor + count)

    def advance(self, count: int) -> None:
        self.cursor += count
        self.opened = self.swept = False


class LockstepDriver:
    """Merges all series and alerts by time and runs them to the end.

    Args:
        series: finest timeframe first within an instrument; only the finest meets the venue's orders.
        quiet: every module that reacts to candles.
        block: the most candles to a block; 0 leaves it to the modules.
        fire: publishes an alert that is due.
    """

    def __init__(
        self,
        series: Sequence[Series],
        market: Market,
        quiet: Sequence[Quiet],
        clock: VirtualClock,
        transport: Transport,
        fire: Callable[[int, str], None],
        block: int = 0,
    ) -> None:
        self._market, self._quiet, self._clock, self._transport = market, quiet, clock, transport
        self._fire, self._block = fire, block
        seen: set[str] = set()
        self._tracks: list[Track] = []
        for one in sorted(series, key=lambda s: s.step_ms):
            self._tracks.append(Track(one, len(self._tracks), one.instrument not in seen))
            seen.add(one.instrument)
        self._about: dict[str, list[Track]] = {}
        for track in self._tracks:
            self._about.setdefault(track.series.instrument, []).append(track)
        self._heap: list[tuple[int, int, int, int]] = []
        self._stale: dict[int, Track] = {}
        self.heard: list[Envelope] = []  # What was published since the last plans; for a tap of the bus.
        self._current: tuple[int, int, int] = (clock.now(), SWEEP, -1)

    async def run(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Run to the end; `progress` is told the time as it passes."""
        self._introduce()
        self._stale = {track.order: track for track in self._tracks}
        await self._plan_stale()
        while self._heap:
            at, phase, order, turn = heappop(self._heap)
            track = self._tracks[order]
            if turn != track.turn:
                continue
            if self._is_alert_due(at, phase):
                await self._alert()
                heappush(self._heap, (at, phase, order, turn))  # Void if the alerts upset this plan.
                continue
            self._clock.move(at)
            self._current = (at, phase, order)
            self._step(track, phase)
            self._stale[order] = track
            await self._transport.settle()
            await self._plan_stale()
            progress(at)

    def _introduce(self) -> None:
        """Show every module each series: which is an instrument's finest must not depend on the blocks."""
        for track in self._tracks:
            for module in self._quiet:
                module.quiet(track.block(1))

    def _is_alert_due(self, at: int, phase: int) -> bool:
        """Whether an alert comes before this step."""
        asked = self._clock.next_alert()
        # One asked for too late still takes its turn in the moment.
        return asked is not None and (max(asked, self._clock.now()), ALERT) <= (at, phase)

    async def _alert(self) -> None:
        """Fire what is due first."""
        asked, now = self._clock.next_alert(), self._clock.now()
        due = now if asked is None else max(asked, now)
        self._clock.move(due)
        self._current = (due, ALERT, -1)
        self._stale = {track.order: track for track in self._tracks}
        await self._catch_up()
        for alert in self._clock.due(due):
            self._fire(alert.at, alert.name)
        await self._transport.settle()
        await self._plan_stale()

    def _step(self, track: Track, phase: int) -> None:
        if phase == OPEN:
            track.opened = True
            self._market.open(track.block(1))
        elif phase == SWEEP:
            track.swept = True
            self._market.sweep(track.block(track.planned))
        else:
            block = track.block(track.planned)
            track.advance(track.planned)
            self._market.close(block)

    async def _plan_stale(self) -> None:
        await self._catch_up()
        stale, self._stale = self._stale, {}
        for order in sorted(stale):
            self._plan(stale[order])

    def _plan(self, track: Track) -> None:
        """Decide how far the track goes next. A block that met the venue already keeps its length."""
        track.turn += 1
        if track.swept:
            at, phase = track.closes(), CLOSE
        elif track.is_done:
            return
        elif self._opens(track):
            at, phase = track.starts(), OPEN  # How far it goes then is asked after that.
        else:
            block = self._negotiate(track)
            track.planned = block.stop - block.start
            at, phase = block.known_at, SWEEP if track.matches and self._market.meets(block) else CLOSE
        heappush(self._heap, (at, phase, track.order, track.turn))

    def _opens(self, track: Track) -> bool:
        """Whether an order waits for the first price of a candle that has not begun."""
        if track.opened or not track.matches or not self._market.awaits_open(track.series.instrument):
            return False
        return track.starts() >= self._clock.now()

    async def _catch_up(self) -> None:
        """Deliver what has closed while the plan was a longer block: all of it was promised quiet."""
        while self._deliver_stale():
            await self._transport.settle()

    def _deliver_stale(self) -> bool:
        """Deliver what has closed of every track whose plan was upset: a `quiet` holds until something
        happens to its instrument. Whether there was anything."""
        subjects = set(map(_SUBJECT, self.heard))
        self.heard.clear()
        for subject in subjects:
            for track in self._tracks if subject is None else self._about.get(subject, ()):
                self._stale[track.order] = track
        delivered = False
        for order in sorted(self._stale):
            delivered |= self._deliver(self._stale[order])
        return delivered

    def _deliver(self, track: Track) -> bool:
        """Publish the track's candles that have closed by now; returns whether there are any."""
        if track.swept or track.cursor >= track.size:
            return False
        series, (now, phase, order) = track.series, self._current
        if series.ts.item(track.cursor) > now - series.step_ms:
            return False
        its_turn_is_over = (CLOSE, track.order) < (phase, order)
        latest = now - series.step_ms - (not its_turn_is_over)  # No candle that starts later has closed.
        if track.starts() > latest:
            return False
        passed = series.after(latest) - track.cursor
        block = track.block(passed)
        track.advance(passed)
        self._market.close(block)
        return True

    def _negotiate(self, track: Track) -> Candles:
        """The longest block of coming candles that nobody needs to interrupt."""
        rest = track.size - track.cursor
        block = track.block(min(rest, self._block) if self._block else rest)
        for module in self._quiet:
            if block.stop - block.start == 1:
                return block
            block = block.head(module.quiet(block))
        return block.head(self._market.quiet(block)) if track.matches else block
