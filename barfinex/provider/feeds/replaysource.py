"""A recorded feed as a market source: the same frames at the same times, as fast as the clock goes."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from barfinex.clock import Clock
from barfinex.domain.candles import Candles, Series
from barfinex.provider.feeds.recording import Line, Recording
from barfinex.provider.feeds.source import Sink
from barfinex.provider.streams.books import BookRule
from barfinex.provider.streams.messages import Decoder, Depth, Print
from barfinex.provider.venues.errors import VenueError

LOOK_AHEAD_MS = 5_000


class ReplaySource:
    """A market source out of a recording: frames at their times, answers in the order they came.

    `sleep` waits on the clock that is given, which must begin at the recording's `begins`.
    """

    def __init__(
        self,
        recording: Recording,
        decoder: Decoder,
        rule: BookRule,
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]],
        speed: float = 1.0,
    ) -> None:
        self._recording, self._clock, self._sleep, self._speed = recording, clock, sleep, speed
        self.decoder, self.rule = decoder, rule
        self._sink: Sink = lambda _: None
        self._answers: dict[str, list[Line]] = {}
        for line in recording.lines():
            if line.ask:
                self._answers.setdefault(line.ask, []).append(line)
        self._first = next(iter(recording.header.instruments))

    def listen(self, sink: Sink) -> None:
        self._sink = sink

    def streams(self, instrument: str) -> Sequence[Callable[[], Awaitable[object]]]:
        """All frames come by the first instrument's stream, as they came by one wire."""
        return (self._play,) if instrument == self._first else ()

    async def _play(self) -> None:
        for line in self._recording.lines():
            if line.ask:
                continue
            while (wait := line.t - self._clock.now()) > 0:  # bound: the recorded time
                await self._sleep(wait / 1_000 / self._speed)
            self._sink(line.frame.encode() if line.frame else base64.b64decode(line.raw))
        while True:  # bound: the task's cancellation; the recording is over
            await self._sleep(1.0)

    async def unsubscribe(self, _instrument: str) -> None:
        """What was recorded comes once."""

    async def snapshot(self, instrument: str) -> Depth:
        raw = self._next(f"snapshot {instrument}")
        levels = {side: tuple((float(p), float(q)) for p, q in raw[side]) for side in ("bids", "asks")}
        return Depth(**{**raw, **levels})

    async def trades(self, instrument: str, _first: int, _last: int) -> Sequence[Print]:
        return [Print(**one) for one in self._next(f"trades {instrument}")]

    async def candles(self, instrument: str, _timeframe: str, _since: int, _limit: int) -> Series:
        raw = self._next(f"candles {instrument}")
        if raw is None:
            raise VenueError("no candles then")
        block = Candles.from_plain(raw)
        return block.series

    def _next(self, question: str) -> Any:
        """The next answer to it. Raises VenueError where there was none then, or is none any more."""
        waiting = self._answers.get(question, [])
        if not waiting or waiting[0].t > self._clock.now() + LOOK_AHEAD_MS:
            raise VenueError(f"nothing was answered to {question} then")
        line = waiting.pop(0)
        if line.error:
            raise VenueError(line.error)
        return line.answer
