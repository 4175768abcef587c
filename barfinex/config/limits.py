"""The limits of the risk governor: every one finite and bounded, its unit in its name."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from barfinex.config.bounds import Amount, Bps, Fraction, Leverage, Milliseconds, OrOff, Section, Step
from barfinex.domain.calendar import Window, window
from barfinex.domain.errors import BadInput

KEPT_MAX = 1_000  # How many past times a counter remembers; no limit may ask for more.

Names = Annotated[tuple[str, ...], Field(strict=False, max_length=1_000)]


class GroupConfig(Section):
    """Instruments that move together: what is held of them counts as one."""

    name: str = Field(min_length=1, max_length=40)
    instruments: Names


class InspectorConfig(Section):
    """Limits of the risk governor. Fractions are of equity; times in milliseconds; money in quote units."""

    approval_ttl_ms: int = Field(2_000, ge=1, le=60_000)
    # How much: one order, one instrument, one strategy, all of it.
    order_notional_min: Step = Decimal(1)
    order_notional_max: Amount = Decimal(60_000)
    position_notional_max: Amount = Decimal(50_000)
    strategy_notional_max: Amount = Decimal(150_000)
    gross_notional_max: Amount = Decimal(1_000_000)
    gross_exposure_max: Leverage = Decimal(2)
    net_exposure_max: Leverage = Decimal(2)
    instrument_share_max: Leverage = Decimal(1)
    quote_share_max: Leverage = Decimal(2)
    group_share_max: Leverage = Decimal(1)
    group_positions_max: int = Field(3, ge=1, le=100_000)
    groups: Annotated[tuple[GroupConfig, ...], Field(strict=False, max_length=1_000)] = ()
    margin_rate: Annotated[Fraction, Field(gt=0)] = Decimal("0.25")
    equity_reserve: Fraction = Decimal("0.05")
    liquidation_distance_min: Annotated[Leverage, Field(ge=1)] = Decimal("1.5")
    trade_risk_max: Fraction = Decimal("0.02")
    open_positions_max: int = Field(10, ge=1, le=100_000)
    open_orders_max: int = Field(100, ge=4, le=100_000)
    # How it has gone.
    drawdown_max: Fraction = Decimal("0.2")
    daily_loss_max: Fraction = Decimal("0.05")
    daily_fall_max: Fraction = Decimal("0.05")
    weekly_fall_max: Fraction = Decimal("0.1")
    daily_profit_max: Leverage = Decimal(1)
    loss_streak_max: int = Field(8, ge=1, le=1_000_000)
    trades_per_day_max: int = Field(500, ge=1, le=1_000_000)
    losses_per_day_max: int = Field(100, ge=1, le=1_000_000)
    stops_instrument_max: int = Field(4, ge=1, le=KEPT_MAX)
    stops_total_max: int = Field(6, ge=1, le=KEPT_MAX)
    stops_window_ms: Milliseconds = 86_400_000
    stops_lock_ms: Milliseconds = 14_400_000
    low_profit_trades: int = Field(6, ge=1, le=KEPT_MAX)
    low_profit_lock_ms: Milliseconds = 3_600_000
    # How often, and when.
    cooldown_ms: int = Field(0, ge=0, le=86_400_000)
    repeats_max: int = Field(100, ge=1, le=KEPT_MAX)
    repeats_window_ms: Milliseconds = 900_000
    content_window_ms: Milliseconds = 5_000
    no_trade: Names = ()
    hold_ms_max: OrOff[Annotated[int, Field(ge=1, le=10**12)]] = None
    reward_risk_min: OrOff[Annotated[float, Field(ge=0, le=100)]] = None
    # Which, and in what market.
    allow: Names = ()
    deny: Names = ()
    directions: Annotated[tuple[Literal["long", "short"], ...], Field(strict=False)] = ("long", "short")
    price_collar: Fraction = Decimal("0.05")
    data_age_ms_max: int = Field(10_000, ge=1, le=10**12)
    market_quality_min: OrOff[Annotated[float, Field(ge=0, le=1)]] = None
    breaker_sigma: OrOff[Annotated[float, Field(gt=0, le=1_000)]] = 6.0
    breaker_candles: int = Field(60, ge=10, le=KEPT_MAX)
    breaker_block_ms: Milliseconds = 60_000
    book_required: bool = False
    book_age_ms_max: int = Field(10_000, ge=1, le=10**12)
    spread_bps_max: Bps = 50.0
    spread_median_max: float = Field(5.0, ge=1, le=1_000)
    impact_bps_max: Bps = 50.0
    close_spread_bps_max: Bps = 100.0
    close_depth_min: Step = Decimal(0)

    @field_validator("no_trade")
    @classmethod
    def _are_windows(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for text in texts:
                window(text)
        except BadInput as error:
            raise ValueError(str(error)) from error  # A ValueError is reported with its key.
        return texts

    @model_validator(mode="after")
    def _fit_each_other(self) -> InspectorConfig:
        for least, most in (
            ("order_notional_min", "order_notional_max"),
            ("stops_instrument_max", "stops_total_max"),
        ):
            low, high = getattr(self, least), getattr(self, most)
            if low > high:
                raise ValueError(f"{least} ({low}) is above {most} ({high})")
        both = sorted(set(self.allow) & set(self.deny))
        if both:
            raise ValueError(f"allow and deny both name {', '.join(both)}")
        names = [group.name for group in self.groups]
        if len(set(names)) != len(names):
            raise ValueError("two groups have the same name")
        return self

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """`no_trade`, read."""
        return tuple(window(text) for text in self.no_trade)

    @cached_property
    def groups_of(self) -> Mapping[str, tuple[GroupConfig, ...]]:
        """The groups that each grouped instrument belongs to."""
        names = {name for group in self.groups for name in group.instruments}
        return {name: tuple(g for g in self.groups if name in g.instruments) for name in sorted(names)}
