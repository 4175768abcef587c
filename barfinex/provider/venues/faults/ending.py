"""F11-F15: what goes wrong when an order is taken back, or ends by itself."""

from __future__ import annotations

from barfinex.domain.order import Purpose
from barfinex.provider.venues.faults.script import (
    TIMEOUT,
    At,
    EndOrder,
    Fault,
    FillFirst,
    Refuse,
    Soon,
    Step,
    Swallow,
    When,
    venue_says,
)

_CANCEL, GONE = When(At.CANCEL), venue_says(-2011, "Unknown order sent.")

ENDING = (
    Fault(
        "F11",
        "cancel-races-fill",
        "An order fills while its cancel is under way.",
        "The fill wins, and it is told.",
        (Step(_CANCEL, FillFirst(GONE)),),
    ),
    Fault(
        "F12",
        "cancel-answer-lost",
        "The venue cancels an order, and its answer is lost.",
        "The venue is asked again before anything is concluded.",
        (Step(_CANCEL, Swallow(TIMEOUT, mute_ms=None)),),
    ),
    Fault(
        "F13",
        "cancel-unknown",
        "The venue calls a live order unknown when it is to be cancelled.",
        "The venue is asked before anything is concluded: the order lives.",
        (Step(_CANCEL, Refuse(GONE)),),
    ),
    Fault(
        "F14",
        "replace-half-done",
        "An order is to be replaced: the old one is cancelled, the new one refused (-2021).",
        "Both legs are known exactly; never two live, never none for longer than ten seconds.",
        (
            Step(
                When(At.SUBMIT, Purpose.STOP, nth=2),
                Refuse(venue_says(-2021, "Order cancel-replace partially failed.", 409)),
            ),
            Step(_CANCEL, Swallow(venue_says(-2021, "Order cancel-replace partially failed.", 409))),
        ),
    ),
    Fault(
        "F15",
        "cancelled-silently",
        "The venue ends a stop by itself and says nothing.",
        "Found by asking, EXPIRED, and the position is covered anew.",
        (Step(When(At.HAPPEN, Purpose.STOP, "accepted"), Soon(2_000, EndOrder())),),
    ),
)
