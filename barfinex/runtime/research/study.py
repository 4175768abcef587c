"""A search that survives its own death: every trial is a line in a file that several processes append to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput
from barfinex.runtime.research.trial import Result
from barfinex.sdk.params import Parameter


class Study:
    """The trials of one fold, kept in `file`.

    Raises:
        BadInput: the file is no study, or holds a search of something else than `identity` names.
    """

    def __init__(self, file: Path, name: str, identity: str, seed: int) -> None:
        import optuna
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._states = optuna.trial.TrialState
        file.parent.mkdir(parents=True, exist_ok=True)
        backend = JournalFileBackend(str(file))
        try:
            self._study = optuna.create_study(
                storage=optuna.storages.JournalStorage(backend),
                study_name=name,
                direction="maximize",
                load_if_exists=True,
            )
        except (ValueError, KeyError, OSError) as error:
            raise BadInput(str(file), f"is no study: {error}", "Name another file with --study.") from error
        before = self._study.user_attrs.get("identity")
        if before not in (None, identity):
            reason = "holds a search of another strategy, other data or other settings"
            raise BadInput(str(file), reason, "Name a new file with --study, or delete this one.")
        if before is None:
            self._study.set_user_attr("identity", identity)
        # What goes on after others does not begin with the guesses that these began with.
        begun = len(self._study.get_trials(deepcopy=False))
        self._study.sampler = optuna.samplers.TPESampler(seed=seed + 1_000 * begun)

    def recover(self) -> int:
        """Give up the trials that were under way when their process died; how many."""
        running = self._study.get_trials(deepcopy=False, states=(self._states.RUNNING,))
        for trial in running:
            self._study.tell(trial.number, state=self._states.FAIL)
        return len(running)

    def work(
        self,
        parameters: Sequence[Parameter],
        target: int,
        run: Callable[[dict[str, float]], Result],
        metric: str,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Try until `target` trials are complete or nobody wants more, beside whoever works on it, too."""
        ranges = {one.name: _range(one) for one in parameters}
        while len(self._counted()) < target and is_wanted():  # bound: each turn ends a trial
            trial = self._study.ask(ranges)
            if self._rank(trial.number) >= target:
                self._study.tell(trial, state=self._states.FAIL)
                return
            twin = self._same(trial.params)
            result = run(trial.params) if twin is None else None
            for key, value in (_facts(result) if result else dict(twin.user_attrs)).items():
                trial.set_user_attr(key, value)
            self._study.tell(trial, result.metric(metric) if result else twin.value)

    @property
    def complete(self) -> list[Any]:
        """The trials that are done, in the order of their numbers."""
        return self._study.get_trials(deepcopy=False, states=(self._states.COMPLETE,))

    @property
    def best(self) -> Any:
        """The best trial; of equals the first."""
        return max(self.complete, key=lambda one: (one.value, -one.number))

    def daily(self) -> Floats:
        """Daily returns, one row a day, one column a trial."""
        columns = [one.user_attrs["daily"] for one in self.complete]
        days = max((len(one) for one in columns), default=0)
        return np.array([[0.0] * (days - len(one)) + list(one) for one in columns]).reshape(-1, days).T

    def _counted(self) -> list[Any]:
        return self._study.get_trials(deepcopy=False, states=(self._states.COMPLETE, self._states.RUNNING))

    def _rank(self, number: int) -> int:
        """How many trials that count have a lower number."""
        return sum(one.number < number for one in self._counted())

    def _same(self, params: dict[str, float]) -> Any:
        """A trial of equal parameters that is complete: it need not be run again."""
        return next((one for one in self.complete if one.params == params), None)


def _facts(result: Result) -> dict[str, Any]:
    return {**result.facts(), "daily": [round(one, 10) for one in result.daily.tolist()]}


def _range(one: Parameter) -> Any:
    from optuna.distributions import FloatDistribution, IntDistribution

    if one.is_whole:
        return IntDistribution(int(one.low), int(one.high), step=int(one.step or 1))
    return FloatDistribution(one.low, one.high, step=one.step)


def identity(*parts: object) -> str:
    """One text that stands for what is searched."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
