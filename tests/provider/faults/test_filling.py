"""F7-F10, F27, F28 and F36: what goes wrong when an order fills happens as it is written."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.order import OrderState
from tests.factories import BTC
from tests.provider.faults.bench import Bench

D = Decimal


async def test_f7_a_fill_is_told_three_times() -> None:
    bench = Bench("F7")
    await bench.enter()
    bench.pass_by(100, 100, 100)
    assert bench.said == ["e accepted", *["e filled 1/1"] * 3]
    assert len(bench.store.fills()) == 1


async def test_f8_slices_are_told_in_another_order() -> None:
    bench = Bench("F8", seed=4)
    await bench.enter()
    bench.pass_by(100)
    fills = bench.said[1:]
    assert len(fills) > 2
    assert fills != sorted(fills, key=lambda said: D(said.rpartition("/")[2]))
    assert sum(fill.quantity for fill in bench.store.fills()) == 1
    assert sum(fill.fee for fill in bench.store.fills()) == D("0.1")


async def test_f9_slices_follow_one_another_by_the_clock() -> None:
    bench = Bench("F9")
    await bench.enter()
    bench.pass_by(100)
    before = bench.held()
    bench.pass_by(*[101] * 50, every_ms=250)
    assert D(0) < before < bench.held() == 1
    assert {fill.price for fill in bench.store.fills()} == {D(100), D(101)}
    assert (await bench.venue.balances())["cash"] == 100_000 - sum(
        fill.quantity * fill.price + fill.fee for fill in bench.store.fills()
    )


async def test_f9_a_cancel_stops_the_slices() -> None:
    bench = Bench("F9")
    await bench.enter()
    bench.pass_by(100)
    assert await bench.cancel("e") is None
    bench.pass_by(*[100] * 6)
    order = await bench.venue.order("e")
    assert order is not None
    assert (order.state, order.filled) == (OrderState.CANCELLED, bench.held())


async def test_f10_half_fills_and_the_rest_expires() -> None:
    bench = Bench("F10")
    await bench.enter()
    bench.pass_by(100, 100)
    assert bench.said == ["e accepted", "e filled 0.5/0.5", "e expired"]
    assert (bench.true("e"), bench.held()) == ("expired 0.5", D("0.5"))


async def test_f27_the_price_is_half_as_much_again() -> None:
    bench = Bench("F27")
    await bench.enter()
    bench.pass_by(100)
    (fill,) = bench.store.fills()
    assert (fill.price, fill.fee) == (D(150), D("0.15"))
    assert (await bench.venue.balances())["cash"] == D(100_000) - 150 - D("0.15")


async def test_f28_fees_in_another_asset_and_at_another_rate() -> None:
    bench = Bench("F28")
    await bench.hold()
    bench.pass_by(94)
    entry, stop = bench.store.fills()
    assert (entry.fee, stop.fee) == (D(0), stop.price * D("0.002"))
    balances = await bench.venue.balances()
    assert balances["BNB"] == D("-0.1") * D("0.002")
    assert balances["cash"] == D(100_000) - 100 + stop.price - stop.fee


async def test_f36_a_trade_is_void() -> None:
    bench = Bench("F36")
    await bench.hold()
    bench.pass_by(100, 100, 100, 100)
    assert (bench.store.fills(), await bench.venue.positions()) == ([], {})
    assert (await bench.venue.balances())["cash"] == D(100_000)
    assert bench.true("e") == "expired 0"
    assert bench.venue.engine.held()[BTC] == 0
