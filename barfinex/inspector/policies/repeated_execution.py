"""Policy: a strategy that runs away."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.counters import RUNAWAY
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy(
    "C10 O26",
    keys="repeats_max repeats_window_ms",
    unit="entries",
    trips="as many of one strategy, instrument and side were approved within the window",
    action="the strategy is locked there until a person resumes",
)
def repeated_execution(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """A strategy that enters one way again and again is stopped until a person has looked."""
    intent = proposal.intent
    stream = (intent.strategy, intent.instrument, proposal.side)
    counters, most = book.account.counters, limits.repeats_max
    if stream in counters.runaways:
        return Finding(False, "locked", "a person resumes", RUNAWAY)
    times = counters.entries.get(stream, ())
    recent = len(times) >= most and not proposal.now - times[-most] > limits.repeats_window_ms
    return Finding(not recent, f"{len(times)} entries", most, RUNAWAY)
