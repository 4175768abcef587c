"""The table of controls is what runs, and no row of the catalogue is left out."""

from __future__ import annotations

import ast
import re

from barfinex.config import InspectorConfig, InstrumentConfig
from barfinex.inspector.policies import EXIT_POLICIES, POLICIES
from barfinex.inspector.policies.elsewhere import ELSEWHERE
from barfinex.inspector.policies.table import HEADING, table
from tests.architecture.tree import ROOT, Source, report, sources

CATALOGUE = {f"C{n}" for n in range(1, 36)} | {f"O{n}" for n in range(1, 30)}


def test_the_page_shows_the_controls_that_run() -> None:
    page = (ROOT / "barfinex" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    found = re.search(rf"^{HEADING}$.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    shown = found[0].strip() if found else ""
    assert shown == table().strip(), (
        f"{HEADING} of barfinex/ARCHITECTURE.md is not what runs. "
        "Remedy: replace it by what `barfinex map --policies` prints."
    )


def test_every_control_of_the_catalogue_has_its_place() -> None:
    """R4: thirty-five of exchanges and regulators, twenty-nine of the original system."""
    held = {i for one in POLICIES + EXIT_POLICIES for i in one.ids}
    held |= {i for one in ELSEWHERE for i in one.ids.split()}
    report(sorted(CATALOGUE - held), "name it in a policy's ids, or in inspector/policies/elsewhere.py.")


def test_every_policy_names_keys_that_exist_and_every_limit_has_a_policy() -> None:
    known = set(InspectorConfig.model_fields)
    rules = set(InstrumentConfig.model_fields)
    named = {key for one in POLICIES for key in one.keys}
    faults = [f"{key} is no key" for key in sorted(named - known - rules)]
    faults += [f"no policy names {key}" for key in sorted(known - named - {"approval_ttl_ms"})]
    report(faults, "correct the keys that a policy gives of itself.")


def test_every_place_exists() -> None:
    files = {word for one in ELSEWHERE for word in re.findall(r"[\w/]+\.(?:py|sql)|[\w/]+/", one.where)}
    base = ROOT / "barfinex"
    lost = [f for f in sorted(files) if not (base / f).exists() and not (base / "inspector" / f).exists()]
    report(lost, "name the file that holds the control in inspector/policies/elsewhere.py.")


def test_nothing_is_awaited_between_a_check_and_its_reservation() -> None:
    """R9: policies, sizing, book and verdict are plain functions; nothing can come between."""
    judged = re.compile(
        r"barfinex/inspector/(policies/|sizing|proposal|book|exposure|counters|account|approvals)"
    )
    faults = [
        source.at(node)
        for source in sources()
        for node in source.nodes
        if (judged.match(source.path) and _waits(node)) or _waits_in_verdict(source, node)
    ]
    report(faults, "decide first, then await: a verdict and its reservation are one step.")


def _waits(node: ast.AST) -> bool:
    return isinstance(node, ast.Await | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith)


def _waits_in_verdict(source: Source, node: ast.AST) -> bool:
    if source.path != "barfinex/inspector/module.py":
        return False
    return isinstance(node, ast.AsyncFunctionDef) and node.name.startswith(("_judge", "_approve", "_refuse"))
