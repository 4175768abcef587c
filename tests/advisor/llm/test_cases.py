"""The checker against cases written by somebody else, who knew the specification and not the checker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from barfinex.advisor.llm.checker import Verdict, check
from barfinex.advisor.llm.context import Context, Untrusted, build_context
from barfinex.advisor.llm.leaves import Leaf, Unit
from barfinex.advisor.llm.quantities import kind_of

CASES = Path(__file__).parent / "cases"
CASES_MIN = 300


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(CASES.glob("*.json")):
        for at, case in enumerate(json.loads(file.read_text(encoding="utf-8"))):
            yield f"{file.stem}:{case.get('id', at)}", case


def context_of(case: dict[str, Any]) -> Context:
    leaves = {
        path: Leaf(value, Unit(unit), kind_of(path, Unit(unit)))
        for path, (value, unit) in case["context"].items()
    }
    items = [Untrusted(one["id"], one["text"]) for one in case.get("untrusted", [])]
    return build_context(leaves, items, blind=False)


def judged(case: dict[str, Any]) -> Verdict:
    context = context_of(case)
    text = case["raw"] if "raw" in case else json.dumps(case["output"], ensure_ascii=False)
    return check(text.replace("CONTEXT_ID", context.id), context)


def outcome(verdict: Verdict) -> str:
    if verdict.hard:
        return "hard"
    return "soft" if verdict.findings else "accept"


ALL = dict(cases())


def test_there_are_enough_cases() -> None:
    assert len(ALL) >= CASES_MIN


@pytest.mark.parametrize("name", ALL)
def test_a_case_ends_as_it_was_meant_to(name: str) -> None:
    case = ALL[name]
    verdict = judged(case)
    wanted = {"hard_or_soft": {"hard", "soft"}}.get(case["expect"], {case["expect"]})
    assert outcome(verdict) in wanted, (case["why"], [(f.code, f.stated) for f in verdict.findings])
