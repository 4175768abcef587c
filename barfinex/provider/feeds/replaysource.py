"""A recorded feed as a market source: the same frames at the same times, as fast as the clock goes."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from barfinex.clock import Clock
from barfinex.domain.candles import Series, series_of
from barfinex.provider.feeds.recording import Line, Recording
from barfinex.provider.feeds.source import Sink
from barfinex.provider.streams.books import BookRule
from barfinex.provider.streams.messages import Decoder, Depth, Print
from barfinex.provider.venues.errors import VenueError

LOOK_AHEAD_MS = 5_000


class ReplaySource:
    """A market source out of a recording. Frames come when `deliver` says how late it is, answers as they
    were told by the time of `clock`: nothing here depends on how fast it is played."""

    def __init__(
        self, recording: Recording, decoder: Decoder, rule_of: Callable[[str], BookRule], clock: Clock
    ) -> None:
        self._recording, self._clock = recording, clock
        self.decoder, self.rule_of = decoder, rule_of
        self._sink: Sink = lambda _: None
        self._answers: dict[str, list[Line]] = {}
        for line in recording.lines():
            if line.ask:
                self._answers.setdefault(line.ask, []).append(line)
        self._frames = (line for line in recording.lines() if not line.ask)
        self._next_frame = next(self._frames, None)

    def deliver(self, until: int) -> None:
        """Every frame that had arrived by `until`, ms UTC."""
        while (line := self._next_frame) is not None and line.t <= until:  # bound: the recording
            self._sink(line.frame.encode() if line.frame else base64.b64decode(line.raw))
            self._next_frame = next(self._frames, None)

    def listen(self, sink: Sink) -> None:
        self._sink = sink

    def streams(self, instrument: str) -> Sequence[Callable[[], Awaitable[object]]]:
        """All frames come by `deliver`, as they came by one wire."""
        del instrument
        return ()

    def renew(self) -> None:
        """There is one wire, and it does not end before the recording does."""

    is_heard = True

    async def retire(self) -> None:
        """Nothing to close."""

    async def unsubscribe(self, _instrument: str) -> None:
        """What was recorded comes once."""

    async def snapshot(self, instrument: str) -> Depth:
        raw = self._next(f"snapshot {instrument}")
        levels = {side: tuple((float(p), float(q)) for p, q in raw[side]) for side in ("bids", "asks")}
        return Depth(**{**raw, **levels})

    async def trades(self, instrument: str, first: int, last: int) -> Sequence[Print]:
        """Those that were told by now, whatever was asked then: a replay may ask in other portions."""
        told = [Print(**one) for line in self._told(f"trades {instrument}") for one in line.answer]
        return [one for one in told if isinstance(one.id, int) and first <= one.id <= last]

    async def candles(self, instrument: str, timeframe: str, since: int, _limit: int) -> Series:
        rows: dict[int, list[float]] = {}
        for line in self._told(f"candles {instrument}"):
            if line.answer is not None:
                rows.update({int(row[0]): row for row in line.answer["rows"]})
        chosen = [row for ts, row in sorted(rows.items()) if ts >= since]
        return series_of(instrument, timeframe, chosen, self._recording.header.exchange)

    def _told(self, question: str) -> list[Line]:
        """What was answered until now. Raises VenueError when that is nothing."""
        by = self._clock.now() + LOOK_AHEAD_MS
        found = [line for line in self._answers.get(question, []) if line.t <= by and not line.error]
        if not found:
            raise VenueError(f"nothing was answered to {question} then")
        return found

    def _next(self, question: str) -> Any:
        """The next answer to it. Raises VenueError where there was none then, or is none any more."""
        waiting = self._answers.get(question, [])
        if not waiting or waiting[0].t > self._clock.now() + LOOK_AHEAD_MS:
            raise VenueError(f"nothing was answered to {question} then")
        line = waiting.pop(0)
        if line.error:
            raise VenueError(line.error)
        return line.answer
