"""Policy: an instrument that only costs."""

from __future__ import annotations

from itertools import islice

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy(
    "C17",
    keys="low_profit_trades low_profit_lock_ms",
    unit="trades, ms",
    trips="its last so many trades lost in sum, the last within the lock",
    action="entries are refused until the lock ends",
)
def low_profit(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """An instrument whose last trades lost in sum is left alone for a while."""
    counters, symbol, most = book.account.counters, proposal.intent.instrument, limits.low_profit_trades
    results = counters.results.get(symbol, ())
    if len(results) < most:
        return Finding(True, f"{len(results)} trades", most)
    net = sum(islice(reversed(results), most), ZERO)
    waited = proposal.now - counters.ended[symbol]
    return Finding(net >= ZERO or waited >= limits.low_profit_lock_ms, net, ZERO)
