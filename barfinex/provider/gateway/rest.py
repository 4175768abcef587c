"""Reads: the journal's views as JSON, each read by its own read-only connection in a worker thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import orjson
from aiohttp import web

from barfinex.audit.reader import Reader
from barfinex.bus.codec import STAMP, joined, plain
from barfinex.domain.candles import Candles
from barfinex.events.base import Event
from barfinex.events.catalog import CATALOG
from barfinex.events.provider import CandlesClosed
from barfinex.provider.gateway.bodies import CandlePage, EventPage, Page, query_of
from barfinex.provider.gateway.limits import Limits
from barfinex.provider.gateway.refusal import Refusal, answer

VIEWS = {
    "/signals": "select * from v_signals order by seq desc limit {}",
    "/decisions": "select * from v_decisions order by seq desc limit {}",
    "/orders": "select * from v_orders order by seq desc limit {}",
    "/positions": "select * from v_positions order by seq desc limit {}",
    "/quality": "select * from v_quality order by score, instrument limit {}",
    "/trades": "select * from v_trades order by seq desc limit {}",
}

FIELDS = (*STAMP, "type", "body")
END = 2**63 - 1

T = TypeVar("T")
Types = AbstractSet[type[Event]]
Line = tuple[int, bytes]


class Rows:
    """The journal's rows, for the loop: nothing here waits for the disk in it."""

    def __init__(self, journal: Path, limits: Limits) -> None:
        self._journal, self._candles = journal, limits.candles
        self._limiter = anyio.CapacityLimiter(limits.readers)

    async def read(self, work: Callable[[Reader], T]) -> T:
        """Run `work` on a connection of its own."""

        def job() -> T:
            with Reader(self._journal) as reader:
                return work(reader)

        return await anyio.to_thread.run_sync(job, limiter=self._limiter)

    async def head(self) -> int:
        """The number of the last row on disk; 0 when there is none."""
        return await self.read(lambda reader: reader.last())

    async def after(self, seq: int, limit: int, types: Types | None = None) -> list[Line]:
        """The next rows, oldest first; of the candles only the latest."""
        return await self.read(lambda reader: self._past(reader, seq, limit, types))

    def _past(self, reader: Reader, after: int, limit: int, types: Types | None) -> list[Line]:
        """Rows as they lie on disk, unread: a long past must not keep the loop from trading."""
        wanted = {event.wire_type for event in CATALOG.values() if types is None or event in types}
        candles_from = reader.seq_of_latest(CandlesClosed.wire_type, self._candles)
        lines = _lines(reader, after, candles_from, wanted - {CandlesClosed.wire_type}, limit)
        return lines + _lines(reader, max(after, candles_from - 1), END, wanted, limit - len(lines))


def _lines(reader: Reader, after: int, below: int, types: set[str], limit: int) -> list[Line]:
    if limit <= 0 or not types or after >= below:
        return []
    rows = islice(reader.rows(", ".join(FIELDS), after, below - 1, sorted(types)), limit)
    return [(row[0], joined(dict(zip(STAMP, row, strict=False)), row[-2], row[-1])) for row in rows]


class CandleRings:
    """The latest candles of each series: [ts, open, high, low, close, volume]."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.candles
        self._rings: dict[tuple[str, str], deque[list[float]]] = {}

    def fold(self, block: Candles) -> None:
        ring = self._rings.get(block.key)
        if ring is None:
            ring = self._rings[block.key] = deque(maxlen=self._limit)
        first = max(block.start, block.stop - self._limit)
        rows = Candles(block.series, first, block.stop).rows()
        ring.extend(row for row in rows if not ring or row[0] > ring[-1][0])

    def latest(
        self, instrument: str, timeframe: str | None, limit: int
    ) -> tuple[str, list[list[float]]] | None:
        """(timeframe, rows), oldest first; without a timeframe the first that is known of the instrument."""
        for (name, frame), ring in self._rings.items():
            if name == instrument and timeframe in (None, frame):
                return frame, list(ring)[-limit:]
        return None


class Rest:
    """The handlers of the reading routes."""

    def __init__(self, rows: Rows, candles: CandleRings, status: Callable[[], dict[str, Any]]) -> None:
        self._rows, self._candles, self._status = rows, candles, status

    def routes(self) -> list[web.RouteDef]:
        views = [web.get(path, self._view(sql)) for path, sql in VIEWS.items()]
        return [
            web.get("/health", self._health),
            web.get("/candles", self._latest_candles),
            web.get("/events", self._events),
            web.get("/trace/{id}", self._trace),
            *views,
        ]

    async def _health(self, _request: web.Request) -> web.Response:
        return answer(self._status())

    async def _latest_candles(self, request: web.Request) -> web.Response:
        page = query_of(request, CandlePage)
        found = self._candles.latest(page.instrument, page.timeframe, page.limit)
        if found is None:
            raise Refusal(
                404, f"no candles of {page.instrument} {page.timeframe or ''} have come in".replace("  ", " ")
            )
        return answer({"instrument": page.instrument, "timeframe": found[0], "candles": found[1]})

    def _view(self, sql: str) -> Callable[[web.Request], Any]:
        async def rows(request: web.Request) -> web.Response:
            page = query_of(request, Page)
            found = await self._rows.read(lambda reader: reader.query(sql.format(page.limit)))
            return answer({"rows": found})

        return rows

    async def _events(self, request: web.Request) -> web.Response:
        page = query_of(request, EventPage)
        after = max(0, await self._rows.head() - page.limit) if page.after is None else page.after
        types = {event.wire_type for event in CATALOG.values()}
        found = await self._rows.read(lambda reader: _lines(reader, after, END, types, page.limit))
        last = found[-1][0] if found else after
        return answer({"events": [orjson.Fragment(line) for _, line in found], "next": last})

    async def _trace(self, request: web.Request) -> web.Response:
        wanted = request.match_info["id"]
        chain_of = await self._rows.read(lambda reader: list(reader.related(wanted)))
        if not chain_of:
            raise Refusal(404, "no decision has this id")
        return answer({"id": wanted, "events": [plain(envelope) for envelope in chain_of]})
