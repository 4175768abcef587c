"""The exchange's clock and rules change while we trade."""

from __future__ import annotations

from decimal import Decimal

import anyio
import pytest

from barfinex.clock import SystemClock
from barfinex.domain.order import OrderType, Side
from barfinex.provider.venues.ccxt.watching import ExchangeWatch
from barfinex.provider.venues.errors import VenueError
from tests.provider.venues.ccxt.connected import Connected, connected, entry, order


def watch_of(made: Connected, market: str = "spot") -> ExchangeWatch:
    return ExchangeWatch(made.client, made.markets, made.venue, market, SystemClock(1.0, 0))


@pytest.mark.parametrize(("skew_ms", "word"), [(0, ""), (200, ""), (5_000, "behind"), (-5_000, "ahead")])
async def test_a_clock_that_is_off_by_half_a_second_stops_entries(skew_ms: int, word: str) -> None:
    """R74."""
    async with connected("spot", skew_ms=skew_ms) as made:
        watch = watch_of(made)
        await watch._measure()
        assert word in watch.fault("BTC-USDT")
        assert bool(watch.fault("ETH-USDT")) == bool(word)
        assert abs(watch.offset_ms - skew_ms) < 200


@pytest.mark.parametrize(("skew_ms", "is_told"), [(0, False), (400, True), (-400, True)])
async def test_a_clock_that_is_off_by_a_quarter_of_a_second_is_told(
    skew_ms: int, is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """R74: before entries stop for it."""
    async with connected("spot", skew_ms=skew_ms) as made:
        watch = watch_of(made)
        await watch._measure()
        assert watch.fault("BTC-USDT") == ""
        assert ("time service" in caplog.text) == is_told


@pytest.mark.parametrize("skew_ms", [10_000, -10_000])
async def test_orders_are_signed_by_the_exchanges_clock(skew_ms: int) -> None:
    """F18: a wrong clock stops entries; what protects can still be sent."""
    async with connected("spot", skew_ms=skew_ms) as made:
        await made.send(entry())
        assert made.server.asked["POST order"] == 1


async def test_a_clock_that_jumps_is_measured_again_after_one_refusal() -> None:
    async with connected("spot") as made:
        made.server.skew_ms = 20_000
        with pytest.raises(VenueError):
            await made.send(entry())
        assert made.venue.doubts_rules
        await watch_of(made)._measure()
        await made.send(entry(2))
        assert made.server.asked["POST order"] == 2


async def test_an_instrument_that_is_halted_waits_and_one_that_changed_waits_for_a_restart() -> None:
    """F16, F34, F55, C18, R15: at once after a refusal."""
    async with connected("spot") as made:
        watch, listing = watch_of(made), made.server.account.listings
        listing["BTCUSDT"].status = "BREAK"
        listing["ETHUSDT"].filters["PRICE_FILTER"]["tickSize"] = "0.1"
        odd = order("ord-1-e", Side.BUY, OrderType.LIMIT, "0.01", price="2900.05", instrument="ETH-USDT")
        with pytest.raises(VenueError):
            await made.send(odd)
        async with anyio.create_task_group() as group:
            group.start_soon(watch, None)
            with anyio.fail_after(5):
                while not watch.fault("ETH-USDT"):  # noqa: ASYNC110 - a service without an event to wait for
                    await anyio.sleep(0.05)
            group.cancel_scope.cancel()
        assert "does not trade" in watch.fault("BTC-USDT")
        assert "have changed" in watch.fault("ETH-USDT")
        listing["BTCUSDT"].status = "TRADING"
        await watch._compare()
        assert watch.fault("BTC-USDT") == ""
        assert made.markets["ETH-USDT"].instrument.tick == Decimal("0.01")
