"""The embedded market: seeded prices with trends, ranges, clustered volatility and jumps, tick by tick."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from itertools import repeat
from math import exp, floor, inf, log10, sqrt, tanh
from operator import itemgetter
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from barfinex.config import MarketConfig
from barfinex.domain.candles import Floats, Ints, Series
from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import timeframe_ms
from barfinex.domain.order import Side

CHUNK = 32  # candles made at once, however many are asked for: numpy does the work
TICKS = (4, 8)  # fewest and most per candle
LEVELS = 5
SPREAD = 1e-4  # of the price, when activity is ordinary; it widens with it
TURNOVER = 20_000.0  # quote units of an ordinary tick
RATIOS = (1, 20, 400)  # how much cheaper than the first the next instruments start

# The process counts in units of `volatility`: drift, jumps and noise have together a variance of one a candle
DRIFT = 0.35  # per candle of a trend
DURATION = (20, 60)  # shortest and longest regime, in candles
RANGE_SHARE = 1 / 3  # of the regimes
PULL = 0.1  # towards the middle of a range, per candle
HOME = 400.0  # as far from its start the price mostly turns back: it shall not wander off to zero in a week
JUMP_SHARE = 1 / 400  # of the candles
JUMP = 5.0
NOISE = sqrt(1 - (1 - RANGE_SHARE) * DRIFT**2 - JUMP_SHARE * JUMP**2)
CLUSTER = 0.97  # of the log volatility goes on in the next candle
UNREST = 0.4  # standard deviation of the log volatility


class Tick(NamedTuple):
    """A public trade and the quotes after it: ts in ms UTC, prices in quote units, quantity in base units."""

    ts: int
    instrument: str
    price: float
    quantity: float
    side: Side
    bid: float
    ask: float


class Regime(IntEnum):
    RANGE = 0
    UP = 1
    DOWN = -1


class _Chunk(NamedTuple):
    """CHUNK candles of ticks: `starts` holds each candle's first tick, `offsets` ms since the chunk began,
    `path` the log price relative to the start of the process, `activity` the volatility relative to its mean,
    `size` the quantity in ordinary ticks."""

    starts: Ints
    offsets: Ints
    path: Floats
    rises: NDArray[np.bool_]
    activity: Floats
    size: Floats


class _Process:
    """The log price of one instrument; every draw comes from its own stream.

    Semi-Markov regimes (Hamilton 1989) with log-normal AR(1) stochastic volatility (Taylor 1982) and rare
    Gaussian jumps (Merton 1976).
    """

    def __init__(self, volatility: float, step_ms: int, seed: Sequence[int]) -> None:
        self._volatility, self._step_ms = volatility, step_ms
        self._rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
        self._unrest = UNREST * float(self._rng.standard_normal())
        self._level = self._middle = 0.0
        self._left = 0
        self.regime = Regime.RANGE

    def chunk(self) -> _Chunk:
        """The next CHUNK candles."""
        rng = self._rng
        counts = rng.integers(TICKS[0], TICKS[1], CHUNK, endpoint=True)
        starts = np.cumsum(counts) - counts
        owner = np.repeat(np.arange(CHUNK), counts)
        shocks = rng.standard_normal(len(owner)) / np.sqrt(counts)[owner]
        jumps = np.where(rng.random(CHUNK) < JUMP_SHARE, rng.normal(0.0, JUMP, CHUNK), 0.0)
        drift, activity = self._walk(np.add.reduceat(shocks, starts), jumps)
        moves = (drift / counts)[owner] + NOISE * activity[owner] * shocks
        moves[starts] += jumps
        path = np.cumsum(moves) + self._level
        self._level = float(path[-1])
        active = activity[owner]
        return _Chunk(
            starts=starts,
            offsets=np.sort(owner * self._step_ms + rng.integers(0, self._step_ms, len(owner))),
            path=path * self._volatility,
            rises=moves > 0,
            activity=active,
            size=active * rng.lognormal(0.0, 0.8, len(owner)),
        )

    def _walk(self, shocks: Floats, jumps: Floats) -> tuple[Floats, Floats]:
        """(drift, activity) of each coming candle: both follow from where the candles before it led."""
        drifts, actives, level = [], [], self._level
        fresh = (UNREST * sqrt(1 - CLUSTER**2) * self._rng.standard_normal(CHUNK)).tolist()
        for shock, jump, news in zip(shocks.tolist(), jumps.tolist(), fresh, strict=True):
            if not self._left:
                self._turn(level)
            self._left -= 1
            self._unrest = CLUSTER * self._unrest + news
            active = exp(self._unrest - UNREST**2)  # Its square has a mean of one.
            pulled = PULL * (self._middle - level)
            drift = pulled if self.regime is Regime.RANGE else DRIFT * self.regime
            level += drift + NOISE * active * shock + jump
            drifts.append(drift)
            actives.append(active)
        return np.array(drifts), np.array(actives)

    def _turn(self, level: float) -> None:
        """A new regime begins here."""
        choice, way = self._rng.random(2)
        self._left = int(self._rng.integers(*DURATION, endpoint=True))
        self._middle = level
        if choice < RANGE_SHARE:
            self.regime = Regime.RANGE
        else:
            self.regime = Regime.UP if way < 0.5 - 0.5 * tanh(level / HOME) else Regime.DOWN


class _Grid(NamedTuple):
    """The prices an instrument can have: multiples of `step`, rounded to so many `decimals`."""

    step: float
    decimals: int

    @classmethod
    def of(cls, tick: Decimal | None, price: float) -> _Grid:
        if not tick:
            tick = Decimal(10) ** (floor(log10(price)) - 7)
        return cls(float(tick), max(0, -int(tick.normalize().as_tuple().exponent)))

    def put(self, values: Floats) -> Floats:
        """The values on the grid, at least one step above zero."""
        steps = np.maximum(np.rint(values / self.step), 1)
        return np.round(steps * self.step, self.decimals)


class SimMarket:
    """Seeded prices of several instruments, from `start_ms` (put back onto the candle grid) on.

    Each instrument draws from a stream of its own, made of the seed and its symbol: the same seed gives the
    same ticks, however they are asked for and whatever else is traded. `prices` are those to go on from after
    a restart; an instrument without one starts at `config.price` or a fixed part of it. `steps` are the
    instruments' price steps; without one, prices have eight digits.

    Raises:
        BadInput: a price to go on from is no positive finite number.
    """

    def __init__(
        self,
        symbols: Sequence[str],
        config: MarketConfig,
        seed: int,
        start_ms: int,
        prices: Mapping[str, float] | None = None,
        steps: Mapping[str, Decimal | None] | None = None,
    ) -> None:
        self._config, self._seed = config, seed
        self._step_ms = timeframe_ms(config.timeframe)
        self._start = self._made = start_ms // self._step_ms * self._step_ms
        self._grids: dict[str, _Grid] = {}
        self._last: dict[str, Tick] = {}
        for place, symbol in enumerate(symbols):
            price = (prices or {}).get(symbol, config.price / RATIOS[place % 3] / (1 + place // 3))
            if not 0 < price < inf:
                raise BadInput(f"{symbol} price {price}", "is no positive number", "Start a fresh journal.")
            grid = self._grids[symbol] = _Grid.of((steps or {}).get(symbol), price)
            price = float(grid.put(np.array([price]))[0])
            quotes = grid.put(np.array([price * (1 - SPREAD), price * (1 + SPREAD)])).tolist()
            self._last[symbol] = Tick(self._start, symbol, price, TURNOVER / price, Side.BUY, *quotes)
        self._begins = {symbol: tick.price for symbol, tick in self._last.items()}
        self._processes = {symbol: self._process(symbol) for symbol in self._begins}
        self._waiting: list[Tick] = []
        self._next = 0

    def history(self, symbol: str, count: int) -> Series:
        """`count` candles that end where the ticks begin, in time and in price.

        Raises:
            KeyError: no such instrument.
        """
        price, process = self._begins[symbol], self._process(symbol, past=True)
        chunks = [process.chunk() for _ in range(1 + count // CHUNK)]
        table = np.concatenate([_candles(chunk) for chunk in chunks], axis=1)
        table[:4] = self._grids[symbol].put(price * np.exp(table[:4] - table[3, -1]))
        table[4] *= TURNOVER / price
        ts = self._start + self._step_ms * np.arange(-count, 0)
        first, high, low, last, volume = table[:, table.shape[1] - count :]
        return Series(symbol, self._config.timeframe, ts, first, high, low, last, volume, source="sim")

    def ticks(self, until_ms: int) -> Iterator[Tick]:
        """The ticks not yet given with ts <= until_ms, in order of time, then of instruments."""
        while self._next < len(self._waiting) or self._made <= until_ms:
            if self._next == len(self._waiting):
                self._make()
            tick = self._waiting[self._next]
            if tick.ts > until_ms:
                return
            self._next += 1
            self._last[tick.instrument] = tick
            yield tick

    def book(self, symbol: str) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """(bids, asks) after the last tick given, best first: (price, quantity) of up to five levels a side.

        Raises:
            KeyError: no such instrument.
        """
        tick, grid = self._last[symbol], self._grids[symbol]
        gap = max(tick.ask - tick.bid, grid.step)
        sizes = [(k * gap, round(tick.quantity * (k + 1), 8)) for k in range(LEVELS)]
        bids = [(price, size) for away, size in sizes if (price := round(tick.bid - away, grid.decimals)) > 0]
        return bids, [(round(tick.ask + away, grid.decimals), size) for away, size in sizes]

    def _process(self, symbol: str, past: bool = False) -> _Process:
        name = crc32(symbol.encode())  # hash() differs from one interpreter to the next.
        return _Process(self._config.volatility, self._step_ms, (self._seed, name, int(past)))

    def _make(self) -> None:
        """Let CHUNK candles of ticks of every instrument wait to be given."""
        ticks = [tick for symbol in self._processes for tick in self._ticks_of(symbol)]
        self._waiting, self._next = sorted(ticks, key=itemgetter(0)), 0
        self._made += CHUNK * self._step_ms

    def _ticks_of(self, symbol: str) -> Iterator[Tick]:
        chunk, grid = self._processes[symbol].chunk(), self._grids[symbol]
        price = grid.put(self._begins[symbol] * np.exp(chunk.path))
        spread = grid.put(price * SPREAD * chunk.activity)
        # A buyer pays the ask, a seller gets the bid; the other side is a spread away.
        bid = grid.put(np.where(chunk.rises, price - spread, price))
        ask = grid.put(np.where(chunk.rises, price, price + spread))
        quantity = np.maximum(np.round(TURNOVER / self._begins[symbol] * chunk.size, 8), 1e-8)
        sides = [Side.BUY if rise else Side.SELL for rise in chunk.rises.tolist()]
        ts = (self._made + chunk.offsets).tolist()
        columns = price.tolist(), quantity.tolist(), sides, bid.tolist(), ask.tolist()
        return map(Tick, ts, repeat(symbol), *columns)


def _candles(chunk: _Chunk) -> Floats:
    """Rows open, high, low, close (log prices) and volume (in ordinary ticks), a column a candle."""
    ends = np.append(chunk.starts[1:], len(chunk.path)) - 1
    return np.stack(
        (
            chunk.path[chunk.starts],
            np.maximum.reduceat(chunk.path, chunk.starts),
            np.minimum.reduceat(chunk.path, chunk.starts),
            chunk.path[ends],
            np.add.reduceat(chunk.size, chunk.starts),
        )
    )
