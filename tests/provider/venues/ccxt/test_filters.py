"""R14: what is rounded by the exchange's own steps passes its filters."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from barfinex.domain.money import lot_down, tick_below
from barfinex.domain.order import OrderType, Side
from tests.exchange.budget import Budget
from tests.exchange.listing import Listed, recorded
from tests.provider.venues.ccxt.connected import connected, order

MARKETS = Path(__file__).parents[5] / "shared" / "data" / "wire" / "binance" / "markets"
SPOT = MARKETS / "spot_exchangeInfo_2021-08-02.json"
SETS, ORDERS = 200, 1_000


def listings(draw: np.random.Generator) -> list[Listed]:
    """Real filter sets, each at a price that its own filters allow."""
    whole = json.loads(SPOT.read_text())
    symbols = [one for one in whole["symbols"] if one["status"] == "TRADING" and one["quoteAsset"] == "USDT"]
    found = recorded(symbols[:SETS])
    for one in found:
        coarse = max(one.tick * 1_000, Decimal("0.001"))
        low, high = one.limit("PRICE_FILTER", "minPrice"), one.limit("PRICE_FILTER", "maxPrice")
        one.price = min(
            max(coarse * int(draw.integers(10, 1_000)), low * Decimal("1.2")), high / Decimal("1.2")
        )
        one.price = one.on_tick(float(one.price))
    return found


@pytest.mark.skipif(not SPOT.exists(), reason=f"{SPOT} is absent")
async def test_a_thousand_random_orders_over_real_filters_meet_no_filter() -> None:
    """Sized and rounded by the steps as the library reads them, signed, and sent to the exchange's door."""
    draw = np.random.Generator(np.random.PCG64(5))
    listed = listings(draw)
    symbols = {one.symbol: f"{one.base}-{one.quote}" for one in listed}
    sent = 0
    async with connected("spot", listed, list(symbols.values())) as made:
        steps = {market.native: market.instrument for market in made.markets.values()}
        account, made.server.budget = made.server.account, Budget(10**6, 10**6)
        account.free = {asset: Decimal("1e30") for one in listed for asset in (one.base, one.quote)}
        while sent < ORDERS:
            one = listed[int(draw.integers(len(listed)))]
            rules, account.orders = steps[one.symbol], []
            price = tick_below(one.price * Decimal(str(round(draw.uniform(0.9, 1.1), 6))), rules.tick)
            value = rules.notional_min * Decimal(str(round(draw.uniform(1.05, 50), 6)))
            quantity = lot_down(value / min(price, one.price), rules.lot)
            if not rules.quantity_min <= quantity <= rules.quantity_max:
                continue
            if quantity * min(price, one.price - 5 * one.tick) < rules.notional_min:
                continue
            side, limit = Side.BUY if draw.integers(0, 2) else Side.SELL, bool(draw.integers(0, 2))
            # What is held counts for MAX_POSITION.
            account.free[one.base] = quantity if side is Side.SELL else Decimal(0)
            kind = OrderType.LIMIT if limit else OrderType.MARKET
            more = {"price": str(price)} if limit else {}
            await made.send(
                order(f"ord-{sent}-e", side, kind, str(quantity), instrument=symbols[one.symbol], **more)
            )
            sent += 1
        assert made.server.asked["POST order"] == ORDERS
