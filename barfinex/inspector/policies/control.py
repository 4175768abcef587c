"""What every policy says of itself, so that the table people read is made from what runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.proposal import Finding, Proposal

Judge = Callable[[Proposal, RiskBook, InspectorConfig], Finding]


class Policy(NamedTuple):
    """A control and its description.

    `ids`: the rows of the control catalogue that it answers (C: exchange and regulator practice, O: the
    original system, I: our own invariants). `keys`: what it is configured by; `unit` of the limit; `trips`:
    when it refuses; `action`: what follows. `sentence` is the first of the judge's docstring.
    """

    name: str
    judge: Judge
    ids: tuple[str, ...]
    keys: tuple[str, ...]
    unit: str
    trips: str
    action: str

    @property
    def sentence(self) -> str:
        return (self.judge.__doc__ or "").strip().splitlines()[0]


REFUSES = "the entry is refused"


def policy(
    ids: str, *, trips: str, keys: str = "", unit: str = "", action: str = REFUSES
) -> Callable[[Judge], Policy]:
    """Make a policy of a function: `ids` and `keys` are words with spaces between."""

    def describe(judge: Judge) -> Policy:
        return Policy(judge.__name__, judge, tuple(ids.split()), tuple(keys.split()), unit, trips, action)

    return describe
