"""Each invariant is a sentence in ARCHITECTURE.md and at least one test that names it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.tree import report, sources, text

INVARIANTS = [f"I{number}" for number in range(1, 18)]
ARCHITECTURE = "barfinex/ARCHITECTURE.md"


def claimed() -> set[str]:
    """The invariants that tests claim, in the docstring or the name of a test, or of its file or class."""
    found: set[str] = set()
    for source in sources("tests"):
        if not Path(source.path).name.startswith("test_"):
            continue
        for node in source.nodes:
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                words = f"{getattr(node, 'name', '')} {ast.get_docstring(node) or ''}"
                found |= {
                    token.upper()
                    for token in re.findall(r"(?<![a-zA-Z0-9])[Ii]\d{1,2}(?![a-zA-Z0-9])", words)
                }
    return found


def test_every_invariant_has_a_test_that_names_it() -> None:
    missing = [invariant for invariant in INVARIANTS if invariant not in claimed()]
    report(missing, 'write a test that breaks when the invariant does, with the docstring """I7: ...""".')


def test_no_test_names_an_invariant_that_does_not_exist() -> None:
    report(sorted(claimed() - set(INVARIANTS)), f"use the numbers of {ARCHITECTURE}.")


def test_the_architecture_page_states_every_invariant_once() -> None:
    page = text(ARCHITECTURE, "write the page: the picture, the invariants, the event map, the decisions.")
    stated = re.findall(r"^\W*(I\d+)\b", page, re.MULTILINE)
    faults = [f"{i} is stated {stated.count(i)} times" for i in INVARIANTS if stated.count(i) != 1]
    report(
        faults,
        f"in {ARCHITECTURE}, begin one line with each number: `- **I7** Every event is journaled ...`.",
    )
