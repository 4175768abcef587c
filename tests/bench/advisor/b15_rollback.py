"""B15: what does a challenger cost that passes every gate and is then poison?

The worst run is held to the limit where the poison works from the first decision served. One that sleeps
until it was promoted is judged by the mean over runs, from its turn on: by the luck of the outcomes alone, a
better challenger is at some time three nats behind in the worst of thirty runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log

import numpy as np

from barfinex.advisor.learning.champion import Move, Race, Scored, Stage
from barfinex.advisor.learning.gates import Evidence
from barfinex.advisor.learning.ladder import Ladder, Rung
from barfinex.advisor.odds import probability
from tests.bench.advisor.figure import Figure

RUNS, LABELS, DELAY = 30, 1_500, 5
AWAKE = 30
"""Labels after promotion at which the sleeper turns."""
OLD, NEW, LATE = "old", "new", "after promotion"

PASSED = Evidence(
    n_eff=400.0,
    wins=200,
    losses=200,
    visits=(9, 7, 5, 1),
    own_losses=(0.62,) * 15,
    champion_losses=(0.64,) * 15,
    skill=0.05,
    ece=0.02,
    ece_excess=0.01,
    slope=1.0,
    regimes=((0.05, 250),),
    dsr=0.99,
    canaries=(("purge", True),),
    mismatches=0,
    hash="h",
    hash_trained="h",
)

Turned = Callable[[Race], bool]


@dataclass(slots=True)
class Run:
    """`cost`: nats lost against the champion alone, at their most; `since`: in the end, since the turn;
    `moves` in order."""

    cost: float = 0.0
    since: float = 0.0
    turned: bool = False
    moves: tuple[Move, ...] = ()
    _sum: float = 0.0

    def count(self, cost: float) -> None:
        self._sum += cost
        self.cost = max(self.cost, self._sum)
        self.since += cost * self.turned


def figures(runs: int = RUNS) -> Iterator[Figure]:
    turns: dict[str, Turned] = {
        "from the start": lambda race: True,
        "in canary": lambda race: race.stage is not Stage.SHADOW,
        LATE: lambda race: race.stage is Stage.WATCH and race.labels >= AWAKE,
    }
    for when, turned in turns.items():
        found = [played(run, turned, guarded=True) for run in range(runs)]
        undone = float(np.mean([bool({Move.ROLLED_BACK, Move.WITHDRAWN} & {*one.moves}) for one in found]))
        yield Figure("B15", f"poison {when}: share undone", undone, "== 1")
        what = f"poison {when}: cost against the champion, nats"
        if when != LATE:
            yield Figure("B15", f"{what}, worst run", max(one.cost for one in found), "<= 3")
        yield Figure("B15", f"{what}, mean, since the turn", mean_since(found), "<= 3")
    left = mean_since([played(run, turns[LATE], guarded=False) for run in range(runs)])
    what = f"poison {LATE}, nobody undoes it: cost, nats, mean, since the turn"
    yield Figure("B15", what, left, "<= 3", control=True)


def mean_since(found: list[Run]) -> float:
    return float(np.mean([one.since for one in found]))


def played(seed: int, turned: Turned, *, guarded: bool) -> Run:
    """One race, each label known five decisions later, both models being rungs of a ladder as in service. The
    champion's ladder learns on its own all the while: it is what serving would have been without a
    challenger, and is what serves where that is not heard."""
    rng, run = np.random.default_rng([15, seed]), Run()
    race, _ = Race(OLD).propose(NEW, PASSED, refit=False)
    ladder, trial = Ladder(), None
    said: list[tuple[Scored, dict[Rung, float]]] = []
    for at in range(LABELS):
        if at >= DELAY:
            label, forecasts = said[at - DELAY]
            if label.heard and race.trial:
                trial = trial or ladder.trial()
                trial = trial.learn(trial.climb(forecasts), label.won)
            ladder = ladder.learn(ladder.climb(forecasts), label.won)
            race = learned(race, label, run, guarded=guarded)
            trial = trial if race.trial else None
        run.turned = run.turned or turned(race)
        z = rng.normal(0.0, 0.8)
        won = bool(rng.random() < probability(z))
        old, new = probability(0.5 * z + rng.normal(0.0, 0.5)), probability(-z if run.turned else z)
        forecasts = {Rung.PRIOR: 0.5, Rung.LOGISTIC: old, Rung.TRIED: new}
        heard = race.tried(f"{seed}-{at}") == NEW
        if heard:
            run.count(loss(trial or ladder.trial(), forecasts, won) - loss(ladder, forecasts, won))
        reigning, other = (new, old) if race.champion == NEW else (old, new)
        said.append((Scored(heard, reigning, other, won), forecasts))
    return run


def learned(race: Race, label: Scored, run: Run, *, guarded: bool) -> Race:
    after, told = race.learn(label)
    if told is None:
        return after
    if told.move in {Move.ROLLED_BACK, Move.CONFIRMED} and not guarded:
        return race
    run.moves = (*run.moves, told.move)
    return after


def loss(ladder: Ladder, forecasts: dict[Rung, float], won: bool) -> float:
    p = ladder.pool(ladder.climb(forecasts))
    return -log(p if won else 1.0 - p)
