"""The streams in figures: decoding beside ccxt's own, and a feed under load on an event loop."""

from __future__ import annotations

import gc
import json
import resource
import time
from collections.abc import Callable
from typing import Any

import anyio

from barfinex.bus.bus import Bus
from barfinex.bus.transports.memory import MemoryTransport
from barfinex.clock import SystemClock
from barfinex.events.provider import TradePrinted
from barfinex.provider.feeds.live import LiveFeed
from barfinex.provider.streams.binance import BinanceDecoder
from tests.bench.journal import quantile
from tests.fakes import FakeJournal
from tests.provider.feeds.source import NAME, FakeSource

COUNT = 20_000
STEADY, STEADY_S = 5_000, 6
BURST, BURST_S = 20_000, 10
T = 1_700_000_000_000


def trade(number: int, ts: int = T) -> bytes:
    event = {"e": "trade", "E": ts, "T": ts, "s": "BTCUSDT", "t": number, "p": "61800.30", "q": "0.006"}
    return json.dumps({**event, "X": "MARKET", "m": False}).encode()


def depth(number: int, ts: int = T) -> bytes:
    """Forty levels."""
    sides = {
        key: [[f"{61_800 + sign * k * 0.1:.2f}", f"{1 + k % 7}.000"] for k in range(1, 21)]
        for key, sign in (("b", -1), ("a", 1))
    }
    numbers = {"U": number, "u": number, "pu": number - 1}
    return json.dumps({"e": "depthUpdate", "E": ts, "T": ts, "s": "BTCUSDT", **numbers, **sides}).encode()


def each_us(work: Callable[[bytes], object], frames: list[bytes]) -> float:
    began = time.perf_counter()
    for frame in frames:
        work(frame)
    return (time.perf_counter() - began) / len(frames) * 1e6


def ccxt_path() -> Callable[[bytes], object]:
    """What ccxt does with a frame: parse it, and handle the message."""
    import ccxt.pro

    exchange = ccxt.pro.binance({"options": {"defaultType": "swap"}})
    market = {"id": "BTCUSDT", "symbol": "BTC/USDT:USDT", "base": "BTC", "quote": "USDT", "linear": True}
    kind = {"swap": True, "contract": True, "type": "swap", "spot": False, "settle": "USDT"}
    exchange.set_markets([exchange.safe_market_structure({**market, **kind, "active": True})])

    class Client:
        url = "wss://fstream.binance.com/ws"
        subscriptions: dict[str, Any] = {}  # noqa: RUF012 - a stand-in

        def resolve(self, *_: object) -> None:
            pass

        def reject(self, *_: object) -> None:
            pass

    book = exchange.order_book({"bids": [], "asks": [], "nonce": 0})
    exchange.orderbooks["BTC/USDT:USDT"] = book
    client = Client()
    return lambda frame: exchange.handle_message(client, json.loads(frame))


def decoding() -> None:
    ours = BinanceDecoder({"BTCUSDT": NAME})
    trades = [trade(number) for number in range(COUNT)]
    depths = [depth(number) for number in range(1, COUNT // 10)]
    theirs = ccxt_path()
    print("reading streams, one message")
    for label, frames in (("a trade", trades), ("40 levels of depth", depths)):
        mine, own = each_us(ours.decode, frames), each_us(theirs, frames)
        print(f"  {label:<22}{mine:>7.1f} µs; by ccxt {own:>7.1f} µs: {own / mine:.0f} x")


class Loaded(FakeSource):
    """Real decoding behind a fake exchange."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = BinanceDecoder({"BTCUSDT": NAME})  # type: ignore[assignment]


async def pour(source: Loaded, rate: int, seconds: int, first: int) -> int:
    """So many trades a second, in portions of 10 ms; returns the next number."""
    number, began = first, time.perf_counter()
    for portion in range(seconds * 100):
        now = time.time_ns() // 1_000_000
        for _ in range(rate // 100):
            source.sink(trade(number, now))
            number += 1
        await anyio.sleep(max(0.0, began + (portion + 1) / 100 - time.perf_counter()))
    return number


async def lag(times: list[float]) -> None:
    """How late the loop wakes, in seconds."""
    while True:
        began = time.perf_counter()
        await anyio.sleep(0.005)
        times.append(time.perf_counter() - began - 0.005)


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def load() -> None:
    source, journal = Loaded(), FakeJournal()
    clock = SystemClock(1.0, 0)
    bus = Bus(MemoryTransport(), journal, clock, "run-bench", arriving=True)
    heard = [0]
    bus.tap(lambda _: heard.__setitem__(0, heard[0] + 1), TradePrinted)
    feed = LiveFeed(source, [NAME], "1m", clock, anyio.sleep, backfill=5)
    times: list[float] = []
    async with anyio.create_task_group() as group:
        group.start_soon(feed, bus.port("provider", lambda _work: None))
        group.start_soon(lag, times)
        await anyio.sleep(0.2)
        times.clear()
        number = await pour(source, STEADY, STEADY_S, 1)
        steady, before = list(times), memory_mb()
        times.clear()
        number = await pour(source, BURST, BURST_S, number)
        ended = time.perf_counter()
        with anyio.move_on_after(30):
            while heard[0] < number - 1:  # noqa: ASYNC110 - nobody could set an event here
                await anyio.sleep(0.005)
        after = time.perf_counter() - ended
        burst = list(times)
        group.cancel_scope.cancel()
    lost = number - 1 - heard[0]
    print(f"  {STEADY:,} trades/s for {STEADY_S} s, then {BURST:,}/s for {BURST_S} s, to the bus")
    for label, found in (("sustained", steady), ("burst", burst)):
        late = f"p50 {quantile(found, 0.5):>6.2f} ms   p99 {quantile(found, 0.99):>6.2f} ms"
        print(f"  loop late, {label:<11} {late}")
    grown = memory_mb() - before
    print(f"  lost {lost:,} of {number - 1:,}; read {after * 1e3:.0f} ms after the end; {grown:+.1f} MB")


def measure() -> None:
    """Print one block of figures, on asyncio's loop and on uvloop."""
    decoding()
    for uvloop in (False, True):
        gc.collect()
        print("on uvloop" if uvloop else "on asyncio")
        anyio.run(load, backend_options={"use_uvloop": uvloop})


if __name__ == "__main__":
    measure()
