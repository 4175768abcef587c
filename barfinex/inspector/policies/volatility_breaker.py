"""Policy: a market that jumps."""

from __future__ import annotations

from math import fsum, sqrt

from barfinex.config import InspectorConfig
from barfinex.config.limits import KEPT_MAX
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import OFF, Finding, MissingFact, Proposal, known


@policy(
    "C22",
    keys="breaker_sigma breaker_candles breaker_block_ms",
    unit="standard deviations",
    trips="a candle within the block moved further than the candles before usually do",
    action="entries are refused until the block ends",
)
def volatility_breaker(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """For a while after a candle that moved many standard deviations, nothing is begun; stops stay."""
    if limits.breaker_sigma is None:
        return OFF
    symbol, now = proposal.intent.instrument, proposal.now
    step = known(book.account.steps.get(symbol), "timeframe")
    usual, recent = limits.breaker_candles, min(limits.breaker_block_ms // step + 1, KEPT_MAX)
    closes = book.account.tape.closes(symbol, now, usual + recent + 1)
    moves = [(at, abs(close - closes[i][1])) for i, (at, close) in enumerate(closes[1:])]
    fresh = [move for at, move in moves if now - at < limits.breaker_block_ms]
    base = [move for at, move in moves[: len(moves) - len(fresh)]][-usual:]
    if len(base) < usual:
        raise MissingFact(f"{usual} candles")
    sigma, largest = sqrt(fsum(move * move for move in base) / usual), max(fresh, default=0.0)
    return Finding(0.0 <= largest <= limits.breaker_sigma * sigma, largest, limits.breaker_sigma * sigma)
