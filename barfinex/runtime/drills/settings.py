"""What drills run on: many small trades in fast market time, limits wide: the order path is always busy."""

from __future__ import annotations

from decimal import Decimal

from barfinex.config import (
    AdvisorConfig,
    Config,
    GatewayConfig,
    GovernorConfig,
    InspectorConfig,
    InstrumentConfig,
    MarketConfig,
    OrdersConfig,
    ReconcileConfig,
    RunConfig,
    SizingConfig,
    StrategyConfig,
    VenueConfig,
)
from barfinex.runtime.drills.scenes import WIDE

BASES = ("BTC", "ETH", "SOL", "XRP", "ADA", "DOT", "LTC", "BNB")


def busy(seed: int) -> Config:
    """A configuration whose first ten seconds hold a dozen round trips.

    Time is only eight times as fast as the clock on the wall: a machine that pauses for half a second would
    otherwise look like ten seconds without a stop.
    """
    return Config(
        run=RunConfig(seed=seed),
        instruments=tuple(
            InstrumentConfig(symbol=f"{base}-USDT", tick=Decimal("0.0001"), lot=Decimal("0.00001"))
            for base in BASES
        ),
        market=MarketConfig(speed=8.0, volatility=0.002, warmup=120),
        venue=VenueConfig(fee=Decimal("0.0002"), latency_ms=100),
        strategies=StrategyConfig(names=("trend", "mean_reversion", "breakout")),
        advisor=AdvisorConfig(authority="observe"),
        sizing=SizingConfig(risk_per_trade=Decimal("0.0001")),
        inspector=InspectorConfig.model_validate(
            {
                **WIDE,
                "approval_ttl_ms": 60_000,
                "loss_streak_max": 1_000_000,
                "repeats_window_ms": 0,
                "trades_per_day_max": 1_000_000,
                "losses_per_day_max": 1_000_000,
                "open_positions_max": 100_000,
                "open_orders_max": 100_000,
            }
        ),
        orders=OrdersConfig(
            entries_per_second_max=1_000, entries_per_minute_max=60_000, reserved_per_second_max=1_000
        ),
        governor=GovernorConfig(starts_per_minute_max=1_000, lag_ms_max=600_000, watchdog_ms=600_000),
        reconcile=ReconcileConfig(confirm_ms=60_000),
        gateway=GatewayConfig(enabled=False),
    )
