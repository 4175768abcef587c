"""Strangers' text that speaks to the model and not of the market: counted and shown, never relied upon."""

from __future__ import annotations

import re
from typing import NamedTuple

from barfinex.advisor.llm.checker.lexicon import INSTRUCTIONS, LINKS
from barfinex.advisor.llm.context import Context

_PATTERNS = {
    "order": INSTRUCTIONS,
    "link": LINKS,
    "role": re.compile(
        r"\b(?:system|assistant|developer|user|human|ai)\s*:|you are (?:now|a|an)\b|\bact as\b"
        r"|\bdo anything now\b|\bnew (?:rules?|instructions?|policy|persona)\b|\bmodel\b",
        re.IGNORECASE,
    ),
    "schema": re.compile(
        r"\b(?:tilt|stance|veto|rationale|claims?|context_id|json|polarity|schema|logits?)\b", re.IGNORECASE
    ),
    "markup": re.compile(r"[<>{}\[\]`|\\#*_=~^]"),
    "urgency": re.compile(
        r"\b(?:immediately|guaranteed|risk[- ]free|at once|without (?:delay|checks?)|buy|sell)\b|!!",
        re.IGNORECASE,
    ),
    "encoded": re.compile(r"[A-Za-z0-9+/]{24,}={0,2}|(?:%[0-9A-Fa-f]{2}){3,}|(?:\b[01]{8}\b\s*){2,}"),
}


class Suspicion(NamedTuple):
    """`pattern` is the kind of thing seen in the item."""

    item: str
    pattern: str


def suspicions(context: Context) -> list[Suspicion]:
    """Every kind of attempt in every untrusted item."""
    return [
        Suspicion(item.id, name)
        for item in context.untrusted
        for name, pattern in _PATTERNS.items()
        if pattern.search(item.text)
    ]
