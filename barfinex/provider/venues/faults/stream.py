"""F37-F40: what goes wrong with the stream of our own orders."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.order import Purpose
from barfinex.provider.venues.faults.script import At, Fault, Foreign, Mute, Retell, Soon, Step, When

_FILLED = When(At.HAPPEN, Purpose.ENTRY, "filled")

STREAM = (
    Fault(
        "F37",
        "stream-dead",
        "The stream is connected and says nothing from now on.",
        "Asking finds what happened within ten seconds.",
        (Step(When(At.TELL, times=0), Mute()),),
    ),
    Fault(
        "F38",
        "stream-expired",
        "The stream's subscription runs out in silence, and comes back 20 s later with a gap.",
        "The gap is filled by asking.",
        (Step(When(At.TELL, times=0, lasts_ms=20_000), Mute()),),
    ),
    Fault(
        "F39",
        "stream-overlap",
        "A snapshot of orders and fills repeats what the stream has told.",
        "Each counts once.",
        (Step(_FILLED, Soon(2_000, Retell())), Step(_FILLED, Soon(8_000, Retell()))),
    ),
    Fault(
        "F40",
        "order-foreign",
        "The stream tells of orders and fills that are not ours.",
        "Held back, asked about, EXTERNAL.",
        (Step(_FILLED, Soon(3_000, Foreign("web", Decimal("0.2"), rests=True))),),
    ),
)
