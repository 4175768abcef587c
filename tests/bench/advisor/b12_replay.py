"""B12: are equal inputs decided equally, to the byte, whenever they come?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import zip_longest

from barfinex.runtime.compare import compare_module
from tests.bench.advisor.figure import Figure
from tests.bench.advisor.hall import TAIL, WARM, Hall, market, module, story

DECISIONS, CONTROLLED = 10_000, 2_000


def figures(decisions: int = DECISIONS, controlled: int = CONTROLLED) -> Iterator[Figure]:
    first, again = told(decisions), told(decisions)
    events = len(first.said)
    yield Figure("B12", "decisions answered exactly once", answered(first), f"== {decisions}")
    yield Figure("B12", f"of {events} events, other bytes when decided again", apart(first, again), "== 0")
    heads = float(first.journal.head != again.journal.head)
    yield Figure("B12", "other hash of the journal when decided again", heads, "== 0")
    replayed = asyncio.run(compare_module(module(), (), first.journal.envelopes))
    yield Figure("B12", "events compared with those of a fresh module", replayed.compared, f"== {events}")
    yield Figure("B12", "events that differ, out of the recorded inbox", replayed.differing, "== 0")
    plain = told(controlled)
    other = apart(plain, told(controlled, seed=2))
    yield Figure("B12", "other bytes in another market", other, "== 0", control=True)
    turned = apart(plain, told(controlled, changed=controlled // 40))
    yield Figure("B12", "other bytes after one other outcome", turned, "== 0", control=True)


def told(decisions: int, seed: int = 1, changed: int = -1) -> Hall:
    """All that was said of so many decisions; the outcome of trade number `changed` is the other one."""
    series = market(seed, WARM + decisions + TAIL)
    hall = Hall(series, keep=True)
    asyncio.run(story(hall, series, seed, decisions, changed))
    return hall


def answered(hall: Hall) -> int:
    return sum(count == 1 for count in hall.answers.values())


def apart(one: Hall, other: Hall) -> int:
    """How many events of the Advisor are not the same to the byte, place by place."""
    return sum(a != b for a, b in zip_longest(one.said, other.said))
