"""Whether an output says only what its context says: eleven deterministic checks, no model, no tolerance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from barfinex.advisor.llm.checker.claims import check_claims
from barfinex.advisor.llm.checker.direction import check_direction
from barfinex.advisor.llm.checker.finding import CHECK_OF, EVERY_CHECK, Check, Fault, Finding, Severity
from barfinex.advisor.llm.checker.naming import check_naming, check_omission
from barfinex.advisor.llm.checker.prose import check_prose, own_words
from barfinex.advisor.llm.checker.spoken import spoken
from barfinex.advisor.llm.checker.verdict import check_cross, check_verdict
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.quantities import names_of
from barfinex.advisor.llm.schema import Output, parse

VERSION = "2"
"""Part of a cache key: a reply is judged anew when the rules change."""


class Verdict(NamedTuple):
    """`output` is None where the reply could not be read."""

    output: Output | None
    findings: tuple[Finding, ...]

    @property
    def hard(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity is Severity.HARD)

    @property
    def dropped(self) -> frozenset[int]:
        """The sentences that may not be shown."""
        return frozenset(one.sentence for one in self.findings if one.sentence is not None)


def check(text: str, context: Context, checks: frozenset[Check] = EVERY_CHECK) -> Verdict:
    """Judge a reply by the checks H0 to H10, or by some of them. A reply that cannot be read always fails."""
    try:
        output = parse(text)
    except (ValueError, RecursionError) as fault:
        return Verdict(None, (Finding(Fault.SCHEMA_INVALID, stated=str(fault)[:200]),))
    found = tuple(one for one in _findings(output, context) if CHECK_OF[one.code] in checks)
    return Verdict(output, found)


def _findings(output: Output, context: Context) -> Iterator[Finding]:
    yield from check_claims(output, context)
    yield from check_cross(output)
    yield from check_verdict(output, context)
    names = names_of(context.leaves)
    own = own_words(context, names)
    for said in spoken(output):
        yield from check_prose(said, context, own)
        yield from check_direction(said, context, names)
        yield from check_naming(said, names)
    yield from check_omission(output, context)
