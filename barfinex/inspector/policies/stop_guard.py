"""Policy: stops that pile up."""

from __future__ import annotations

from collections import deque

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal

NONE: deque[int] = deque(maxlen=1)


@policy(
    "C15",
    keys="stops_instrument_max stops_total_max stops_window_ms stops_lock_ms",
    unit="stops",
    trips="so many stops were hit within the window, the last of them within the lock",
    action="entries are refused until the lock ends",
)
def stop_guard(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """After too many stops within a while, in an instrument or in all, entries wait."""
    counters, symbol = book.account.counters, proposal.intent.instrument
    for stops, most in (
        (counters.stops_of.get(symbol) or NONE, limits.stops_instrument_max),
        (counters.stops, limits.stops_total_max),
    ):
        if len(stops) >= most and stops[-1] - stops[-most] <= limits.stops_window_ms:
            waited = proposal.now - stops[-1]
            if not waited >= limits.stops_lock_ms:
                return Finding(False, f"{most} stops, {waited} ms ago", f"{limits.stops_lock_ms} ms")
    return Finding(True, len(counters.stops), limits.stops_total_max)
