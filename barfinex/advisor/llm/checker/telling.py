"""Which claims a verdict may rest on: those that could have been false, each of them once."""

from __future__ import annotations

from barfinex.advisor.llm.checker.numbers import number
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.leaves import Unit, converted
from barfinex.advisor.llm.quantities import limits_of
from barfinex.advisor.llm.schema import Claim, Op, Output


def telling(output: Output, context: Context) -> list[Claim]:
    """In their order, without bounds that every value keeps, and without what was said before: an operation
    on the same leaves, whatever its id and the precision it states."""
    found: dict[tuple[object, ...], Claim] = {}
    for claim in output.claims:
        if not _always_holds(claim, context):
            words = claim.value if claim.op is Op.QUOTE else ""
            found.setdefault((claim.path, claim.op, claim.refs, words), claim)
    return list(found.values())


def _always_holds(claim: Claim, context: Context) -> bool:
    """A probability above zero, a spread above minus one. Of a count, to be above zero is news."""
    leaf, stated = context.leaves.get(claim.path), number(claim.value)
    if claim.op not in {Op.GT, Op.LT} or leaf is None or stated is None:
        return False
    low, high = limits_of(claim.path, leaf.unit)
    bound = converted(stated, claim.unit, leaf.unit)
    if bound is None:
        return False
    if claim.op is Op.LT:
        return high is not None and bound >= high
    return low is not None and (bound < low if leaf.unit is Unit.COUNT else bound <= low)
