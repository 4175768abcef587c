"""Examples of the nouns, each valid as it is; keywords change what a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from barfinex.domain.candles import Candles, Series, series_of
from barfinex.domain.conviction import Conviction
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.order import Fill, OrderRequest, OrderType, Purpose, Side
from barfinex.domain.signal import Bracket, ConditionScore, Direction, Signal, SignalKind
from barfinex.domain.verdict import Approved

BTC, MINUTE, START = "BTC-USDT", 60_000, 1_700_000_040_000  # START is a whole minute.


def signal(**changes: Any) -> Signal:
    """A long entry at 100 with a stop of 2 % and a target of 4 %."""
    made = Signal(
        id="sig-1",
        strategy="trend",
        instrument=BTC,
        timeframe="1m",
        kind=SignalKind.ENTRY,
        direction=Direction.LONG,
        score=1.0,
        threshold=0.5,
        conditions=(ConditionScore("cross", 1.0, 1.0, 1.0),),
        candle_ts=START,
        candle_hash="00",
        price=100.0,
        expires_at=START + 3 * MINUTE,
        bracket=Bracket(0.02, 0.04),
    )
    return replace(made, **changes)


def intent(**changes: Any) -> ExecutionIntent:
    """What the Advisor makes of `signal()`."""
    made = ExecutionIntent(
        id="int-1",
        signal_id="sig-1",
        trade_id="trd-1",
        strategy="trend",
        instrument=BTC,
        kind=SignalKind.ENTRY,
        direction=Direction.LONG,
        price=100.0,
        bracket=Bracket(0.02, 0.04),
        conviction=Conviction(0.6, 0.55, 20),
        expires_at=START + 3 * MINUTE,
    )
    return replace(made, **changes)


def order_request(name: str = "ord-1-e", **changes: Any) -> OrderRequest:
    """A market order to buy one."""
    made = OrderRequest(
        id=name,
        instrument=BTC,
        side=Side.BUY,
        type=OrderType.MARKET,
        quantity=Decimal(1),
        purpose=Purpose.ENTRY,
        trade_id="trd-1",
        strategy="trend",
        intent_id="int-1",
    )
    return replace(made, **changes)


def approved(order: OrderRequest | None = None, **changes: Any) -> Approved[OrderRequest]:
    """A permit for the order, good for two seconds from START."""
    order = order or order_request()
    return replace(Approved(f"apr-{order.id}", order, order.fingerprint(), START + 2_000), **changes)


def fill(**changes: Any) -> Fill:
    """One bought at 100 for a fee of a tenth."""
    made = Fill("f-1", "ord-1-e", BTC, Side.BUY, Decimal(1), Decimal(100), Decimal("0.1"), START)
    return replace(made, **changes)


def series(
    *rows: Sequence[float],
    instrument: str = BTC,
    timeframe: str = "1m",
    start: int = START,
    step: int = MINUTE,
) -> Series:
    """Candles one after another from rows of (open, high, low, close) or (open, high, low, close, volume)."""
    full = [[start + k * step, *row[:4], row[4] if len(row) > 4 else 1_000.0] for k, row in enumerate(rows)]
    return series_of(instrument, timeframe, full)


def candles(*rows: Sequence[float], **where: Any) -> Candles:
    """`series` as one block."""
    return series(*rows, **where).block()


def flat(*closes: float, **where: Any) -> Series:
    """Candles without a range, one for each close."""
    return series(*((close,) * 4 for close in closes), **where)
