"""Strategies from their folder: each file is read once, hashed, run, and looked through for strategies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from barfinex.detector.approval import refuse_unapproved
from barfinex.detector.beside import Beside
from barfinex.detector.checks import CANDLES_MAX, Finding, check
from barfinex.detector.declarative import is_declarative
from barfinex.detector.isolation.host import Bounds, Host, RemoteProgram
from barfinex.detector.scoring import Scorer
from barfinex.detector.source import run
from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput
from barfinex.sdk.params import Parameter
from barfinex.sdk.strategy import Strategy


@dataclass(frozen=True, slots=True)
class LoadedStrategy:
    """A strategy and the file it came from; `source_hash` commits to that and what it imports from beside it.
    `parameters` are the file's, with the values in force. With a `host` it runs there as the `number`-th of
    its file, and `strategy` is a stand-in."""

    strategy: Strategy
    file: str
    source_hash: str
    parameters: tuple[Parameter, ...] = ()
    host: Host | None = None
    number: int = 0

    def scorer(self, beside: Beside | None = None) -> Scorer:
        """A new scorer; it computes where the strategy's file runs."""
        program = None if self.host is None else RemoteProgram(self.host, self.number)
        return Scorer(self.strategy, beside, program)

    def check(self, series: Series, candles_max: int = CANDLES_MAX) -> list[Finding]:
        """What `checks.check` finds."""
        if self.host is not None:
            return self.host.check(self.number, series, candles_max)
        return check(self.strategy, series, candles_max)


@dataclass(frozen=True, slots=True)
class Fault:
    """A file, or one strategy in it, that cannot run; `strategy` is the file's name if its own is unknown."""

    strategy: str
    file: str
    reason: str
    error: BadInput


@dataclass(frozen=True, slots=True)
class Loaded:
    """What runs, in the order of the files, and what was left out."""

    strategies: tuple[LoadedStrategy, ...]
    faults: tuple[Fault, ...] = ()


def load(
    folder: Path,
    names: Sequence[str] = (),
    *,
    timeframe: str | None = None,
    symbols: Collection[str] | None = None,
    given: Mapping[str, float] | None = None,
    bounds: Bounds | None = None,
    approved: Collection[str] = (),
) -> Loaded:
    """The named strategies or, without names, every one in the folder that can run.

    Args:
        folder: of Python files, one strategy or several each; a name that begins with _ is passed over.
        names: what must run: a fault in one of these is an error, and files that are not needed are not run.
        timeframe: of the candles for strategies that name none.
        symbols: the instruments there are; a strategy that wants another is a fault. None: not checked.
        given: values for the parameters of the files that are read.
        bounds: of the process in which a file is run that does more than describe; None: of none.
        approved: SHA-256 (hex) of the files that may be run; none: any.

    Raises:
        BadInput: no folder, nothing in it that runs, a name that is not there or that is faulty.
    """
    if not folder.is_dir():
        raise BadInput(str(folder), "is no folder of strategies", "Name one with run.strategies_dir.")
    found: dict[str, LoadedStrategy] = {}
    faults: list[Fault] = []
    _read_all(folder, found, faults, names, _How(given or {}, bounds, approved))
    if symbols is not None:
        _refuse_unknown(found, faults, symbols)
    if names:
        _demand(folder, names, found, faults)
        found = {name: one for name, one in found.items() if name in names}
        faults = []
    if not found:
        raise (
            faults[0].error
            if faults
            else BadInput(str(folder), "holds no strategy", "Put one into it, one a file.")
        )
    if timeframe is not None:
        found = {name: _on(one, timeframe) for name, one in found.items()}
    return Loaded(tuple(sorted(found.values(), key=lambda one: (one.file, one.strategy.name))), tuple(faults))


def _read_all(
    folder: Path, found: dict[str, LoadedStrategy], faults: list[Fault], names: Sequence[str], how: _How
) -> None:
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    # A strategy is most often in the file of its name: when all are, the other files need not be run.
    own = [path for path in files if path.stem in names]
    others = [path for path in files if path.stem not in names]
    for path in own:
        _read(path, found, faults, names, how)
    if not names or not found.keys() >= set(names):
        for path in others:
            _read(path, found, faults, names, how)


def load_file(
    path: Path,
    symbols: Collection[str],
    names: Sequence[str] = (),
    *,
    bounds: Bounds | None = None,
    approved: Collection[str] = (),
) -> Loaded:
    """The named strategies of one file, or all of them. Raises BadInput when one of them cannot run."""
    defined = _defined(path, _How({}, bounds, approved))
    found = {one.strategy.name: one for one in defined if not names or one.strategy.name in names}
    faults: list[Fault] = []
    _refuse_unknown(found, faults, symbols)
    if faults:
        raise faults[0].error
    return Loaded(tuple(found.values()))


def _on(one: LoadedStrategy, timeframe: str) -> LoadedStrategy:
    return (
        one if one.strategy.timeframe else replace(one, strategy=replace(one.strategy, timeframe=timeframe))
    )


class _How(NamedTuple):
    given: Mapping[str, float]
    bounds: Bounds | None
    approved: Collection[str]


def _read(
    path: Path, found: dict[str, LoadedStrategy], faults: list[Fault], names: Sequence[str], how: _How
) -> None:
    def fault(strategy: str, error: BadInput) -> None:
        faults.append(Fault(strategy, str(path), f"{error.where}: {error.reason}. {error.remedy}", error))

    try:
        defined = _defined(path, how)
    except BadInput as error:
        fault(path.stem, error)
        return
    for one in defined:
        strategy = one.strategy
        twin = found.get(strategy.name)
        if twin is None:
            found[strategy.name] = one
        elif not names or strategy.name in names:
            reason = f"has a strategy {strategy.name!r}, as {twin.file} has"
            fault(strategy.name, BadInput(str(path), reason, "Give each strategy its own name."))


def _defined(path: Path, how: _How) -> list[LoadedStrategy]:
    """Every strategy of a file. Raises BadInput."""
    if how.approved:
        refuse_unapproved(path, how.approved)
    if how.bounds is None or is_declarative(path):
        ran = run(path, how.given)
        return [LoadedStrategy(one, str(path), ran.source_hash, ran.parameters) for one in ran.strategies]
    host = Host(path, how.bounds, how.given)
    return [
        LoadedStrategy(one, str(path), host.source_hash, host.parameters, host, number)
        for number, one in enumerate(host.strategies)
    ]


def _refuse_unknown(found: dict[str, LoadedStrategy], faults: list[Fault], symbols: Collection[str]) -> None:
    for name, one in list(found.items()):
        unknown = [symbol for symbol in one.strategy.instruments if symbol not in symbols]
        if unknown:
            del found[name]
            there = ", ".join(sorted(symbols))
            reason = f"strategy {name!r} wants {', '.join(unknown)}, and there is only {there}"
            error = BadInput(one.file, reason, "Correct its instruments or configure that one.")
            faults.append(Fault(name, one.file, str(error), error))


def _demand(
    folder: Path, names: Sequence[str], found: dict[str, LoadedStrategy], faults: list[Fault]
) -> None:
    for name in names:
        wrong = [fault for fault in faults if fault.strategy == name]
        if wrong:
            raise wrong[0].error
        if name not in found:
            others = f"It holds {', '.join(sorted(found)) or 'none that runs'}"
            broken = "".join(f"; {fault.file} cannot be loaded" for fault in faults)
            raise BadInput(str(folder), f"holds no strategy {name!r}", f"{others}{broken}.")
