"""The table of controls as people read it, made from what runs."""

from __future__ import annotations

from collections.abc import Iterator

from barfinex.inspector.policies import EXIT_POLICIES, POLICIES
from barfinex.inspector.policies.elsewhere import ELSEWHERE

HEADING = "## Controls"


def table() -> str:
    """Markdown: every policy, then every control that lives elsewhere."""
    return "\n".join([HEADING, "", *_policies(), "", *_elsewhere(), ""])


def _policies() -> Iterator[str]:
    yield "| policy | answers | configured by | unit | trips when | then |"
    yield "|---|---|---|---|---|---|"
    for one in POLICIES + EXIT_POLICIES:
        keys = " ".join(f"`{key}`" for key in one.keys)
        yield f"| {one.name} | {' '.join(one.ids)} | {keys} | {one.unit} | {one.trips} | {one.action} |"


def _elsewhere() -> Iterator[str]:
    yield "| answers | control that judges no entry | lives in |"
    yield "|---|---|---|"
    for one in ELSEWHERE:
        yield f"| {one.ids} | {one.control} | {one.where} |"
