"""A strategy file's process, seen from the Detector: started, asked within a time, ended when late."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from barfinex.detector.beside import Beside
from barfinex.detector.checks import Finding
from barfinex.detector.isolation.described import stand_in
from barfinex.detector.isolation.wire import Gone, Late, Wire
from barfinex.detector.isolation.worker import NAMES
from barfinex.detector.program import NOTHING, column_of
from barfinex.detector.scoring import expressions
from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput
from barfinex.sdk.expressions import Array, Expr
from barfinex.sdk.graph import NodeFailed
from barfinex.sdk.params import Parameter
from barfinex.sdk.strategy import Strategy

PER_CANDLE_S = 0.002
CHECK_S = 120.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a file's process may take: seconds to be run, seconds for an answer (and two milliseconds more a
    candle), and bytes of memory."""

    load_s: float = 10.0
    answer_s: float = 0.5
    memory: int = 2 << 30


class Raised(Exception):
    """What a condition raised in its own process; `kind` is its exception's name."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Host:
    """Runs one strategy file. Raises BadInput when it cannot be run within its bounds."""

    def __init__(self, path: Path, bounds: Bounds, given: Mapping[str, float]) -> None:
        self.path, self.bounds = path, bounds
        self.ended: Raised | None = None
        asks, answers = os.pipe(), os.pipe()
        inherited = (asks[0], answers[1])
        arguments = [str(path), *map(str, inherited), str(bounds.memory), orjson.dumps(dict(given)).decode()]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
            [sys.executable, "-m", __name__.replace("host", "worker"), *arguments],
            pass_fds=inherited,
            start_new_session=True,
            env=_without_secrets(os.environ),
        )
        for one in inherited:
            os.close(one)
        os.set_blocking(asks[1], False)  # A process that reads no more must not hold us.
        self._wire = Wire(answers[0], asks[1])
        self._end = weakref.finalize(self, _ended, self._process, (answers[0], asks[1]))
        self.strategies, self.parameters, self.source_hash = self._described()

    def _described(self) -> tuple[tuple[Strategy, ...], tuple[Parameter, ...], str]:
        try:
            told, _ = self._wire.receive(self.bounds.load_s)
        except Late as error:
            self.close()
            reason = f"takes longer than {self.bounds.load_s:g} s to be run"
            raise BadInput(str(self.path), reason, "Leave long work out of it.") from error
        except Gone as error:
            reason = f"cannot be run: {error}{self._how()}"
            raise BadInput(str(self.path), reason, "Do not end the process in it.") from error
        try:
            if "reason" in told:
                self.close()
                raise BadInput(str(told["where"]), str(told["reason"]), str(told["remedy"]))
            parameters = tuple(Parameter(*one) for one in told["parameters"])
            return tuple(stand_in(one) for one in told["strategies"]), parameters, str(told["source_hash"])
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            self.close()
            raise BadInput(str(self.path), f"says what is no strategy: {error}", "Correct it.") from error

    def check(self, number: int, series: Series, candles_max: int) -> list[Finding]:
        """What `checks.check` finds, computed over there."""
        head = {"ask": "check", "strategy": number, "candles_max": candles_max}
        head |= {"instrument": series.instrument, "timeframe": series.timeframe}
        columns = [getattr(series, name)[:candles_max] for name in NAMES]
        try:
            told, _ = self.ask(head, columns, CHECK_S)
            return [Finding(*one) for one in told["findings"]]
        except Raised as error:
            return [Finding("FAILS", "", str(error))]
        except (LookupError, TypeError) as odd:
            return [Finding("FAILS", "", f"its process says what is no answer: {odd}")]

    def ask(
        self, head: dict[str, Any], arrays: list[Array], within_s: float
    ) -> tuple[dict[str, Any], list[Array]]:
        """An answer in time. Raises Raised, and ends the process, when there is none."""
        if self.ended is not None:  # Its descriptors may be another's by now.
            raise self.ended
        try:
            self._wire.send(head, arrays, within_s)
            return self._wire.receive(within_s)
        except Late:
            self.close()
            self.ended = Raised("Timeout", f"no answer within {within_s:g} s: its process was ended")
        except Gone as error:
            self.ended = Raised("ProcessEnded", f"{error}{self._how()}")
        raise self.ended

    def _how(self) -> str:
        self.close()
        code = self._process.returncode
        return f" (by signal {-code})" if code and code < 0 else f" (exit code {code})"

    def close(self) -> None:
        """End the process and what it has started."""
        self.ended = self.ended or Raised("ProcessEnded", "it was ended")
        self._end()


def _without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """What a strategy's process may know of ours: no key of an exchange, and nothing else named for us."""
    kept = {name: value for name, value in environ.items() if not name.startswith("BARFINEX_")}
    return {**kept, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _ended(process: subprocess.Popen[bytes], descriptors: tuple[int, int]) -> None:
    for one in descriptors:
        os.close(one)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


class RemoteProgram:
    """A strategy's conditions, computed by its host: stands where a `Program` stands."""

    beside: Beside = NOTHING

    def __init__(self, host: Host, number: int) -> None:
        self._host = host
        self._roots: list[Expr] = expressions(host.strategies[number])
        self._conditions = sum(root.is_truth for root in self._roots)
        self._strategy, self._number, self._columns = number, -1, list[str]()

    def start(self) -> int:
        return 0

    def run(self, states: int, series: Series, start: int, stop: int) -> tuple[int, list[Array]]:
        """Like `Program.run`. Raises NodeFailed."""
        within_s = self._host.bounds.answer_s + PER_CANDLE_S * (stop - start)
        try:
            if self._number < 0:
                self._begin()
            where = series, start, stop, self.beside
            columns = [np.asarray(column_of(name, *where)) for name in self._columns]
            head = {"ask": "step", "program": self._number, "token": states}
            told, found = self._host.ask(head, columns, within_s)
            if "failed" not in told:
                return self._sound(told, found, stop - start)
            root, error = self._roots[int(told["failed"])], Raised(str(told["kind"]), str(told["text"]))
        except Raised as raised:
            root, error = self._roots[0], raised
        except (LookupError, TypeError, ValueError) as odd:
            root, error = self._roots[0], Raised("BadAnswer", f"its process says what is no answer: {odd}")
        raise NodeFailed(root) from error

    def _begin(self) -> None:
        told, _ = self._host.ask({"ask": "program", "strategy": self._strategy}, [], self._host.bounds.load_s)
        self._number, self._columns = int(told["program"]), [str(name) for name in told["columns"]]

    def _sound(self, told: dict[str, Any], found: list[Array], candles: int) -> tuple[int, list[Array]]:
        """The answer, if it is one: a column for each root, of degrees for each condition. Raises ValueError,
        LookupError."""
        fits = all(one.dtype.kind in "bfiu" and one.shape in ((), (candles,)) for one in found)
        if len(found) != len(self._roots) or not fits:
            raise ValueError(f"{len(found)} columns for {len(self._roots)} of {candles} candles")
        if not all(((one >= 0) & (one <= 1)).all() for one in found[: self._conditions]):
            raise ValueError("a condition's degree is not in [0, 1]")
        return int(told["token"]), found
