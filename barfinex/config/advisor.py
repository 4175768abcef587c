"""What the Advisor asks of a signal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from barfinex.config.bounds import Bps, Milliseconds, OrOff, Section

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
PhaseName = Literal["prior", "base", "shrunk", "learned", "mature"]
StateName = Literal["trend_up", "trend_down", "range", "breakout", "stress", "unknown"]


class AdvisorConfig(Section):
    """`gate`: the stages may decline. `observe`: all run and are recorded, nothing is declined.

    `base_rate` is the win rate believed of a strategy before its outcomes are known; left out, it is a point
    below break-even: nothing is traded on no evidence. R is the distance from entry to stop.
    """

    authority: Literal["gate", "observe"] = "gate"
    # What the data must be.
    quality_min: Share = 0.3
    unsure_share_max: Share = 0.2
    history_min: int = Field(1, ge=1, le=100_000)
    features_min: int = Field(0, ge=0, le=24)
    quote_age_ms_max: Milliseconds = 60_000
    spread_surge_max: float = Field(10.0, ge=1, le=1_000)
    depth_min: float = Field(0.0, ge=0, le=1e12)
    outlier_sigma: float = Field(20.0, ge=3, le=1_000)
    # How much is known before anything is traded.
    phase_min: PhaseName = "prior"
    base_rate: Annotated[float, Field(gt=0, lt=1)] | None = None
    base_rate_labels: int = Field(20, ge=1, le=10_000)
    conviction_min: Share = 0.3
    uncertainty_max: Share = 0.15
    regimes_off: Annotated[tuple[StateName, ...], Field(strict=False)] = ()
    drift: Literal["shrink", "decline"] = "shrink"
    model_age_ms_max: Milliseconds = 90 * 86_400_000
    calibrator_age_ms_max: Milliseconds = 90 * 86_400_000
    review_required: bool = False
    influence: Literal["off", "shadow", "veto", "tilt"] = "off"
    # What execution must leave over.
    spread_bps_max: Bps = 25.0
    spread_to_stop_max: Share = 0.15
    slippage_bps_max: Bps = 50.0
    depth_share_max: OrOff[Annotated[float, Field(gt=0, le=1)]] = None
    stop_atr_min: float = Field(0.5, ge=0, le=100)
    reward_risk_min: OrOff[Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]] = 1.2
    moved_max: Share = 0.25
    ttl_left_min: Share = 0.0
    expected_r_min: float = Field(0.0, ge=-100, le=100)
    expected_r_lcb_min: float = Field(0.0, ge=-100, le=100)
    correlation_max: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.8
    correlation: Literal["shrink", "decline"] = "shrink"
    # How much is recommended.
    size_max: Share = 0.02
    size_min: Share = 0.0
    kelly: Literal["haircut", "baker_mchale"] = "haircut"
    allocation: Literal["inverse_volatility", "equal_risk", "hierarchical"] = "inverse_volatility"
    volatility_target: OrOff[Annotated[float, Field(gt=0, le=10)]] = None
    # What is learned from.
    horizon_candles: int = Field(240, ge=1, le=100_000)
    regime_refit_candles: int = Field(20_160, ge=500, le=10_000_000)
    learns: bool = True
    boosted: bool = False

    @model_validator(mode="after")
    def _least_is_least(self) -> AdvisorConfig:
        if self.size_min > self.size_max:
            least, most = self.size_min, self.size_max
            raise ValueError(f"size_min ({least}) is above size_max ({most}): nothing would be proposed")
        return self
