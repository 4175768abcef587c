"""B11: can every gate refuse, and does each stage let pass what is sound?

A gate whose figure does not follow from what it judges is vacuous: NOFX demands a reward-to-risk of at least
3 of an entry that it puts itself, a fifth of the way from stop to target, which makes it 4 for any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise, product

from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.validation import validate_execution
from barfinex.advisor.trace import Decline, Step
from barfinex.domain.signal import Bracket
from tests.advisor.builders import QUOTE, case, desk, facts, serving
from tests.advisor.said import decided
from tests.advisor.steps import synthesis
from tests.advisor.test_codes import WRONG, outcome
from tests.bench.advisor.figure import Figure

STOPS = (0.005, 0.01, 0.02, 0.04, 0.08)
TARGETS = (0.01, 0.02, 0.05, 0.1, 0.4)
SPREADS = (0.5, 2.0, 10.0, 50.0)
PLACE = 0.2
"""Of the way from stop to target, where NOFX puts its entry."""

Ratio = Callable[[float, float, float], float]


def figures() -> Iterator[Figure]:
    reached = {stage for model in (False, True) for stage in passed(model)}
    yield Figure("B11", "stages that a sound signal passes", len(reached), "== 8")
    hit = sum(outcome(WRONG[code]) is code for code in Code)
    yield Figure("B11", f"codes of {len(Code)} that their fault alone gives", hit, "== 55")
    spared = sum(outcome({}) is code for code in Code)
    yield Figure("B11", "the same without the fault", spared, "== 55", control=True)
    wrong = "steps in stop, target and spread after which reward to risk is not as it must be"
    yield Figure("B11", wrong, missteps(net), "== 0")
    yield Figure("B11", "the same of an entry that is made up", missteps(invented), "== 0", control=True)


def passed(with_model: bool) -> tuple[str, ...]:
    """The stages behind a decision that nobody objects to."""
    made = desk(serving=serving() if with_model else None)
    declined, _, trace = decided(case(), facts(), made)
    assert declined is None
    return tuple(stages(trace.last))


def stages(step: Step | None) -> Iterator[str]:
    """The names of an output and of all that it holds."""
    if step is not None:
        yield step.stage
        held = (getattr(step, name) for name in step.__struct_fields__)
        yield from stages(next((one for one in held if isinstance(one, Step)), None))


def net(stop: float, target: float, spread_bps: float) -> float:
    """Reward to risk as stage 7 measures it, net of costs."""
    half = 100.0 * spread_bps / 20_000.0
    given = facts(quote=replace(QUOTE, bid=100.0 - half, ask=100.0 + half))
    made = desk()
    reviewed = synthesis(case(bracket=Bracket(stop, target)), given, made)
    found = validate_execution(reviewed, made.config, made.terms(reviewed))
    ratio = (found.output if isinstance(found, Decline) else found).reward_risk_net
    assert ratio is not None
    return ratio


def invented(stop: float, target: float, _spread_bps: float) -> float:
    """Reward to risk of an entry between the two: the prices that were asked for do not matter."""
    low, high = 100.0 * (1.0 - stop), 100.0 * (1.0 + target)
    entry = low + PLACE * (high - low)
    return round((high - entry) / (entry - low), 9)


def missteps(ratio: Ratio) -> int:
    """Steps to the next larger target that do not raise it, and to the next larger stop or spread that do
    not lower it."""
    found = 0
    for target, spread in product(TARGETS, SPREADS):
        found += sum(not ratio(b, target, spread) < ratio(a, target, spread) for a, b in pairwise(STOPS))
    for stop, spread in product(STOPS, SPREADS):
        found += sum(not ratio(stop, b, spread) > ratio(stop, a, spread) for a, b in pairwise(TARGETS))
    for stop, target in product(STOPS, TARGETS):
        found += sum(not ratio(stop, target, b) < ratio(stop, target, a) for a, b in pairwise(SPREADS))
    return found
