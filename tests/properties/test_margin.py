"""I16 and I8 for linear futures: whatever is ordered, funded and liquidated, in any cut into blocks."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from barfinex.config import VenueConfig
from barfinex.domain.candles import Candles, Series
from barfinex.domain.instrument import Instrument
from barfinex.domain.margin import Linear
from barfinex.domain.money import ZERO
from barfinex.provider.venues.base import Filled, Funded, Liquidated, Report
from barfinex.provider.venues.matching import MatchingEngine
from tests.factories import BTC, MINUTE, START, series
from tests.provider.venue import order, passing

D = Decimal
Wish = tuple[str, str, int, int, int]  # side, type, level, quantity, candle
SIZE, EVERY = 60, 7
KINDS = st.sampled_from(["market", "limit", "stop"])
SIDES, LEVELS = st.sampled_from(["buy", "sell"]), st.integers(80, 120)
WISHES = st.tuples(SIDES, KINDS, LEVELS, st.integers(1, 40), st.integers(0, SIZE))
BOOK = st.lists(WISHES, min_size=1, max_size=8)
RATES = st.lists(st.integers(-300, 300).map(lambda n: D(n).scaleb(-5)), min_size=9, max_size=9)


def walk(seed: int) -> Series:
    """Prices wild enough to use margins up."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.03, SIZE)))
    first = close * np.exp(rng.normal(0, 0.01, SIZE))
    high, low = np.maximum(first, close) * 1.01, np.minimum(first, close) * 0.99
    return series(*zip(first, high, low, close, strict=True))


def futures(leverage: int) -> MatchingEngine:
    terms = VenueConfig(
        cash=D(2_000), fee=D("0.0005"), fee_maker=D("0.0002"), liquidation_fee=D("0.01"), spread_bps=2.0
    )
    return MatchingEngine([Instrument(BTC, tick=D("0.01"), linear=Linear(D(leverage)))], terms)


def trade(
    venue: MatchingEngine,
    base: Series,
    book: list[Wish],
    rates: list[Decimal],
    cut: int,
) -> list[Report]:
    """Orders at their candles, funding at every seventh; between them blocks of at most `cut`."""
    reports: list[Report] = []
    stops = sorted({*range(0, SIZE, EVERY), *(at for *_, at in book), SIZE} - {0})
    begin = 0
    for end in stops:
        while begin < min(end, SIZE):
            block = Candles(base, begin, min(end, begin + cut))
            reports += passing(venue, block)
            venue.margin.see(BTC, block.known_at, block.last_close, base.step_ms)
            begin = block.stop
        now = START + end * MINUTE
        if end % EVERY == 0:
            reports += venue.fund(BTC, now, rates[end // EVERY % len(rates)])
        for k, (side, kind, level, quantity, at) in enumerate(book):
            if at == end and at < SIZE:
                where = None if kind == "market" else float(level)
                wish = order(side, kind, where, f"o{k}", quantity=D(quantity))
                reports += venue.submit([wish], now)
    return reports


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 999), st.integers(1, 50), BOOK, RATES, st.integers(2, 30))
def test_cash_is_conserved_and_blocks_change_nothing(
    seed: int, leverage: int, book: list[Wish], rates: list[Decimal], cut: int
) -> None:
    """I16: cash is the deposit less all fills and fees plus all funding, to the last digit; I8."""
    base, venue = walk(seed), futures(leverage)
    said = trade(venue, base, book, rates, 1)
    assert trade(futures(leverage), base, book, rates, cut) == said
    cash, held = D(2_000), ZERO
    for report in said:
        if isinstance(report, Filled | Liquidated):
            one = report.fill
            held += one.quantity * one.side.sign
            cash -= one.quantity * one.side.sign * one.price + one.fee
            assert not isinstance(report, Liquidated) or held == 0
        elif isinstance(report, Funded):
            assert report.quantity == held
            assert report.amount == (-held * report.mark * report.rate).quantize(D("1e-8"))
            cash += report.amount
    assert (venue.cash, venue.held()[BTC]) == (cash, held)


def test_the_walks_do_use_margins_up() -> None:
    """The property above would say little if nothing was ever liquidated or funded."""
    kinds: list[type] = []
    for seed in range(20):
        book = [("buy" if seed % 2 else "sell", "market", 100, 30, 7 + seed)]
        kinds += map(type, trade(futures(20), walk(seed), book, [D("0.001")] * 9, 5))
    assert kinds.count(Liquidated) > 5
    assert kinds.count(Funded) > 5
