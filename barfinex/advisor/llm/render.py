"""The rationale as people read it: each placeholder filled in with what the context says."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from barfinex.advisor.llm.checker.claims import actual_number
from barfinex.advisor.llm.checker.spoken import PLACEHOLDER
from barfinex.advisor.llm.context import MARK, Context
from barfinex.advisor.llm.leaves import Unit, written
from barfinex.advisor.llm.schema import Claim, Op, Output

FIGURES = 4
_AFTER = {Unit.BPS: " bps", Unit.PCT: " %", Unit.SEC: " s", Unit.USD: " USD", Unit.Z: " z", Unit.RATIO: "x"}


def render(output: Output, context: Context, dropped: Collection[int] = ()) -> str:
    """The sentences of a verified output but those dropped; numbers have four figures and a unit."""
    shown = {claim.id: _shown(claim, context) for claim in output.claims}
    kept = (one.text for index, one in enumerate(output.rationale) if index not in dropped)
    return " ".join(PLACEHOLDER.sub(lambda match: shown[match[1]], text) for text in kept)


def _shown(claim: Claim, context: Context) -> str:
    if claim.op is Op.QUOTE:
        return f"\u201c{claim.value.replace(MARK, ' ').strip()}\u201d"
    number = actual_number(claim, context)
    if number is None:
        return written(context.leaves[claim.path].value)
    return _rounded(number) + _AFTER.get(claim.unit, "")


def _rounded(number: Decimal) -> str:
    """Four significant figures, or all the digits before the point."""
    if number == 0:
        return "0"
    places = max(0, FIGURES - 1 - number.adjusted())
    return f"{round(number, places).normalize():f}"
