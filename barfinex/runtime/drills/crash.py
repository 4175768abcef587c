"""kill -9 at every point of the order path, then a restart, then the verdict.

A rehearsal finds the points: whatever it passes is tried. Each trial starts from a copy of one folder: a
run that was killed in the middle of trading, so that recovery has points of its own.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from barfinex.config import Config
from barfinex.runtime.drills.judge import judge
from barfinex.runtime.places import Places

TURNS = 3
REHEARSAL_S, REACH_S, RESTART_S, SLACK_S = 12.0, 12.0, 2.5, 60.0
PREPARED_AT = ("report filled e: after", 8)


@dataclass(frozen=True, slots=True)
class Trial:
    """One crash: the point and which passing of it, whether it came to that, and what did not hold after."""

    point: str
    turn: int
    reached: bool
    faults: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Drill:
    """All crashes of a drill. `points` are those the rehearsal passed."""

    points: tuple[str, ...]
    trials: tuple[Trial, ...]

    @property
    def failed(self) -> tuple[Trial, ...]:
        return tuple(trial for trial in self.trials if trial.faults)

    @property
    def missed(self) -> tuple[str, ...]:
        """Points that no trial of theirs came to."""
        reached = {trial.point for trial in self.trials if trial.reached}
        return tuple(sorted({trial.point for trial in self.trials} - reached))

    @property
    def passed(self) -> bool:
        return bool(self.trials) and not self.failed and not self.missed


class DrillBroken(Exception):
    """The drill itself could not be carried out; it says nothing about the system."""


class Range:
    """Where a drill takes place: a folder of its own and a fast configuration."""

    def __init__(self, config: Config, mode: str, folder: Path) -> None:
        self.folder, self._mode = folder, mode
        self._config = folder / "config.json"
        folder.mkdir(parents=True, exist_ok=True)
        self._config.write_text(config.model_dump_json(), encoding="utf-8")
        self._prepared = folder / "prepared"

    def rehearse(self) -> dict[str, int]:
        """Every point passed by a run that recovers and trades, with how often. Raises DrillBroken."""
        self._prepared.mkdir(exist_ok=True)
        code, said = self._run(self._prepared, 4 * REACH_S, *PREPARED_AT)
        if code != -signal.SIGKILL:
            raise DrillBroken(f"nothing was filled in {4 * REACH_S:g} s: {said[-500:]}")
        place = self.folder / "rehearsal"
        shutil.copytree(self._prepared, place)
        code, said = self._run(place, REHEARSAL_S)
        if code:
            raise DrillBroken(f"the rehearsal ended with exit code {code}: {said[-500:]}")
        passed: dict[str, int] = json.loads(said)["points"]
        return passed

    def crash(self, point: str, turn: int) -> Trial:
        """Kill at the point, start again, and judge."""
        began = time.monotonic()
        place = Path(mkdtemp(prefix="crash-", dir=self.folder)) / "run"
        shutil.copytree(self._prepared, place)
        code, said = self._run(place, REACH_S, point, turn)
        reached = code == -signal.SIGKILL
        faults: list[str] = [] if reached or code == 0 else [f"ended with exit code {code}: {said[-300:]}"]
        if reached:
            code, said = self._run(place, RESTART_S)
            faults += [f"the restart ended with exit code {code}: {said[-300:]}"] if code else []
            places = Places(place / "run.db")
            faults += judge(places.journal, places.venue)
        if not faults:
            shutil.rmtree(place.parent)
        return Trial(point, turn, reached, tuple(faults), time.monotonic() - began)

    def _run(self, place: Path, seconds: float, *target: object) -> tuple[int, str]:
        command = [sys.executable, "-m", "barfinex.runtime.drills.victim", str(self._config)]
        command += [str(place / "run.db"), self._mode, str(seconds), *map(str, target)]
        done = subprocess.run(  # noqa: S603 - our own module, our own arguments
            command, capture_output=True, text=True, timeout=seconds + SLACK_S, check=False
        )
        return done.returncode, done.stdout or done.stderr


def drill(
    config: Config,
    mode: str,
    folder: Path,
    *,
    sample: int | None = None,
    seed: int = 0,
    workers: int = 2,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Drill:
    """Crash at every point three times (or at `sample` points once each), restart, and judge.

    Raises:
        DrillBroken: nothing could be tried.
    """
    place = Range(config, mode, folder)
    passed = place.rehearse()
    points = sorted(passed)
    chosen = list(_chosen(passed, sample, seed))
    trials: list[Trial] = []
    with ThreadPoolExecutor(workers) as pool:
        for trial in pool.map(lambda one: place.crash(*one), chosen):
            trials.append(trial)
            progress(len(trials), len(chosen))
    return Drill(tuple(points), tuple(trials))


def _chosen(passed: Mapping[str, int], sample: int | None, seed: int) -> Iterator[tuple[str, int]]:
    """(point, which passing of it) of each trial; what comes once, as at a start, is tried at that."""
    points = sorted(passed)
    if sample is None:
        yield from ((point, min(turn, passed[point])) for point in points for turn in range(1, TURNS + 1))
        return
    drawn = np.random.Generator(np.random.PCG64(seed)).permutation(len(points))[:sample]
    yield from ((points[int(at)], 1) for at in drawn)


def report(done: Drill) -> dict[str, Any]:
    """JSON-ready: counts, and every trial that did not pass with its reasons."""
    return {
        "passed": done.passed,
        "points": len(done.points),
        "trials": len(done.trials),
        "reached": sum(trial.reached for trial in done.trials),
        "missed": list(done.missed),
        "failed": [{"point": one.point, "turn": one.turn, "faults": list(one.faults)} for one in done.failed],
        "seconds": round(sum(trial.seconds for trial in done.trials), 1),
    }
