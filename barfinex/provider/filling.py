"""Missing candles fetched into the store: page by page, a bounded number of times, and never made up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np

from barfinex.domain.candles import Ints, Provenance, Series
from barfinex.domain.instrument import timeframe_ms
from barfinex.provider.gaps import Runs
from barfinex.provider.store.candles import CandleStore
from barfinex.provider.store.hot import Incident
from barfinex.provider.venues.errors import VenueError

PAGE = 1_000
ATTEMPTS_MAX, COOL_MS = 3, 3_600_000
PAUSES_S = (0.5, 2.0, 5.0)

Ask = Callable[[str, str, int, int], Awaitable[Series]]
"""(instrument, timeframe, since, limit) gives closed candles from `since` on; raises VenueError."""


class Filler:
    """`ask` is the exchange; `now` and `sleep` are the clock's; `told(candles)` hears of progress."""

    def __init__(
        self,
        store: CandleStore,
        ask: Ask,
        now: Callable[[], int],
        sleep: Callable[[float], Awaitable[object]],
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._store, self._ask, self._now = store, ask, now
        self._sleep, self._told = sleep, told

    async def fetch(self, instrument: str, timeframe: str, runs: Runs) -> int:
        """Fetch runs of candles that are not kept, as history; returns how many came.

        Raises:
            VenueError: the exchange did not answer, several times; what came before it is kept.
        """
        return sum([await self._run(instrument, timeframe, *run, Provenance.FINAL) for run in runs.pairs()])

    async def repair(self, instrument: str, timeframe: str) -> list[Incident]:
        """Ask for every gap of a series again, each as an incident: at most `ATTEMPTS_MAX` times, and not
        before it has cooled down. What comes is known from now on. Returns the incidents that were looked at.
        """
        step, looked = timeframe_ms(timeframe), []
        kept = list(self._store.hot.incidents(instrument, timeframe))
        for first, candles in self._store.gaps(instrument, timeframe).pairs():
            one = _incident(kept, first, candles, step, self._now())
            if one.state == "lost" or self._now() < one.due_at:
                continue
            try:
                await self._run(instrument, timeframe, first, candles, Provenance.REPAIRED)
            except VenueError:
                one = one._replace(due_at=self._now() + COOL_MS)  # No answer is no attempt.
            else:
                left = len(absent(self._store, instrument, timeframe, first, first + candles * step).first)
                one = _after(one, is_whole=not left, now=self._now())
            self._store.hot.keep(instrument, timeframe, one)
            looked.append(one)
        return looked

    async def _run(self, instrument: str, timeframe: str, first: int, candles: int, kind: Provenance) -> int:
        step, came = timeframe_ms(timeframe), 0
        at, end = first, first + candles * step
        while at < end:  # bound: each turn comes a page further
            series = await self._page(instrument, timeframe, at, min(PAGE, (end - at) // step))
            inside = series.ts < end
            count = int(inside.sum())
            if count:
                block = replace(series, provenance=kind).block(0, count)
                came += self._store.put(block, self._now()).added
            # An answer that ends early, or is empty, may jump over what the exchange does not have.
            reached = int(series.ts[-1]) + step if len(series.ts) else at + PAGE * step
            self._told((min(reached, end) - at) // step)
            at = reached
        return came

    async def _page(self, instrument: str, timeframe: str, since: int, limit: int) -> Series:
        for pause in PAUSES_S:
            try:
                return await self._ask(instrument, timeframe, since, limit)
            except VenueError:
                await self._sleep(pause)
        return await self._ask(instrument, timeframe, since, limit)


def absent(store: CandleStore, instrument: str, timeframe: str, start: int, end: int) -> Runs:
    """The runs of candles in [start, end), ms UTC, that are not kept."""
    step = timeframe_ms(timeframe)
    start = -(-start // step) * step
    wanted: Ints = np.arange(start, end - step + 1, step, dtype=np.int64)
    missing = wanted[~np.isin(wanted, store.get(instrument, timeframe, start, end).ts)]
    if not len(missing):
        return Runs(missing, missing)
    heads = np.flatnonzero(np.diff(missing, prepend=missing[0] - 2 * step) != step)
    return Runs(missing[heads], np.diff(np.append(heads, len(missing))))


def _incident(kept: list[Incident], first: int, candles: int, step: int, now: int) -> Incident:
    """The one that this gap is part of, or a new one."""
    for one in kept:
        if one.state != "repaired" and one.first <= first < one.first + one.candles * step:
            return one
    return Incident(first, candles, "open", 0, now, now)


def _after(one: Incident, *, is_whole: bool, now: int) -> Incident:
    if is_whole:
        return one._replace(state="repaired", closed_at=now)
    attempts = one.attempts + 1
    if attempts >= ATTEMPTS_MAX:
        return one._replace(state="lost", attempts=attempts, closed_at=now)
    return one._replace(attempts=attempts, due_at=now + (COOL_MS << (attempts - 1)))
