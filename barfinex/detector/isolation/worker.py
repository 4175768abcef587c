"""The process of one strategy file, `python -m` this module with `FILE READS WRITES BYTES GIVEN`.

It runs the file, describes what it defines, and computes its conditions when asked. What the file prints goes
nowhere; how long it takes is watched from outside.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Any

import orjson

from barfinex.detector.checks import check
from barfinex.detector.isolation.described import plain, plain_parameter
from barfinex.detector.isolation.wire import Gone, Wire
from barfinex.detector.scoring import expressions
from barfinex.detector.source import Ran, run
from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput
from barfinex.sdk.expressions import Array, Expr
from barfinex.sdk.graph import Graph, NodeFailed, States, contains
from barfinex.sdk.strategy import Strategy

STATES_KEPT = 2  # Who asks may go back by one.
NAMES = ("ts", "open", "high", "low", "close", "volume")


class Programs:
    """What is computed for whom, and the newest states of each."""

    def __init__(self, ran: Ran) -> None:
        self._ran = ran
        self._roots: list[list[Expr]] = []
        self._graphs: list[Graph] = []
        self._states: list[dict[int, States]] = []

    def begin(self, strategy: int) -> dict[str, Any]:
        roots = expressions(self._ran.strategies[strategy])
        graph = Graph(roots)
        self._roots.append(roots)
        self._graphs.append(graph)
        self._states.append({0: graph.start()})
        return {"program": len(self._graphs) - 1, "columns": graph.columns}

    def step(self, program: int, token: int, columns: list[Array]) -> tuple[dict[str, Any], list[Array]]:
        states = self._states[program]
        try:
            after, found = self._graphs[program].step(states[token], columns)
        except NodeFailed as failure:
            cause = failure.__cause__
            at = next(n for n, root in enumerate(self._roots[program]) if contains(root, failure.node))
            return {"failed": at, "kind": type(cause).__name__, "text": str(cause)[:1_000]}, []
        made = max(states) + 1
        states[made] = after
        while len(states) > STATES_KEPT:
            del states[min(states)]
        return {"token": made}, found


def checked(strategy: Strategy, head: dict[str, Any], columns: list[Array]) -> list[list[str]]:
    ts, open_, high, low, close, volume = columns
    series = Series(head["instrument"], head["timeframe"], ts, open_, high, low, close, volume)
    found = check(strategy, series, head["candles_max"])
    return [[one.code, one.condition, one.text] for one in found]


def serve(wire: Wire, ran: Ran) -> None:
    """Answer until the other side ends."""
    programs = Programs(ran)
    while True:  # bound: ends with the other side
        head, arrays = wire.receive()
        match head["ask"]:
            case "program":
                wire.send(programs.begin(head["strategy"]))
            case "step":
                wire.send(*programs.step(head["program"], head["token"], arrays))
            case "check":
                wire.send({"findings": checked(ran.strategies[head["strategy"]], head, arrays)})


def main(file: str, reads: str, writes: str, memory: str, given: str) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    except (ValueError, OSError):
        pass  # Where the system knows no such bound (macOS) time is the only one.
    wire = Wire(int(reads), int(writes))
    try:
        ran = run(Path(file), orjson.loads(given))
    except BadInput as error:
        wire.send({"where": error.where, "reason": error.reason, "remedy": error.remedy})
        return
    except BaseException as error:
        wire.send(
            {"where": file, "reason": f"stops with {type(error).__name__}: {error}", "remedy": "Correct it."}
        )
        return
    parameters = [plain_parameter(one) for one in ran.parameters]
    strategies = [plain(one) for one in ran.strategies]
    wire.send({"strategies": strategies, "parameters": parameters, "source_hash": ran.source_hash})
    try:
        serve(wire, ran)
    except Gone:
        pass  # Whoever asked has ended.


if __name__ == "__main__":
    main(*sys.argv[1:])
