"""The comparison, pure: a belief and a snapshot in, every difference out, in the order of its repair."""

from __future__ import annotations

from barfinex.provider.reconciliation.belief import Belief, Difference, Rules, VenueSnapshot
from barfinex.provider.reconciliation.fills import compare_fills
from barfinex.provider.reconciliation.holdings import compare_cash, compare_cover, compare_positions
from barfinex.provider.reconciliation.orders import compare_orders


def compare(belief: Belief, there: VenueSnapshot, rules: Rules) -> tuple[Difference, ...]:
    """Fills first, for they explain the rest; each part that was not answered is left out."""
    return (
        *compare_fills(belief, there, rules),
        *compare_orders(belief, there, rules),
        *compare_positions(belief, there, rules),
        *compare_cash(belief, there, rules),
        *compare_cover(belief, there, rules),
    )
