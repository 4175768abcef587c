"""The review without a model: the same schema, written from what moved the conviction, always true."""

from __future__ import annotations

import json
from typing import Any

from barfinex.advisor.llm.checker.finding import Finding
from barfinex.advisor.llm.checker.naming import loud_against
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.leaves import Kind, written
from barfinex.advisor.llm.quantities import name_of
from barfinex.advisor.llm.reply import Reply, Source
from barfinex.advisor.llm.schema import CONFLICTS_MAX, Op, Polarity, Stance

CLAIMS_MIN, CLAIMS_MAX = 2, 6


class RuleSynthesizer:
    """Cites the strongest attributions and takes the side that both their number and their sum take."""

    name = "rules"

    def review(self, context: Context, _findings: tuple[Finding, ...] = (), /) -> Reply:
        """The same answer whatever was found in a first one: there is nothing to mend."""
        text = json.dumps(_output(context), separators=(",", ":"))
        return Reply(text, self.name, source=Source.RULE)


def _output(context: Context) -> dict[str, Any]:
    cited = _cited(context)
    claims = [_claim(f"c{at}", path, weight, context) for at, (path, weight) in enumerate(cited, 1)]
    total = sum(weight for _, weight in cited)
    balance = sum(-1 if weight < 0.0 else 1 for _, weight in cited)
    tilt = 1 if total > 0.0 and balance > 0 else -1 if total < 0.0 and balance < 0 else 0
    return {
        "context_id": context.id,
        "claims": claims,
        "conflicts": loud_against(context)[:CONFLICTS_MAX],
        "missing": [],
        "stance": {1: Stance.SUPPORT, 0: Stance.NEUTRAL, -1: Stance.OPPOSE}[tilt],
        "tilt": tilt,
        "veto": None,
        "rationale": [_sentence(claim) for claim in claims],
    }


def _cited(context: Context) -> list[tuple[str, float]]:
    """Paths and weights, the heaviest first; leaves of no weight fill up to the fewest there may be."""
    weights = context.attribution or {
        path: context.sign * float(leaf.value)
        for path, leaf in context.leaves.items()
        if leaf.kind is Kind.DIRECTIONAL
    }
    heavy = sorted(((path, w) for path, w in weights.items() if w), key=lambda one: (-abs(one[1]), one[0]))
    rest = ((path, 0.0) for path in sorted(context.leaves) if not weights.get(path))
    found = heavy[:CLAIMS_MAX]
    while len(found) < CLAIMS_MIN:
        found.append(next(rest))
    return found


def _claim(name: str, path: str, weight: float, context: Context) -> dict[str, Any]:
    leaf = context.leaves[path]
    return {
        "id": name,
        "path": path,
        "op": Op.EQ,
        "value": written(leaf.value),
        "unit": leaf.unit,
        "refs": [],
        "polarity": Polarity.AGAINST if weight < 0.0 else Polarity.FOR,
    }


def _sentence(claim: dict[str, Any]) -> dict[str, Any]:
    name = name_of(claim["path"]) or "this reading"
    verb = "supports" if claim["polarity"] is Polarity.FOR else "speaks against"
    text = f"{name[0].upper()}{name[1:]} {{{claim['id']}}} {verb} the signal."
    return {"text": text, "claims": [claim["id"]]}
