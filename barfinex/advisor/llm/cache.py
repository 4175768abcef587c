"""Answers kept under everything that made them, so that the same question is never asked twice, or again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from barfinex.advisor.llm.checker import VERSION
from barfinex.advisor.llm.checker.finding import Finding
from barfinex.advisor.llm.context import Context, canonical
from barfinex.advisor.llm.prompt import SYSTEM, repair_text
from barfinex.advisor.llm.reply import Abstention, Reply, Source
from barfinex.advisor.llm.schema import wire_schema
from barfinex.domain.value import Value

ENTRIES_MAX = 4096


class Asked(Value, frozen=True):
    """Who was asked, and how; `sampling` is the canonical JSON of the sampling parameters."""

    provider: str
    host: str
    model: str
    fingerprint: str
    sampling: str


class Kept(Value, frozen=True):
    """One exchange as it was: the request and the raw response."""

    request: str
    reply: Reply


def cache_key(asked: Asked, context: Context, findings: tuple[Finding, ...] = ()) -> str:
    """The full sha256 over length-prefixed fields: no two different questions share one.

    A question to mend a first answer, for its `findings`, is another question.
    """
    fields = (
        asked.provider,
        asked.host,
        asked.model,
        asked.fingerprint,
        asked.sampling,
        _sha(canonical(wire_schema())),
        _sha(SYSTEM),
        VERSION,
        context.text,
        repair_text(findings) if findings else "",
    )
    joined = hashlib.sha256()
    for field in fields:
        raw = field.encode()
        joined.update(len(raw).to_bytes(8))
        joined.update(raw)
    return joined.hexdigest()


class Cache:
    """The last exchanges by key; beyond `entries_max` the oldest goes, and its question is asked anew."""

    def __init__(self, entries_max: int = ENTRIES_MAX) -> None:
        if entries_max < 1:
            raise ValueError(f"entries_max {entries_max} is below 1: leave the cache out instead")
        self._max = entries_max
        self._kept: dict[str, Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, key: str, kept: Kept) -> None:
        """The first answer to a question stays its answer; a fault is none, and is not kept."""
        if kept.reply.fault is not None or key in self._kept:
            return
        if len(self._kept) >= self._max:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = kept

    def find(self, key: str) -> Kept | None:
        return self._kept.get(key)


class Replayer:
    """Reviews from the cache alone, under the `name` of the route that was asked: what it was never asked
    gives SYN_REPLAY_MISS, never a call."""

    def __init__(
        self, name: str, cache: Cache, key_of: Callable[[Context, tuple[Finding, ...]], str]
    ) -> None:
        self.name = name
        self._cache = cache
        self._key_of = key_of

    def review(self, context: Context, findings: tuple[Finding, ...] = (), /) -> Reply:
        """The answer as it was, the first one or, to its findings, the mended one."""
        key = self._key_of(context, findings)
        kept = self._cache.find(key)
        if kept is None:
            return Reply("", self.name, source=Source.REPLAY, fault=Abstention.REPLAY_MISS, cache_key=key)
        was = kept.reply
        return Reply(was.text, self.name, 0.0, was.tokens, was.cost, Source.REPLAY, None, key)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
