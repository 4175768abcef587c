"""Policy: a market that jumps."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from math import hypot, sqrt

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
    times, closes = book.account.tape.closes(symbol, now, usual + recent + 1)
    moves = [later - earlier for earlier, later in pairwise(closes)]
    fresh = len(times) - bisect_right(times, now - limits.breaker_block_ms)
    base = moves[max(0, len(moves) - fresh - usual) : max(0, len(moves) - fresh)]
    if len(base) < usual:
        raise MissingFact(f"{usual} candles")
    largest = max(map(abs, moves[len(moves) - fresh :]), default=0.0)
    limit = limits.breaker_sigma * hypot(*base) / sqrt(usual)  # The mean of moves is as good as zero.
    return Finding(0.0 <= largest <= limit, largest, limit)
