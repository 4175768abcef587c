"""Missing candles are fetched in pages, asked for a bounded number of times, and known only from then on."""

from __future__ import annotations

from pathlib import Path

import pytest

from barfinex.domain.candles import Provenance, Series, series_of
from barfinex.provider.filling import ATTEMPTS_MAX, COOL_MS, PAGE, Filler, absent
from barfinex.provider.store.candles import CandleStore
from barfinex.provider.venues.errors import VenueError

T0, STEP = 1_735_689_600_000, 60_000
NAME = "BTC-USDT"


class Exchange:
    """Has the candles `there`; refuses the first `silent` questions."""

    def __init__(self, there: range, lacks: range = range(0)) -> None:
        self.there, self.lacks, self.silent = there, lacks, 0
        self.asked: list[int] = []
        self.now = T0 + 20_000 * STEP

    async def ask(self, instrument: str, timeframe: str, since: int, limit: int) -> Series:
        self.asked.append(since)
        if self.silent:
            self.silent -= 1
            raise VenueError("no answer")
        first = (since - T0) // STEP
        numbers = [k for k in self.there if k >= first and k not in self.lacks][:limit]
        rows = [[float(T0 + k * STEP), 100.0, 101.0, 99.0, 100.0, float(k)] for k in numbers]
        return series_of(instrument, timeframe, rows, "fake")

    async def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1_000)


def filler(store: CandleStore, exchange: Exchange) -> Filler:
    return Filler(store, exchange.ask, lambda: exchange.now, exchange.sleep)


def end(count: int) -> int:
    return T0 + count * STEP


async def test_what_is_lacking_is_fetched_in_pages_and_asked_for_once(tmp_path: Path) -> None:
    store, exchange = CandleStore(tmp_path), Exchange(range(5_000))
    runs = absent(store, NAME, "1m", T0, end(5_000))
    assert runs.pairs() == ((T0, 5_000),)
    assert await filler(store, exchange).fetch(NAME, "1m", runs) == 5_000
    assert len(exchange.asked) == 5_000 // PAGE
    assert absent(store, NAME, "1m", T0, end(5_000)).total == 0
    assert store.get(NAME, "1m").marks is None


async def test_an_interrupted_fetch_goes_on_where_it_ended(tmp_path: Path) -> None:
    store, exchange = CandleStore(tmp_path), Exchange(range(3_000))
    runs = absent(store, NAME, "1m", T0, end(3_000))
    await filler(store, exchange).fetch(NAME, "1m", absent(store, NAME, "1m", T0, end(1_000)))
    exchange.silent = 100
    with pytest.raises(VenueError):
        await filler(store, exchange).fetch(NAME, "1m", runs)
    exchange.silent = 0
    left = absent(store, NAME, "1m", T0, end(3_000))
    assert left.pairs() == ((end(1_000), 2_000),)
    assert await filler(store, exchange).fetch(NAME, "1m", left) == 2_000


async def holed(folder: Path, exchange: Exchange) -> CandleStore:
    """A store that lacks the candles 10 to 14."""
    store = CandleStore(folder)
    fill = filler(store, exchange)
    for first, last in ((0, 10), (15, 30)):
        await fill.fetch(NAME, "1m", absent(store, NAME, "1m", end(first), end(last)))
    assert store.gaps(NAME, "1m").pairs() == ((end(10), 5),)
    return store


async def test_a_repair_is_marked_and_known_from_then_on(tmp_path: Path) -> None:
    exchange = Exchange(range(30))
    store = await holed(tmp_path, exchange)
    (one,) = await filler(store, exchange).repair(NAME, "1m")
    assert (one.state, one.attempts, one.closed_at) == ("repaired", 0, exchange.now)
    assert store.get(NAME, "1m").block().marks.tolist()[9:16] == [0, *[Provenance.REPAIRED] * 5, 0]
    assert len(store.get(NAME, "1m", as_of=exchange.now - 1).ts) == 25
    assert await filler(store, exchange).repair(NAME, "1m") == []


async def test_what_nobody_has_is_asked_for_three_times_and_later_and_later(tmp_path: Path) -> None:
    exchange = Exchange(range(30), lacks=range(10, 15))
    store = await holed(tmp_path, exchange)
    exchange.asked.clear()
    states = []
    for _ in range(100):
        states += [(one.state, one.attempts) for one in await filler(store, exchange).repair(NAME, "1m")]
        exchange.now += COOL_MS // 4
    assert states == [("open", 1), ("open", 2), ("lost", ATTEMPTS_MAX)]
    assert len(exchange.asked) == ATTEMPTS_MAX
    assert store.gaps(NAME, "1m").pairs() == ((end(10), 5),)  # And nothing was made up.


async def test_a_part_of_a_gap_is_kept_and_the_rest_stays_one_incident(tmp_path: Path) -> None:
    exchange = Exchange(range(30), lacks=range(12, 14))
    store = await holed(tmp_path, exchange)
    (one,) = await filler(store, exchange).repair(NAME, "1m")
    assert (one.state, store.gaps(NAME, "1m").pairs()) == ("open", ((end(12), 2),))
    exchange.lacks = range(0)
    exchange.now += COOL_MS
    (one,) = await filler(store, exchange).repair(NAME, "1m")
    assert (one.state, one.first, one.attempts) == ("repaired", end(10), 1)


async def test_an_exchange_that_does_not_answer_is_no_attempt(tmp_path: Path) -> None:
    exchange = Exchange(range(30))
    store = await holed(tmp_path, exchange)
    exchange.silent = 4
    (one,) = await filler(store, exchange).repair(NAME, "1m")
    assert (one.state, one.attempts) == ("open", 0)
    exchange.now += COOL_MS
    (one,) = await filler(store, exchange).repair(NAME, "1m")
    assert one.state == "repaired"
