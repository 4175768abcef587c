"""A small context, a true answer to it, and a reviewer that says what it is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from barfinex.advisor.llm.checker.finding import Finding
from barfinex.advisor.llm.context import Context, Untrusted, build_context
from barfinex.advisor.llm.leaves import Leaf, Unit
from barfinex.advisor.llm.quantities import kind_of
from barfinex.advisor.llm.reply import Reply

FACTS: dict[str, tuple[Any, str]] = {
    "/signal/symbol": ("BTCUSDT", "enum"),
    "/signal/side": ("LONG", "enum"),
    "/signal/entry": (64000.0, "price"),
    "/signal/stop": (62720.0, "price"),
    "/features/mom_z": (1.4234, "z"),
    "/features/ofi_z": (-1.3, "z"),
    "/quality/spread": (2.5, "bps"),
    "/quality/depth_usd": (123456.7, "usd"),
    "/regime/label": ("TREND", "enum"),
}


def leaves(**changes: Any) -> dict[str, Leaf]:
    """FACTS as leaves; a keyword names the last part of a path and gives another value."""
    found = {}
    for path, (value, unit) in FACTS.items():
        told = changes.get(path.rsplit("/", 1)[-1], value)
        found[path] = Leaf(told, Unit(unit), kind_of(path, Unit(unit)))
    return found


def context(items: Sequence[Untrusted] = (), **changes: Any) -> Context:
    return build_context(leaves(**changes), items)


def claim(name: str, path: str, value: str, unit: str, **changes: Any) -> dict[str, Any]:
    base = {"id": name, "path": path, "op": "EQ", "value": value, "unit": unit, "refs": [], "polarity": "FOR"}
    return base | changes


def output(about: Context, **changes: Any) -> dict[str, Any]:
    """Momentum and a tight spread, for the signal."""
    base = {
        "context_id": about.id,
        "claims": [
            claim("c1", "/features/mom_z", "1.42", "z"),
            claim("c2", "/quality/spread", "0.025", "pct"),
        ],
        "conflicts": [],
        "missing": [],
        "stance": "SUPPORT",
        "tilt": 2,
        "veto": None,
        "rationale": [
            {"text": "Momentum {c1} supports the long side.", "claims": ["c1"]},
            {"text": "The spread is tight at {c2}.", "claims": ["c2"]},
        ],
    }
    return base | changes


def opposing(about: Context, **changes: Any) -> dict[str, Any]:
    """A wide spread and thin depth, against it, with a veto."""
    claims = [
        claim("c1", "/quality/spread", "2.50", "bps", polarity="AGAINST"),
        claim("c2", "/quality/depth_usd", "123,457", "usd", polarity="AGAINST"),
    ]
    veto = {"code": "LIQUIDITY", "claims": ["c1"]}
    text = [{"text": "The spread {c1} and depth {c2} weigh against the trade.", "claims": ["c1", "c2"]}]
    base = output(about, claims=claims, stance="OPPOSE", tilt=-2, veto=veto, rationale=text)
    return base | changes


def reply(found: dict[str, Any], **changes: Any) -> Reply:
    return Reply(json.dumps(found), "scripted", 120.0, 900, 0.002, **changes)


class Scripted:
    """Gives its replies one after the other, and remembers what it was told to mend."""

    name = "scripted"

    def __init__(self, *replies: Reply) -> None:
        self._replies = iter(replies)
        self.told: list[tuple[Finding, ...]] = []

    def review(self, _context: Context, findings: tuple[Finding, ...] = (), /) -> Reply:
        self.told.append(findings)
        return next(self._replies)
