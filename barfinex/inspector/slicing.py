"""A fill cut for the targets of its bracket."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.money import exact, lot_down
from barfinex.domain.order import Fill
from barfinex.domain.signal import Bracket
from barfinex.inspector.guard import Slice

_HAIR = 1e-9  # 0.7 + 0.2 + 0.1 is a hair off 1.


def slices_of(bracket: Bracket, fill: Fill, came: Decimal, lot: Decimal | None) -> list[Slice]:
    """What came by a fill, in base units, a slice a target: on lots, the rest without a target."""
    targets = bracket.targets
    if not came:
        return []
    if not targets:
        return [Slice(came, fill.price, fill.ts)]
    whole = sum(one.part for one in targets) >= 1.0 - _HAIR
    cuts, rest = [], came
    for at, one in enumerate(targets):
        is_rest = whole and at == len(targets) - 1
        cut = rest if is_rest else min(rest, lot_down(came * exact(one.part), lot))
        cuts.append(cut)
        rest -= cut
    cuts.append(rest)
    return [Slice(cut, fill.price, fill.ts, at) for at, cut in enumerate(cuts) if cut > 0]
