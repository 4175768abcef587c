"""F41 to F59 on the wire, each by its name: told within its bound, nothing built on it, the other symbol
untouched, and live again once it is over. Several at a time, for they wait more than they work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import pytest

from barfinex.clock import SystemClock, VirtualClock
from barfinex.events.provider import CandlesClosed, FeedStalled, TradePrinted
from barfinex.provider.feeds.live import LiveFeed
from barfinex.provider.venues.ccxt.opening import open_exchange
from barfinex.provider.venues.ccxt.source import CcxtSource
from tests.exchange.scripts import SCRIPTS, begin
from tests.exchange.server import Exchange
from tests.fakes import FakeJournal, FakePort
from tests.provider.venues.ccxt.connected import connected

BTC, ETH = "BTC-USDT", "ETH-USDT"
FOUND_S, BACK_S = 14.0, 20.0


@dataclass(frozen=True)
class Expected:
    """`cause`: why the symbol is not live then; empty: it stays live. `counted`: what the feed counts.
    `both`: the line is shared, so the other symbol suffers too."""

    cause: str = ""
    counted: str = ""
    both: bool = False


EXPECTED = {
    "F41": Expected("silent for"),
    "F42": Expected("silent for", both=True),
    "F43": Expected(counted="reconnect", both=True),
    "F44": Expected(counted="renewed"),
    "F45": Expected("silent for", "reconnect", both=True),
    "F46": Expected("silent for|nothing came", both=True),
    "F47": Expected("a gap"),
    "F48": Expected(),
    "F49": Expected("a gap|older than the changes"),
    "F50": Expected("crossed"),
    "F51": Expected(counted="bad frame"),
    "F52": Expected("far from the book"),
    "F53": Expected("behind|silent for"),
    "F54": Expected("silent for", "bad frame"),
    "F54 future": Expected("ahead of our clock"),
    "F56": Expected(counted="unknown"),
    "F57": Expected(counted="bad frame"),
    "F58": Expected(),
    "F59": Expected("behind"),
}
BATCHES = [list(SCRIPTS)[at::4] for at in range(4)]


@dataclass
class Running:
    server: Exchange
    feed: LiveFeed
    journal: FakeJournal

    def is_live(self, name: str = BTC) -> bool:
        return self.feed.feeds[name].stale is None

    def stalls(self, name: str) -> list[str]:
        """Why it was not live, since it was for the first time."""
        found = [one.reason for one in self.journal.of(FeedStalled) if one.instrument == name]
        return found[1:]

    async def until(self, seconds: float, said: Callable[[], bool], what: str) -> None:
        for _ in range(round(seconds / 0.05)):
            if said():
                return
            await anyio.sleep(0.05)
        raise AssertionError(f"{what}: {self.feed.counts}, {self.stalls(BTC)}, {self.feed.feeds[BTC].cause}")


@asynccontextmanager
async def running() -> AsyncIterator[Running]:
    async with connected("linear", hertz=8) as made, anyio.create_task_group() as group:
        source = CcxtSource(made.client, made.markets, "linear", lambda: open_exchange(made.config, None))
        feed = LiveFeed(source, [BTC, ETH], "1s", SystemClock(1.0, 0), anyio.sleep, backfill=20)
        one = Running(made.server, feed, FakeJournal())
        group.start_soon(feed, FakePort(one.journal, VirtualClock()))
        try:
            await one.until(15, lambda: one.is_live(BTC) and one.is_live(ETH), "it did not begin")
            yield one
        finally:
            with anyio.CancelScope(shield=True):
                await source.close()
            group.cancel_scope.cancel()


async def prove(name: str) -> None:
    expected = EXPECTED[name]
    async with running() as one:
        end = begin(one.server, name)
        causes = expected.cause.split("|") if expected.cause else []
        if causes:
            await one.until(
                FOUND_S, lambda: any(c in s for c in causes for s in one.stalls(BTC)), f"{name}: not found"
            )
            closed = len([e for e in one.journal.of(CandlesClosed) if e.candles.instrument == BTC])
            await anyio.sleep(0.2 if name in ("F47", "F52") else 1.5)
            again = len([e for e in one.journal.of(CandlesClosed) if e.candles.instrument == BTC])
            assert again - closed <= 1 or name == "F47", f"{name}: candles of a symbol that is not live"
        else:
            await anyio.sleep(3.0)
        if expected.counted:
            await one.until(5, lambda: one.feed.counts[expected.counted] > 0, f"{name}: not counted")
        end()
        await one.until(BACK_S, one.is_live, f"{name}: not live again")
        if not causes and not expected.both:
            assert one.stalls(BTC) == [], f"{name}: it was not live"
        assert expected.both or one.stalls(ETH) == [], f"{name}: the other symbol suffered"
        prices = [e.price for e in one.journal.of(TradePrinted) if e.instrument == BTC]
        assert 50_000 < min(prices) <= max(prices) < 70_000, f"{name}: an absurd price was believed"
        if name in ("F43", "F44", "F58"):
            await one.until(5, lambda: one.feed.feeds[BTC].tape.missing == {}, f"{name}: trades are missing")
            assert one.feed.counts["trades lost"] == 0


@pytest.mark.parametrize("names", BATCHES, ids=[",".join(names) for names in BATCHES])
async def test_each_fault_of_market_data_is_told_survived_and_left_behind(names: list[str]) -> None:
    async with anyio.create_task_group() as group:
        for name in names:
            group.start_soon(prove, name)


def test_every_script_has_what_is_expected_of_it() -> None:
    """F55, a step that changes, is in tests/provider/venues/ccxt/test_watching.py."""
    assert set(SCRIPTS) == set(EXPECTED)
    assert {name.split()[0] for name in SCRIPTS} == {f"F{k}" for k in range(41, 60)} - {"F55"}
