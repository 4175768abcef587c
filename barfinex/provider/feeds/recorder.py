"""A market source that writes down what passes through it."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import to_builtins
from msgspec.json import encode

from barfinex.clock import Clock
from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput
from barfinex.provider.feeds.recording import Header, Line
from barfinex.provider.feeds.source import MarketSource, Sink
from barfinex.provider.streams.messages import Decoder, Depth, Print
from barfinex.provider.venues.errors import VenueError

PART_BYTES, PARTS_MAX = 64_000_000, 2_000
T = TypeVar("T")


class Recorder:
    """A market source that writes down what passes. After `PARTS_MAX` parts it writes no more; `is_full` says
    so."""

    def __init__(self, inner: MarketSource, folder: Path, header: Header, clock: Clock) -> None:
        self._inner, self._folder, self._clock = inner, folder, clock
        self.decoder: Decoder = inner.decoder
        self.rule_of = inner.rule_of
        self._part, self._size, self.is_full = 0, 0, False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise BadInput(str(folder), "is not empty", "Name a new folder for the recording.")
            self._file = self._open()
        except OSError as error:
            raise BadInput(str(folder), f"cannot be written ({error.strerror})", "Name another.") from None
        self._put(encode(header))

    def _open(self) -> gzip.GzipFile:
        self._part += 1
        return gzip.GzipFile(self._folder / f"part-{self._part:05}.jsonl.gz", "wb", compresslevel=3)

    def _put(self, line: bytes) -> None:
        if self.is_full:
            return
        self._file.write(line + b"\n")
        self._size += len(line)
        if self._size >= PART_BYTES:
            self._file.close()
            self._size, self.is_full = 0, self._part >= PARTS_MAX
            if not self.is_full:
                self._file = self._open()

    def close(self) -> None:
        self._file.close()

    def listen(self, sink: Sink) -> None:
        def heard(frame: bytes) -> None:
            try:
                line = Line(self._clock.now(), frame.decode())
            except UnicodeDecodeError:
                line = Line(self._clock.now(), raw=base64.b64encode(frame).decode())
            self._put(encode(line))
            sink(frame)

        self._inner.listen(heard)

    def streams(self, instrument: str) -> Sequence[Callable[[], Awaitable[object]]]:
        return self._inner.streams(instrument)

    def renew(self) -> None:
        self._inner.renew()

    @property
    def is_heard(self) -> bool:
        return self._inner.is_heard

    async def retire(self) -> None:
        await self._inner.retire()

    async def unsubscribe(self, instrument: str) -> None:
        await self._inner.unsubscribe(instrument)

    async def snapshot(self, instrument: str) -> Depth:
        return await self._note(f"snapshot {instrument}", self._inner.snapshot(instrument))

    async def trades(self, instrument: str, first: int, last: int) -> Sequence[Print]:
        return await self._note(f"trades {instrument}", self._inner.trades(instrument, first, last))

    async def candles(self, instrument: str, timeframe: str, since: int, limit: int) -> Series:
        return await self._note(
            f"candles {instrument}", self._inner.candles(instrument, timeframe, since, limit)
        )

    async def _note(self, question: str, answering: Awaitable[T]) -> T:
        try:
            answer = await answering
        except VenueError as error:
            self._put(encode(Line(self._clock.now(), ask=question, error=str(error)[:200] or "no answer")))
            raise
        plain = answer.block().plain() if isinstance(answer, Series) and len(answer.ts) else answer
        empty = None if isinstance(plain, Series) else to_builtins(plain)
        self._put(encode(Line(self._clock.now(), ask=question, answer=empty)))
        return answer
