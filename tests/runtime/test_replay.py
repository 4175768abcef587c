"""The driver of virtual time: one order of things, however the candles are cut into blocks."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barfinex.domain.candles import Series
from barfinex.events.provider import CandlesClosed
from tests.factories import MINUTE, flat, series
from tests.runtime.toys import Stage

RISING = [
    (99.0, 99.5, 98.5, 99.0),
    (99.0, 101.5, 99.0, 101.0),
    (101.0, 102.0, 100.5, 101.5),
    (101.5, 104.0, 101, 103),
]


def walk(seed: int, size: int, **where: object) -> Series:
    """A walk around the level at which the toy trades."""
    rng = np.random.default_rng(seed)
    close = 100 + np.cumsum(rng.normal(0, 1.0, size))
    first = np.concatenate(([100.0], close[:-1]))
    spread = rng.random(size)
    high, low = np.maximum(first, close) + spread, np.minimum(first, close) - spread
    rows = [(o, h, lo, c) for o, h, lo, c in zip(first, high, low, close, strict=True)]
    return series(*rows, start=0, **where)  # type: ignore[arg-type]


def market(seed: int, size: int) -> list[Series]:
    """Two instruments, one of them in two timeframes, the second with a gap and an offset in its times."""
    other = walk(seed + 1, size, instrument="B")
    keep = np.arange(size) % 7 != 3
    gapped = Series("B", "1m", other.ts[keep] + 20_000, *(getattr(other, c)[keep] for c in
                    ("open", "high", "low", "close", "volume")))  # fmt: skip
    coarse = walk(seed + 2, max(size // 5, 1), instrument="A", timeframe="5m", step=5 * MINUTE)
    return [walk(seed, size, instrument="A"), gapped, coarse]


async def test_a_market_order_fills_at_the_next_open_and_its_sale_rests_from_then_on() -> None:
    stage = Stage([series(*RISING, instrument="A", start=0)])
    events = await stage.run()
    assert [(at, text.split('"')[-2]) for at, text in events if "order_id" in text] == [
        (2 * MINUTE, "buy after 101"),
        (2 * MINUTE, "bought at 101"),
        (3 * MINUTE + MINUTE // 2, "woken by A"),
        (4 * MINUTE, "sold at 103"),
    ]


async def test_at_one_moment_what_ends_comes_before_alerts_and_alerts_before_what_begins() -> None:
    """SWEEP < CLOSE < ALERT < OPEN, and within a phase the finer series first."""
    base = [(99.0, 99.0, 99.0, 99.0), (99.0, 101.0, 99.0, 101.0), *[(101.0, 102.0, 101.0, 102.0)] * 8]
    quint = flat(100.0, 101.0, instrument="A", timeframe="5m", start=0, step=5 * MINUTE)
    stage = Stage([quint, *(series(*base, instrument=name, start=0) for name in "AB")], block=1)
    stage.market.resting = {"A": [102.0], "B": [200.0]}
    stage.clock.alert(5 * MINUTE, "five")
    stage.market.waiting.add("B")
    order: list[tuple[int, str, str]] = stage.market.calls
    stage.rig.bus.taps.append(
        lambda e: order.append((e.known_at, "alert", "")) if "alert" in e.event.wire_type else None
    )
    await stage.run()
    moments = {
        at: [f"{what} {who}".strip() for _, what, who in group]
        for at, group in groupby(order, lambda c: c[0])
    }
    assert moments[0] == ["open B 1m"]
    assert moments[5 * MINUTE][-1] == "alert"
    assert moments[5 * MINUTE][-4:-1] == ["close A 1m", "close B 1m", "close A 5m"]
    ranks = {"sweep": 0, "close": 1, "alert": 2, "open": 3}
    for calls in moments.values():
        phases = [ranks[call.split()[0]] for call in calls]
        assert phases == sorted(phases)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 60))
async def test_any_partition_into_blocks_gives_the_same_history(seed: int, size: int, block: int) -> None:
    """I8: one by one, in blocks of any length, or as long as the modules allow."""
    told = [Stage(market(seed, size), block=each) for each in (1, block, 0)]
    histories = [await stage.run() for stage in told]
    assert histories[0] == histories[1] == histories[2]
    assert told[0].trader.woken == told[1].trader.woken == told[2].trader.woken
    assert told[0].trader.closed == told[2].trader.closed


async def test_every_candle_is_delivered_once_in_order_whatever_upsets_the_plans() -> None:
    seen: list[tuple[str, str, int, int, int]] = []
    for block in (0, 1, 7):
        stage = Stage(market(3, 50), block=block)
        for at in (30_000, 5 * MINUTE, 5 * MINUTE + 1, 40 * MINUTE):
            stage.clock.alert(at, "upset")

        def tap(envelope: object, stage: Stage = stage) -> None:
            event = getattr(envelope, "event", None)
            if isinstance(event, CandlesClosed):
                one = event.candles
                seen.append((*one.key, one.start, one.stop, stage.clock.now() - one.known_at))

        stage.rig.bus.taps.append(tap)
        await stage.run()
        for track in stage.series:
            windows = [w[2:4] for w in seen if w[:2] == (track.instrument, track.timeframe)]
            assert [k for start, stop in windows for k in range(start, stop)] == list(range(len(track.ts)))
        assert min(late for *_, late in seen) >= 0, "a candle was delivered before it closed"
        seen.clear()


async def test_quiet_candles_travel_in_one_block() -> None:
    stage = Stage([flat(*[50.0] * 500, instrument="A", start=0)])
    await stage.run()
    assert stage.market.calls == [(500 * MINUTE, "close", "A 1m")]


async def test_who_is_woken_between_candles_knows_all_that_closed_by_then_and_no_more() -> None:
    """I17: an alert in the middle of a block cuts it there."""
    stage = Stage([flat(*range(10, 20), instrument="A", start=0)])
    stage.clock.alert(3 * MINUTE, "on the close")
    stage.clock.alert(5 * MINUTE + 1, "in a candle")
    await stage.run()
    assert stage.trader.woken == [(3 * MINUTE, {"A": 12.0}), (5 * MINUTE + 1, {"A": 14.0})]


async def test_an_alert_for_the_past_takes_its_turn_in_the_present_moment() -> None:
    """Asked for while orders meet a candle, it waits until that candle has closed for everybody."""
    stage = Stage([series(*RISING, instrument=name, start=0) for name in "AB"], block=1)
    stage.market.resting = {"A": [101.5], "B": [101.5]}
    asked: list[int] = []

    def ask(envelope: object) -> None:
        if stage.market.calls and stage.market.calls[-1][1] == "sweep" and not asked:
            asked.append(stage.clock.now())
            stage.clock.alert(0, "late")

    stage.rig.bus.taps.append(ask)
    await stage.run()
    assert asked == [2 * MINUTE]
    swept = [(at, who) for at, what, who in stage.market.calls if what == "sweep" and at == 2 * MINUTE]
    assert swept == [(2 * MINUTE, "A 1m"), (2 * MINUTE, "B 1m")]
    assert stage.trader.woken[0] == (2 * MINUTE, {"A": 101.0, "B": 101.0})


async def test_a_market_order_given_inside_a_candle_waits_for_the_next_open() -> None:
    """It cannot have the price at which its candle began, and time does not run back to fetch it."""
    stage = Stage([flat(*range(10, 20), instrument="A", start=0)])
    stage.clock.alert(2 * MINUTE + 30_000, "buy")

    def buy(envelope: object) -> None:
        if stage.clock.now() == 2 * MINUTE + 30_000:
            stage.market.waiting.add("A")

    stage.rig.bus.taps.append(buy)
    await stage.run()
    assert [at for at, what, _ in stage.market.calls if what == "open"] == [3 * MINUTE]


@pytest.mark.parametrize("block", [0, 4])
async def test_an_alert_that_lengthens_a_plan_does_not_show_what_lies_ahead(block: int) -> None:
    """I17: the shorter plan that was due is void."""
    stage = Stage(
        [flat(*[99.0, 99.0, 99.0, 101.0, 99.0, 99.0, 99.0, 99.0], instrument="A", start=0)], block=block
    )
    stage.clock.alert(2 * MINUTE, "change")

    def change(envelope: object) -> None:
        if stage.clock.now() == 2 * MINUTE:
            stage.trader.level = 1_000.0

    stage.rig.bus.taps.append(change)
    stage.rig.bus.taps.append(
        lambda e: (
            None if not isinstance(e.event, CandlesClosed) else _assert_closed(e.event, stage.clock.now())
        )
    )
    await stage.run()
    assert stage.market.calls[-1] == (8 * MINUTE, "close", "A 1m")


def _assert_closed(event: CandlesClosed, now: int) -> None:
    assert event.candles.known_at <= now
