"""Each control is disabled in turn, in three ways, and the drill has to notice: a limit that is not wired is
worse than none. The sabotage goes through the argument that the Inspector takes its policies by."""

from __future__ import annotations

from collections.abc import Callable

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies import POLICIES, Policy
from barfinex.inspector.proposal import Finding, Proposal
from barfinex.runtime.drills.risk import KILL, Trial, drill, kill_and_flatten, try_policy
from barfinex.runtime.drills.scenes import SCENES


def passes_all(_proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
    return Finding(True, "sabotaged", "sabotaged")


def refuses_all(_proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
    return Finding(False, "sabotaged", "sabotaged")


def raises(_proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
    raise RuntimeError("sabotaged")


def returns_nothing(_proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
    return Finding(None, "sabotaged", "sabotaged")  # type: ignore[arg-type]


def inverted(policy: Policy) -> Policy:
    def judge(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
        found = policy.judge(proposal, book, limits)
        return Finding(not found.passed, found.value, found.limit, found.code)

    return policy._replace(judge=judge)


WAYS: dict[str, Callable[[Policy], Policy | None]] = {
    "always passes": lambda policy: policy._replace(judge=passes_all),
    "always refuses": lambda policy: policy._replace(judge=refuses_all),
    "raises": lambda policy: policy._replace(judge=raises),
    "says nothing": lambda policy: policy._replace(judge=returns_nothing),
    "inverted": inverted,
    "left out": lambda _policy: None,
}


def without(name: str, way: str) -> tuple[Policy, ...]:
    """The policies, one of them sabotaged."""
    made = (WAYS[way](policy) if policy.name == name else policy for policy in POLICIES)
    return tuple(policy for policy in made if policy is not None)


def test_the_drill_passes_when_nothing_is_sabotaged() -> None:
    """R4: every control is there, is wired, passes at its limit and trips past it."""
    trials = drill()
    assert {trial.control for trial in trials} == {*SCENES, KILL} == {*(p.name for p in POLICIES), KILL}
    assert [trial for trial in trials if not trial.ok or trial.fault] == []


def test_every_sabotage_is_caught() -> None:
    """R4: as a matrix (seen with `pytest -s`), one row a control; a cell says what gave the sabotage away."""
    cells = {
        policy.name: {way: try_policy(policy.name, without(policy.name, way)) for way in WAYS}
        for policy in POLICIES
    }
    print(f"\n{'sabotaged control':<22}" + "".join(f"{way:<16}" for way in WAYS))
    for name, row in cells.items():
        print(f"{name:<22}" + "".join(f"{_told(trial):<16}" for trial in row.values()))
    missed = [f"{name} {way}" for name, row in cells.items() for way, trial in row.items() if trial.ok]
    assert missed == []


def _told(trial: Trial) -> str:
    if trial.ok:
        return "MISSED"
    if not trial.wired:
        return "not wired"
    return "does not trip" if trial.passes else "does not pass"


def test_a_kill_switch_that_does_not_refuse_is_caught() -> None:
    """I13: the policy of the trading state is what keeps entries out of a halt."""
    assert kill_and_flatten().ok
    assert not kill_and_flatten(without("trading_state", "always passes")).ok


def test_a_policy_without_a_scene_fails_the_drill() -> None:
    trial = try_policy("a_new_one")
    assert not trial.ok
    assert trial.fault == "there is no scene for it"
