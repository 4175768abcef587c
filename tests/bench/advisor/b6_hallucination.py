"""B6: what the checker catches of twenty-four kinds of falsehood, and what it holds against the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import perf_counter

import numpy as np

from barfinex.advisor.llm.checker import check
from barfinex.advisor.llm.checker.finding import EVERY_CHECK, Check
from tests.bench.advisor.claims import draw_case
from tests.bench.advisor.corruptions import KINDS, SEMANTIC, corrupted
from tests.bench.advisor.figure import Figure

EACH, VALID = 1000, 20_000
NUMERIC = "value 2 to 10 %"
TOOK = "check of a valid answer, p50 in ms"


def figures(each: int = EACH, valid: int = VALID) -> Iterator[Figure]:
    """Shares caught by kind; a kind counts as hard when only hard findings count."""
    rng = np.random.default_rng(6)
    for kind in KINDS:
        yield Figure("B6", f"caught HARD: {kind}", _caught(kind, each, rng, soft=False), ">= 0.995")
    for kind in SEMANTIC:
        yield Figure("B6", f"caught HARD or SOFT: {kind}", _caught(kind, each, rng, soft=True), ">= 0.95")
    held, microseconds = _valid(valid, rng)
    yield Figure("B6", "valid answers with a finding", held, "<= 0.005")
    yield Figure("B6", TOOK, microseconds / 1000.0, "<= 2")
    blind = _caught(NUMERIC, each, rng, soft=True, checks=EVERY_CHECK - {Check.NUMERIC})
    yield Figure("B6", f"{NUMERIC}, without H3", blind, ">= 0.995", control=True)


def _caught(
    kind: str, wanted: int, rng: np.random.Generator, *, soft: bool, checks: frozenset[Check] = EVERY_CHECK
) -> float:
    caught = made = 0
    for _ in range(40 * wanted):
        case = draw_case(rng)
        output = corrupted(case, kind, rng)
        if output is None or check(case.text, case.context).findings:
            continue
        verdict = check(json.dumps(output), case.context, checks)
        caught += bool(verdict.findings if soft else verdict.hard)
        made += 1
        if made == wanted:
            return caught / made
    raise AssertionError(f"{kind}: only {made} cases of {wanted} could be made")


def _valid(count: int, rng: np.random.Generator) -> tuple[float, float]:
    held, took = 0, np.empty(count)
    for at in range(count):
        case = draw_case(rng)
        text = case.text
        began = perf_counter()
        held += bool(check(text, case.context).findings)
        took[at] = perf_counter() - began
    return held / count, float(np.median(took)) * 1e6
