"""H1 to H5: each claim against the leaf it names."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from barfinex.advisor.llm.checker.finding import Fault, Finding
from barfinex.advisor.llm.checker.numbers import agrees, number, precise
from barfinex.advisor.llm.context import MARK, Context
from barfinex.advisor.llm.leaves import Leaf, Unit, converted, written
from barfinex.advisor.llm.schema import Claim, Op, Output

DERIVED = frozenset({Op.DIFF, Op.RATIO, Op.PCT_CHANGE})
QUOTE_MIN = 3


def check_claims(output: Output, context: Context) -> Iterator[Finding]:
    """The context is the one given, and every claim holds in it."""
    if output.context_id != context.id:
        yield Finding(Fault.CONTEXT_MISMATCH, stated=output.context_id, actual=context.id)
    for path in output.conflicts:
        if path not in context.leaves:
            yield Finding(Fault.NO_SUCH_PATH, path=path, stated=path)
    for claim in output.claims:
        yield from check_claim(claim, context)


def check_claim(claim: Claim, context: Context) -> Iterator[Finding]:
    """What is wrong with one claim."""
    if claim.op is Op.QUOTE:
        yield from _check_quote(claim, context)
        return
    leaf = context.leaves.get(claim.path)
    if leaf is None:
        yield _found(Fault.NO_SUCH_PATH, claim, claim.path)
    elif leaf.numeric:
        yield from _check_number(claim, leaf, context)
    else:
        yield from _check_label(claim, leaf)


def actual_number(claim: Claim, context: Context) -> Decimal | None:
    """What a verified claim about numbers should have said, in its own unit; None where it says no number."""
    leaf = context.leaves.get(claim.path)
    found = None if leaf is None or not leaf.numeric else _grounded(claim, leaf, context)
    return found if isinstance(found, Decimal) else None


def _check_quote(claim: Claim, context: Context) -> Iterator[Finding]:
    """An exact piece of one untrusted item, with or without the marks it was shown with."""
    item = context.item(claim.path)
    said = claim.value.replace(MARK, " ").strip()
    if item is None:
        yield _found(Fault.NO_SUCH_PATH, claim, claim.path)
    elif claim.refs:
        yield _found(Fault.BAD_REFERENCE, claim, claim.refs[0])
    elif claim.unit not in {Unit.ID, Unit.ENUM}:
        yield _found(Fault.UNIT_MISMATCH, claim, claim.unit, Unit.ID)
    elif len(said) < QUOTE_MIN or said not in item.text:
        yield _found(Fault.QUOTE_MISMATCH, claim, claim.value, item.text)


def _check_label(claim: Claim, leaf: Leaf) -> Iterator[Finding]:
    if claim.op is not Op.EQ:
        yield _found(Fault.BAD_OPERATION, claim, claim.op, Op.EQ)
    elif claim.refs:
        yield _found(Fault.BAD_REFERENCE, claim, claim.refs[0])
    elif claim.unit is not leaf.unit:
        yield _found(Fault.UNIT_MISMATCH, claim, claim.unit, leaf.unit)
    elif claim.value != written(leaf.value):
        yield _found(Fault.LABEL_MISMATCH, claim, claim.value, written(leaf.value))


def _check_number(claim: Claim, leaf: Leaf, context: Context) -> Iterator[Finding]:
    stated = number(claim.value)
    if stated is None:
        yield _found(Fault.NOT_NUMERIC, claim, claim.value)
        return
    actual = _grounded(claim, leaf, context)
    if isinstance(actual, Finding):
        yield actual
    elif claim.op in {Op.GT, Op.LT}:
        if not (actual > stated if claim.op is Op.GT else actual < stated):
            yield _found(Fault.COMPARATOR_FALSE, claim, f"{claim.op} {claim.value}", f"{actual:f}")
    elif not agrees(claim.value, actual):
        yield _found(Fault.VALUE_MISMATCH, claim, claim.value, f"{actual:f}")
    elif not precise(claim.value, actual):
        yield _found(Fault.IMPRECISE, claim, claim.value, f"{actual:f}")


def _grounded(claim: Claim, leaf: Leaf, context: Context) -> Decimal | Finding:
    """The number the claim is about, in the claim's unit."""
    value, unit = Decimal(written(leaf.value)), leaf.unit
    if claim.op in DERIVED:
        derived = _derived(claim, value, leaf.unit, context)
        if isinstance(derived, Finding):
            return derived
        value, unit = derived
    elif claim.refs:
        return _found(Fault.BAD_REFERENCE, claim, claim.refs[0])
    found = converted(value, unit, claim.unit)
    return _found(Fault.UNIT_MISMATCH, claim, claim.unit, unit) if found is None else found


def _derived(claim: Claim, value: Decimal, unit: Unit, context: Context) -> tuple[Decimal, Unit] | Finding:
    """The leaf against the other one it refers to, in the leaf's unit; a change is in per cent of that."""
    if len(claim.refs) != 1 or claim.refs[0] == claim.path:
        return _found(Fault.BAD_REFERENCE, claim, " ".join(claim.refs), "one other leaf")
    other = context.leaves.get(claim.refs[0])
    if other is None:
        return _found(Fault.NO_SUCH_PATH, claim, claim.refs[0])
    if not other.numeric:
        return _found(Fault.BAD_REFERENCE, claim, claim.refs[0])
    base = converted(Decimal(written(other.value)), other.unit, unit)
    if base is None:
        return _found(Fault.UNIT_MISMATCH, claim, other.unit, unit)
    if claim.op is Op.DIFF:
        return value - base, unit
    # A change in per cent of something below zero has the wrong sign.
    if base == 0 or (claim.op is Op.PCT_CHANGE and base < 0):
        return _found(Fault.BAD_REFERENCE, claim, claim.refs[0], f"{base:f}")
    if claim.op is Op.RATIO:
        return value / base, Unit.RATIO
    return (value / base - 1) * 100, Unit.PCT


def _found(code: Fault, claim: Claim, stated: str, actual: str = "") -> Finding:
    return Finding(code, claim.id, claim.path, stated, actual)
