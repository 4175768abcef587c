"""What comes back when a decision is reviewed, from whoever reviews it."""

from __future__ import annotations

from typing import Protocol

from barfinex.advisor.llm.checker.finding import Finding
from barfinex.advisor.llm.context import Context
from barfinex.domain.value import Value, Word


class Source(Word):
    RULE = "rule"
    LLM = "llm"
    CACHE = "cache"
    REPLAY = "replay"


class Abstention(Word):
    """Why a review counts for nothing; none of these stops a decision."""

    TIMEOUT = "SYN_TIMEOUT"
    SCHEMA_INVALID = "SYN_SCHEMA_INVALID"
    HALLUCINATION = "SYN_HALLUCINATION"
    INCONSISTENT = "SYN_INCONSISTENT"
    INJECTION = "SYN_INJECTION"
    BUDGET = "SYN_BUDGET"
    CIRCUIT_OPEN = "SYN_CIRCUIT_OPEN"
    REPLAY_MISS = "SYN_REPLAY_MISS"
    REFUSED = "SYN_REFUSED"


class Reply(Value, frozen=True):
    """`text` as received, empty where `fault` says why there is none; `cost` in USD; `passed`
    names the reviewers asked before it in vain."""

    text: str
    route: str
    latency_ms: float = 0.0
    tokens: int = 0
    cost: float = 0.0
    source: Source = Source.LLM
    fault: Abstention | None = None
    cache_key: str = ""
    passed: tuple[str, ...] = ()


class Synthesizer(Protocol):
    """Whoever can review a decision: the rules, or a route to a model."""

    name: str

    def review(self, context: Context, findings: tuple[Finding, ...] = (), /) -> Reply:
        """Answer to the context in the schema's JSON; `findings` are those of a first answer, to be mended.

        Never raises for what the outside does: it answers with a `fault` instead.
        """
        ...
