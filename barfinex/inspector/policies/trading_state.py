"""Policy: the trading state."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.trading import TradingState
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("C24 C26 O29", trips="the account, the venue, the instrument or the strategy is halted or reducing")
def trading_state(proposal: Proposal, book: RiskBook, _limits: InspectorConfig) -> Finding:
    """Entries pass only while nothing restricts their strategy, instrument, venue or the account.

    Under a throttle one passes a while.
    """
    trading, intent = book.trading, proposal.intent
    state = trading.state_of(intent.strategy, intent.instrument)
    if state is TradingState.ACTIVE and trading.latches:
        wait = trading.throttled_until(intent.strategy, intent.instrument)
        if not 0 <= wait <= proposal.now:
            return Finding(False, f"throttled until {wait}", "active", "THROTTLED")
    return Finding(state is TradingState.ACTIVE, state, TradingState.ACTIVE)
