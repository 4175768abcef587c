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


UNASKED = frozenset({Abstention.BUDGET, Abstention.CIRCUIT_OPEN})
FAILED = frozenset(
    {Abstention.TIMEOUT, Abstention.SCHEMA_INVALID, Abstention.REFUSED, Abstention.REPLAY_MISS}
)
UNTRUE = frozenset({Abstention.HALLUCINATION, Abstention.INCONSISTENT, Abstention.INJECTION})


class Reply(Value, frozen=True):
    """`text` as received, empty where `fault` says why there is none; `route` is the name of the one who was
    asked; latency as that one measured it, `cost` in USD; `passed` tells why others on its way had no answer,
    in their order."""

    text: str
    route: str
    latency_ms: float = 0.0
    tokens: int = 0
    cost: float = 0.0
    source: Source = Source.LLM
    fault: Abstention | None = None
    cache_key: str = ""
    passed: tuple[Abstention, ...] = ()


class Synthesizer(Protocol):
    """Whoever can review a decision: the rules, or a route to a model. `name` is read once."""

    @property
    def name(self) -> str: ...

    def review(self, context: Context, findings: tuple[Finding, ...] = (), /) -> Reply:
        """Answer to the context in the schema's JSON; `findings` are those of a first answer, to be mended.

        It is waited for. For what the outside does it should not raise, but answer with a `fault`; whatever
        it does, `asking` makes a review of it.
        """
        ...
