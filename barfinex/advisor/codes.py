"""Why the Advisor says no: every code there is."""

from __future__ import annotations

from barfinex.domain.value import Word


class Code(Word):
    SIGNAL_EXPIRED = "SIGNAL_EXPIRED"
    CANDLES_MISSING = "CANDLES_MISSING"
    QUALITY_TOO_LOW = "QUALITY_TOO_LOW"
    REVIEW_VETOED = "REVIEW_VETOED"
    BRACKET_MISSING = "BRACKET_MISSING"
    CONVICTION_TOO_LOW = "CONVICTION_TOO_LOW"
    SPREAD_TOO_WIDE = "SPREAD_TOO_WIDE"
    REWARD_RISK_TOO_LOW = "REWARD_RISK_TOO_LOW"
