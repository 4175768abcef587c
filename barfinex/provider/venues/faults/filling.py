"""F7-F10, F27, F28 and F36: what goes wrong when an order fills."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.order import Purpose
from barfinex.provider.venues.faults.script import (
    Absurd,
    At,
    Fault,
    FeeIn,
    FeeTimes,
    Pieces,
    Repeat,
    RollBack,
    Short,
    Shuffle,
    Soon,
    Step,
    When,
)

_ENTRY_FILLS = When(At.HAPPEN, Purpose.ENTRY, "filled")

FILLING = (
    Fault(
        "F7",
        "fill-thrice",
        "Every fill is told three times.",
        "One fill.",
        (Step(When(At.TELL, report="filled", times=0), Repeat(3)),),
    ),
    Fault(
        "F8",
        "fills-reordered",
        "Fills come in slices, and what is told at one moment comes in another order.",
        "The same end as in order.",
        (
            Step(When(At.HAPPEN, report="filled", times=0), Pieces(5)),
            Step(When(At.TELL, times=0), Shuffle()),
        ),
    ),
    Fault(
        "F9",
        "fills-in-pieces",
        "An entry fills in up to fifty slices over some seconds.",
        "The stops follow the quantity.",
        (Step(_ENTRY_FILLS, Pieces(50, every_ms=250)),),
    ),
    Fault(
        "F10",
        "part-then-expired",
        "Half an entry fills and the venue ends the rest.",
        "The remainder is released; what is held is protected.",
        (Step(_ENTRY_FILLS, Short(Decimal("0.5"))),),
    ),
    Fault(
        "F27",
        "price-absurd",
        "An entry fills at one and a half times the market.",
        "Recorded, the instrument halted, no trade for revenge.",
        (Step(_ENTRY_FILLS, Absurd(Decimal("1.5"))),),
    ),
    Fault(
        "F28",
        "fee-elsewhere",
        "One fee is taken in a third asset, later ones at twice the rate.",
        "The equations of position and balance hold.",
        (
            Step(_ENTRY_FILLS, FeeIn("BNB", Decimal("0.002"))),
            Step(When(At.HAPPEN, report="filled", nth=2, times=0), FeeTimes(Decimal(2))),
        ),
    ),
    Fault(
        "F36",
        "trades-rolled-back",
        "The venue declares an entry's trade void, some seconds later.",
        "Reversed by an event, HALTED, and left to a person.",
        (Step(_ENTRY_FILLS, Soon(4_000, RollBack())),),
    ),
)
