"""Walk-forward search: a fold is searched on what precedes it, and its best is tried once on what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from barfinex.config import Config
from barfinex.detector.loader import LoadedStrategy
from barfinex.domain import overfitting
from barfinex.domain.errors import BadInput
from barfinex.runtime.history import Input
from barfinex.runtime.research.study import Study, identity
from barfinex.runtime.research.trial import WARMUP, Result, run_trial, strategies
from barfinex.runtime.research.windows import Fold, folds, span
from barfinex.sdk.params import Parameter


@dataclass(frozen=True, slots=True)
class Plan:
    """A search: what is run on what, how often, and where its trials are kept."""

    config: Config
    inputs: Sequence[Input]
    folds: int
    trials: int
    metric: str
    file: Path
    seed: int

    @property
    def windows(self) -> list[Fold]:
        return folds(span(self.inputs), self.folds)

    def study(self, number: int, worker: int = 0) -> Study:
        """Raises BadInput."""
        fold = self.windows[number]
        searched = identity(
            self.config.fingerprint(),
            [(one.strategy.name, one.source_hash) for one in self.searched()],
            [(source.name, source.sha256) for source in self.inputs],
            (fold, self.metric),
        )
        return Study(self.file, f"fold {number + 1}", searched, self.seed + worker)

    def searched(self) -> Sequence[LoadedStrategy]:
        return strategies(self.config, self.inputs, {}).strategies

    def parameters(self) -> tuple[Parameter, ...]:
        """Of the one file that is searched. Raises BadInput when there is none, or more than one."""
        files = {one.file: one.parameters for one in self.searched()}
        if len(files) != 1:
            raise BadInput("optimize", f"is given {len(files)} strategy files", "Name one with --strategy.")
        [(file, parameters)] = files.items()
        if not parameters:
            remedy = 'Declare what may change: fast = param("fast", 20, 5, 60).'
            raise BadInput(file, "declares no parameters", remedy)
        return parameters

    def run(self, given: Mapping[str, float], number: int, *, test: bool = False) -> Result:
        fold = self.windows[number]
        loaded = strategies(self.config, self.inputs, given)
        asked = max((one.strategy.warmup for one in loaded.strategies), default=0)
        window, warmup = (fold.test, max(WARMUP, asked)) if test else (fold.train, 0)
        return run_trial(self.config, self.inputs, loaded, window, warmup)

    def work(self, worker: int, is_wanted: Callable[[], bool]) -> None:
        """Take part in every fold's search until it has its trials."""
        parameters = self.parameters()
        for number in range(self.folds):
            run = partial(self.run, number=number)
            self.study(number, worker).work(parameters, self.trials, run, self.metric, is_wanted)


def concluded(plan: Plan) -> dict[str, Any]:
    """What the search came to, JSON-ready: each fold's best and what it did afterwards, all of those
    together, and how far the best of the last fold is the search's doing. Every trial of every fold counts.
    """
    rows, outside, ratios = [], [], []
    for number, fold in enumerate(plan.windows):
        study = plan.study(number)
        best = study.best
        after = plan.run(best.params, number, test=True)
        outside.append(after.daily)
        ratios += [overfitting.daily_sharpe(column) or 0.0 for column in study.daily().T]
        rows.append(
            {
                "searched": str(fold.train),
                "tested": str(fold.test),
                "trials": len(study.complete),
                "params": best.params,
                "value": best.value,
                "inside": {key: best.user_attrs[key] for key in ("run_id", "trades", "net_pnl", "sharpe")},
                "outside": after.facts(),
            }
        )
    last = plan.study(plan.folds - 1)
    daily = np.concatenate(outside)
    ratio = overfitting.daily_sharpe(daily)
    chosen = np.array(last.best.user_attrs["daily"])
    return {
        "metric": plan.metric,
        "trials": len(ratios),
        "folds": rows,
        "outside": {
            "days": len(daily),
            "gained": float(np.prod(1.0 + daily) - 1.0),
            "sharpe": None if ratio is None else ratio * float(np.sqrt(365)),
        },
        "deflated_sharpe": overfitting.deflated_sharpe(chosen, np.array(ratios)),
        "overfitting_probability": overfitting.overfitting_probability(last.daily()),
        "study": str(plan.file),
    }
