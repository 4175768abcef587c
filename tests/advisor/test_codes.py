"""Every code of refusal is reached by the one fact that is wrong, and by none when nothing is."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.learning.ood import Verdict
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.reply import Abstention, Source
from barfinex.advisor.llm.schema import Stance, VetoCode
from barfinex.advisor.llm.synthesis import SynthesisResult
from barfinex.advisor.sizing.correlation import Held
from barfinex.advisor.sizing.payoff import Payoff
from barfinex.advisor.stages.calibration import Calibration
from barfinex.advisor.stages.review import Review
from barfinex.config import AdvisorConfig
from barfinex.domain.signal import Bracket, Regime
from tests.advisor.builders import (
    ACCOUNT,
    MOTION,
    NOW,
    QUOTE,
    STEP,
    case,
    desk,
    facts,
    features,
    known,
    serving,
)
from tests.advisor.said import decided

BOOK = replace(QUOTE, source="book", depth_bid=1e6, depth_ask=1e6)
REGIME = facts().regime


class Scripted:
    """A reviewer that answers as it is told."""

    def __init__(self, **changes: Any) -> None:
        blank = SynthesisResult(
            Source.LLM, Stance.OPPOSE, 0, None, (), "", (), Mode.VETO, 0.0, "model", 20.0, 10, 0.0, "key"
        )
        self.result = replace(blank, **changes)

    def review(self, calibration: Calibration) -> Review:
        return Review(self.result.stance, "", self.result)


def config(**changes: Any) -> AdvisorConfig:
    return AdvisorConfig.model_validate(changes)


WRONG: dict[Code, dict[str, Any]] = {
    Code.CTX_SIGNAL_MALFORMED: {"signal": {"score": 0.4}},
    Code.CTX_SIGNAL_DUPLICATE: {"facts": {"is_repeated": True}},
    Code.CTX_SIGNAL_EXPIRED: {"as_of": NOW + 10 * STEP},
    Code.CTX_FUTURE_TIMESTAMP: {"facts": {"features": features(known_at=NOW + 1)}},
    Code.CTX_SYMBOL_UNKNOWN: {"facts": {"is_known": False}},
    Code.CTX_PROVIDER_TIMEOUT: {"facts": {"is_stalled": True}},
    Code.CTX_INSUFFICIENT_HISTORY: {"config": {"history_min": 200}},
    Code.CTX_ACCOUNT_UNAVAILABLE: {"facts": {"account": replace(ACCOUNT, is_waiting=True)}},
    Code.DQ_STALE_QUOTE: {"facts": {"motion": replace(MOTION, closed_at=NOW - 3 * STEP)}},
    Code.DQ_STALE_BOOK: {"facts": {"quote": replace(BOOK, known_at=NOW - 60_001)}},
    Code.DQ_CANDLE_UNFINAL: {"facts": {"motion": replace(MOTION, final=False)}},
    Code.DQ_CANDLE_GAP: {"facts": {"motion": replace(MOTION, absent=0.21)}},
    Code.DQ_SEQUENCE_GAP: {"facts": {"parts": (("continuity", 0.4),)}},
    Code.DQ_CROSSED_BOOK: {"facts": {"quote": replace(BOOK, bid=100.02)}},
    Code.DQ_SPREAD_UNSTABLE: {"facts": {"quote": replace(BOOK, usual_bps=0.1)}},
    Code.DQ_DEPTH_THIN: {"facts": {"quote": replace(BOOK, depth_ask=9.0)}, "config": {"depth_min": 10.0}},
    Code.DQ_PRICE_OUTLIER: {"facts": {"motion": replace(MOTION, jump=-20.1)}},
    Code.DQ_CLOCK_SKEW: {"facts": {"quote": replace(BOOK, ahead_ms=1_001)}},
    Code.DQ_HALTED: {"facts": {"account": replace(ACCOUNT, halted="instrument BTC-USDT")}},
    Code.DQ_SCORE_BELOW_MIN: {"facts": {"score": 0.29}},
    Code.SC_FEATURES_MISSING: {
        "facts": {"features": replace(features(), values=(0.0, *[0.1] * 23), missing=("ret_1",))},
        "config": {"features_min": 24},
    },
    Code.SC_OUT_OF_DISTRIBUTION: {"desk": {"verdict": Verdict(0.4, rejected=True, drift=False)}},
    Code.SC_RULE_HARD_VETO: {
        "facts": {"motion": replace(MOTION, trend=-5.0, volatility_ratio=9.0, volatility=0.05)}
    },
    Code.SC_DIRECTION_CONFLICT: {
        "desk": {"serving": serving()},
        "facts": {
            "features": features([9.0] + [0.0] * 23),
            "motion": replace(MOTION, trend=-5.0, volatility_ratio=2.0, volatility=0.008),
        },
    },
    Code.SC_MODEL_EXPIRED: {"desk": {"serving": serving()}, "config": {"model_age_ms_max": STEP - 1}},
    Code.CV_NO_MODEL: {"config": {"phase_min": "shrunk"}},
    Code.CV_COLD_START_BLOCKED: {"desk": {"known": known(n_eff=29.0)}, "config": {"phase_min": "base"}},
    Code.CV_BELOW_FLOOR: {"config": {"conviction_min": 0.51}},
    Code.CAL_REGIME_UNKNOWN: {
        "facts": {"regime": replace(REGIME, label=Regime.UNKNOWN)},
        "config": {"regimes_off": ["unknown"]},
    },
    Code.CAL_REGIME_DISABLED: {"config": {"regimes_off": ["range"]}},
    Code.CAL_CALIBRATOR_EXPIRED: {
        "desk": {"serving": serving()},
        "config": {"calibrator_age_ms_max": STEP - 1},
    },
    Code.CAL_DRIFT_ALARM: {"desk": {"known": known(alarmed=True)}, "config": {"drift": "decline"}},
    Code.CAL_UNCERTAINTY_TOO_WIDE: {"config": {"uncertainty_max": 0.01}},
    Code.CAL_BELOW_BREAKEVEN: {"desk": {"payoff": Payoff(1.0, -1.1, 100.0)}},
    Code.LLM_VETO: {"desk": {"reviewer": Scripted(veto=VetoCode.LIQUIDITY)}},
    Code.LLM_REQUIRED_UNAVAILABLE: {"config": {"review_required": True}},
    Code.LLM_REQUIRED_HALLUCINATED: {
        "desk": {"reviewer": Scripted(abstained=Abstention.HALLUCINATION)},
        "config": {"review_required": True},
    },
    Code.EX_GEOMETRY_INVALID: {"signal": {"bracket": None}},
    Code.EX_SPREAD_TOO_WIDE: {"config": {"spread_bps_max": 1.9}},
    Code.EX_SPREAD_VS_STOP: {"config": {"spread_to_stop_max": 0.009}},
    Code.EX_SLIPPAGE_TOO_HIGH: {"config": {"slippage_bps_max": 0.9}},
    Code.EX_DEPTH_INSUFFICIENT: {
        "facts": {"quote": replace(BOOK, depth_ask=1_000.0)},
        "config": {"depth_share_max": 0.1},
    },
    Code.EX_STOP_INSIDE_NOISE: {"facts": {"motion": replace(MOTION, atr=0.041)}},
    Code.EX_RR_BELOW_MIN: {"signal": {"bracket": Bracket(0.02, 0.025)}},
    Code.EX_EV_NEGATIVE: {"config": {"expected_r_min": 0.8}},
    Code.EX_EV_LCB_NEGATIVE: {"config": {"expected_r_lcb_min": 0.6}},
    Code.EX_MARKET_MOVED: {"signal": {"price": 100.6}},
    Code.EX_SIGNAL_STALE: {"as_of": NOW + STEP, "config": {"ttl_left_min": 0.6}},
    Code.EX_DUPLICATE_EXPOSURE: {"facts": {"account": replace(ACCOUNT, holds_already=True)}},
    Code.EX_CORRELATION_CAP: {
        "desk": {"held": (Held("trd-1", "ETH-USDT", 0.01, 9.0),), "rho_of": lambda a, b: None},
        "config": {"correlation": "decline"},
    },
    Code.EX_SIZE_BELOW_MIN: {"config": {"size_min": 0.02}},
    Code.EM_KILL_SWITCH: {"desk": {"halted": "global"}},
    Code.EM_TTL_EXPIRED: {"desk": {"reviewer": Scripted(latency_ms=120_001.0)}},
    Code.EM_DUPLICATE_INTENT: {"desk": {"is_repeated": True}},
    Code.EM_BUS_UNAVAILABLE: {"desk": {"journal_stalled": True}},
}


def outcome(changes: dict[str, Any]) -> Code | None:
    asked = case(**changes.get("signal", {}))
    asked = replace(asked, as_of=changes.get("as_of", asked.as_of))
    made = desk(config(**changes.get("config", {})), **changes.get("desk", {}))
    declined, _, _ = decided(asked, facts(**changes.get("facts", {})), made)
    return None if declined is None else declined.objection.code


def test_nothing_wrong_is_approved() -> None:
    assert outcome({}) is None
    assert outcome({"desk": {"serving": serving()}}) is None


@pytest.mark.parametrize("code", Code)
def test_each_code_is_reached_by_what_is_wrong_alone(code: Code) -> None:
    assert outcome(WRONG[code]) is code
