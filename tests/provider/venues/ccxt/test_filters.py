"""R14: what is rounded by the exchange's own steps passes its filters."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from barfinex.domain.money import lot_down, tick_below
from barfinex.domain.order import OrderType
from tests.exchange.account import Account
from tests.exchange.listing import Listed, recorded
from tests.exchange.orders import Held
from tests.exchange.words import No
from tests.provider.venues.ccxt.connected import connected

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
    draw = np.random.Generator(np.random.PCG64(5))
    listed = listings(draw)
    symbols = [f"{one.base}-{one.quote}" for one in listed]
    async with connected("spot", listed, symbols) as made:
        steps = {market.native: market.instrument for market in made.markets.values()}
    sent = 0
    refused: list[str] = []
    account = Account({one.symbol: one for one in listed}, lambda: 1)
    account.free = {asset: Decimal("1e30") for one in listed for asset in (one.base, one.quote)}
    while sent < ORDERS:
        one = listed[int(draw.integers(len(listed)))]
        rules, account.orders = steps[one.symbol], []
        limit = bool(draw.integers(0, 2))
        price = tick_below(one.price * Decimal(str(round(draw.uniform(0.9, 1.1), 6))), rules.tick)
        value = rules.notional_min * Decimal(str(round(draw.uniform(1.05, 50), 6)))
        quantity = lot_down(value / min(price, one.price), rules.lot)
        if not rules.quantity_min <= quantity <= rules.quantity_max:
            continue
        if quantity * min(price, one.price - 5 * one.tick) < rules.notional_min:
            continue
        side = "BUY" if draw.integers(0, 2) else "SELL"
        kind = OrderType.LIMIT if limit else OrderType.MARKET
        account.free[one.base] = (
            quantity if side == "SELL" else Decimal(0)
        )  # MAX_POSITION counts what is held.
        order = Held(one.symbol, sent, f"id-{sent}", side, kind.value.upper(), quantity, 0)
        order.price = price if limit else Decimal(0)
        try:
            account.place(order)
        except No as no:
            refused.append(f"{one.symbol} {side} {quantity} at {price}: {no.text}")
        sent += 1
    assert refused == []
