"""The process that a crash drill kills: an ordinary run that ends itself with SIGKILL at a named point.

    python -m barfinex.runtime.drills.victim CONFIG.json JOURNAL MODE SECONDS [POINT NTH]

Prints the run's report and how often each point was passed, as one JSON object.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import anyio

from barfinex.config import Config
from barfinex.detector.loader import load
from barfinex.runtime.drills.points import ProbedJournal, ProbedVenue
from barfinex.runtime.places import Places, Seams
from barfinex.runtime.realtime import run_real_time
from barfinex.runtime.sides import EmbeddedSide


class Counting:
    """Counts the points passed; at the `nth` passing of `point` the process is gone."""

    def __init__(self, point: str, nth: int) -> None:
        self.passed: Counter[str] = Counter()
        self._point, self._nth = point, nth

    def hit(self, name: str) -> None:
        self.passed[name] += 1
        if name == self._point and self.passed[name] == self._nth:
            os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: list[str]) -> None:
    settings, journal, mode, seconds, *target = arguments
    config = Config.model_validate_json(Path(settings).read_text(encoding="utf-8"))
    loaded = load(config.run.strategies_dir, config.strategies.names)
    counting = Counting(target[0], int(target[1])) if target else Counting("", 0)
    seams = Seams(
        journal=lambda inner: ProbedJournal(inner, counting.hit),
        venue=lambda inner: ProbedVenue(inner, counting.hit),
    )
    places = Places(Path(journal))
    side = EmbeddedSide(config, places)
    report = anyio.run(
        lambda: run_real_time(side, loaded, places, mode=mode, duration_s=float(seconds), seams=seams)
    )
    sys.stdout.write(json.dumps({"report": report, "points": counting.passed}, default=str))


if __name__ == "__main__":
    main(sys.argv[1:])
