"""What drills run on: many small trades in fast market time, limits wide: the order path is always busy."""

from __future__ import annotations

from decimal import Decimal

from barfinex.config import (
    AdvisorConfig,
    Config,
    GatewayConfig,
    InspectorConfig,
    InstrumentConfig,
    MarketConfig,
    RunConfig,
    SizingConfig,
    StrategyConfig,
    VenueConfig,
)

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
        inspector=InspectorConfig(
            approval_ttl_ms=60_000,
            position_notional_max=Decimal(1_000_000),
            gross_exposure_max=Decimal(100),
            drawdown_max=Decimal(1),
            daily_loss_max=Decimal(1),
            loss_streak_max=1_000_000,
            price_collar=Decimal(1),
            data_age_ms_max=600_000,
        ),
        gateway=GatewayConfig(enabled=False),
    )
