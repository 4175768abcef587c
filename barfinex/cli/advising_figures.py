"""What `barfinex advisor report` tells, as plain data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import to_builtins

from barfinex.advisor.codes import Code
from barfinex.advisor.learning.champion import Stage
from barfinex.advisor.learning.ladder import Rung
from barfinex.advisor.regimes.states import NAMED, STATES
from barfinex.advisor.value.accounts import JUDGED_MAX, REPORT_MIN
from barfinex.advisor.value.gates import GateValue
from barfinex.advisor.value.ledger import Ledger
from barfinex.runtime.advising import Recollection
from barfinex.studio.advice import Courses

HOUR_MS = 3_600_000


def figures_of(found: Recollection) -> dict[str, Any]:
    """Every figure, whatever it is; where there is too little for one, a sentence under `said`."""
    accounts, learner = found.accounts, found.advisor.mind.learner
    names = sorted(found.strategies or found.judged)
    hours = max(1.0, (found.ended - found.began) / HOUR_MS) if found.began else 1.0
    stopped = accounts.ledger.overall()
    return {
        "from": _time(found.began),
        "to": _time(found.ended),
        "decisions": {
            "decided": accounts.decisions,
            "approved": accounts.approved,
            "declined": accounts.decisions - accounts.approved,
            "outcomes": found.labels.total(),
            "waiting": sum(map(learner.waiting.count, names)),
        },
        "calibration": _calibration(found),
        "strategies": {name: _strategy(found, name) for name in names},
        "drift": [{"at": _time(at), **to_builtins(one)} for at, one in found.drifts],
        "models": _models(found),
        "why_not": _ledger(accounts.ledger),
        "observed": _ledger(found.observed),
        "worth": to_builtins(accounts.chain.worth()),
        "efficiency": {"hours": hours, **to_builtins(accounts.capital.efficiency(hours, -stopped.r_saved))},
        "allocation": to_builtins(found.allocation[-1]) if found.allocation else None,
    }


def courses_of(found: Recollection) -> Courses:
    """What the page plots over time."""
    ladders: dict[str, list[tuple[int, dict[str, float]]]] = {}
    for at, one in found.ladders:
        ladders.setdefault(one.strategy, []).append((at, dict(one.weights)))
    outcomes: dict[str, list[tuple[int, float]]] = {}
    for result in found.results:
        outcomes.setdefault(result.regime, []).append((result.at, result.r_net))
    return Courses(ladders, outcomes)


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}" if ms else ""


def _calibration(found: Recollection) -> dict[str, Any]:
    report, outcomes = found.accounts.report(), found.outcomes
    if report is None:
        few = f"fewer than {REPORT_MIN} outcomes ({outcomes}): no calibration yet"
        alike = f"all {outcomes:,} outcomes ended alike: nothing to tell good from bad by"
        return {"outcomes": outcomes, "said": few if outcomes < REPORT_MIN else alike, "report": None}
    plain: dict[str, Any] = to_builtins(report)
    plain["regime_worst"] = None if report.regime_worst is None else str(NAMED[report.regime_worst])
    last = f"the last {JUDGED_MAX:,} of {outcomes:,} outcomes" if outcomes > JUDGED_MAX else ""
    return {"outcomes": outcomes, "said": last, "report": plain}


def _strategy(found: Recollection, name: str) -> dict[str, Any]:
    strategies, accounts = found.advisor.mind.learner.strategies, found.accounts
    ladder, phase = strategies.ladder(name), strategies.phase(name)
    standing = accounts.probation.standing(name)
    regimes = {str(regime): to_builtins(accounts.expectations.of(name, regime)) for regime in STATES}
    return {
        "phase": str(phase),
        "n_eff": strategies.n_eff(name),
        "labels": found.labels[name],
        "size_cap": phase.size_max * standing.cap,
        "ladder": {str(rung): weight for rung, weight in zip(ladder.rungs, ladder.weights, strict=True)},
        "regret": max(ladder.regret(Rung(rung)) for rung in ladder.rungs),
        "range": {"outcomes": strategies.conformal(name).n, "missed": strategies.conformal(name).missed},
        "probation": {
            "on": standing.on_probation,
            "e_value": standing.wager.value,
            "expected_r": standing.expected_r,
        },
        "alarms": sum(one.about == name for _, one in found.drifts),
        "regimes": {regime: one for regime, one in regimes.items() if one["n_eff"] > 0.0},
    }


def _models(found: Recollection) -> dict[str, Any]:
    learner = found.advisor.mind.learner
    race, champion = learner.seats.race, learner.seats.champion
    validated = found.validated[-1] if found.validated else None
    return {
        "champion": race.champion,
        "trained_on": _time(0 if champion is None else champion.trained_at),
        "stage": str(race.stage),
        "other": race.other if race.stage is not Stage.IDLE else "",
        "stage_labels": race.labels,
        "evidence": race.gain.value,
        "doubt": race.doubt.value,
        "rest": race.rest,
        "trainings": found.trainings,
        "validations": len(found.validated),
        "gates": None
        if validated is None
        else {
            "model": validated.model_id,
            "trials": validated.trials,
            "passed": validated.passed,
            "gates": [
                {"gate": name, "value": value, "limit": limit, "passed": passed}
                for name, value, limit, passed in validated.gates
            ],
        },
        "said": "" if champion else "no model serves: the ladder's simpler rungs do",
    }


def _ledger(ledger: Ledger) -> dict[str, Any]:
    return {
        "all": _gate(ledger.overall()),
        "stages": [_gate(one) for one in ledger.by_stage()],
        "codes": [
            {"by": "advisor" if one.name in Code.__members__ else "inspector", **_gate(one)}
            for one in ledger.by_code()
        ],
        "forgotten": ledger.forgotten,
    }


def _gate(one: GateValue) -> dict[str, Any]:
    """With the bounds of what was saved: those of the mean, times how many have their outcome."""
    bounds = {"saved_low": -one.settled * one.upper, "saved_high": -one.settled * one.lower}
    return {**to_builtins(one), **(bounds if one.settled else {"saved_low": None, "saved_high": None})}
