"""What is tried, and when, for a position without a stop: until one is there, or the position is gone.

at once          a stop at market, once more, as a stop-limit twice, then an exit at market, three times;
after that       stops and exits in turns, ever further apart, without an end while the position is bare: a
                 turn is over when the venue has refused it, in however many orders;
LEAVE_MS         nobody has confirmed the stop: an exit at market;
STOP_TRADING_MS  nor is an exit at the venue: no more entries in the instrument;
HALT_MS          nor by now: no more entries at all.
"""

from __future__ import annotations

from typing import NamedTuple

from barfinex.domain.order import OrderType, Purpose
from barfinex.domain.value import Value
from barfinex.inspector.managed import EXITS_BALKED_MAX, STOPS_LOST_MAX, ManagedPosition

LEAVE_MS = 8_000
STOP_TRADING_MS = 10_000
HALT_MS = 30_000
ORPHANED_MS = 2_000
WAIT_MS, WAIT_MS_MAX = 500, 30_000

NO_STOP_HELPS = frozenset({"WOULD_TRIGGER", "TOO_MANY_OPEN", "MAX_NUM_ALGO_ORDERS"})
"""Codes of a venue that takes no stop now: the price has passed it, or there is no room for conditional
orders. Another attempt costs time only."""


class Facilities(Value, frozen=True):
    """What the venue can do, as far as protection depends on it. `oco`: one order of a group cancels the
    others; `targets`: a target may rest beside the stop."""

    oco: bool = True
    targets: bool = True
    stop: bool = True
    stop_limit: bool = True


class Rung(NamedTuple):
    """The next attempt: a stop of this kind, or an exit at market (None), not before `at` (ms UTC)."""

    kind: OrderType | None
    at: int


def rung(position: ManagedPosition, can: Facilities) -> Rung:
    """What to try next for what is naked of a position."""
    lost, balked = position.lost, position.balked
    if lost <= STOPS_LOST_MAX and (can.stop or can.stop_limit):
        return Rung(_kind(lost, can), 0)
    if balked < EXITS_BALKED_MAX:
        return Rung(None, 0)
    if not (can.stop or can.stop_limit):
        return Rung(None, position.failed_at + _wait(balked - EXITS_BALKED_MAX))
    at = position.failed_at + _wait(position.turns)
    return Rung(None if position.failed is Purpose.STOP else _kind(position.turns // 2, can), at)


def _kind(tried: int, can: Facilities) -> OrderType:
    """A stop at market twice, then a stop-limit twice, and so on; whatever the venue has."""
    limited = tried % 4 >= 2
    if limited or not can.stop:
        return OrderType.STOP_LIMIT if can.stop_limit else OrderType.STOP
    return OrderType.STOP


def _wait(times: int) -> int:
    return min(WAIT_MS_MAX, WAIT_MS << min(times, 10))
