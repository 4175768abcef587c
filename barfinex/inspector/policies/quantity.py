"""Policy: an order the venue can take."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C19",
    keys="lot quantity_min notional_min",
    unit="base, quote",
    trips="the venue would not take the order",
)
def quantity(proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
    """The quantity is positive, on the lot, and at least the venue's minimum of quantity and notional."""
    instrument, asked = known(proposal.instrument, "instrument"), proposal.quantity
    if not (asked.is_finite() and asked > ZERO and asked >= instrument.quantity_min):
        return Finding(False, asked, instrument.quantity_min, "QUANTITY_MIN")
    if instrument.lot is not None and asked % instrument.lot != ZERO:
        return Finding(False, asked, instrument.lot, "QUANTITY_LOT")
    if instrument.notional_min and not proposal.notional() >= instrument.notional_min:
        return Finding(False, proposal.notional(), instrument.notional_min, "NOTIONAL_MIN")
    return Finding(True, asked, instrument.quantity_min)
