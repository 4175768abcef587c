"""Strategies from their folder: each file is read once, hashed, run, and looked through for strategies."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import ModuleType, TracebackType

from barfinex.domain.errors import BadInput
from barfinex.sdk.strategy import Strategy


@dataclass(frozen=True, slots=True)
class LoadedStrategy:
    """A strategy and the file it came from; `source_hash` is the SHA-256 of that file, in hex."""

    strategy: Strategy
    file: str
    source_hash: str


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
) -> Loaded:
    """The named strategies or, without names, every one in the folder that can run.

    Args:
        folder: of Python files, one strategy or several each; a name that begins with _ is passed over.
        names: what must run: a fault in one of these is an error, and files that are not needed are not run.
        timeframe: of the candles for strategies that name none.
        symbols: the instruments there are; a strategy that wants another is a fault. None: not checked.

    Raises:
        BadInput: no folder, nothing in it that runs, a name that is not there or that is faulty.
    """
    if not folder.is_dir():
        raise BadInput(str(folder), "is no folder of strategies", "Name one with run.strategies_dir.")
    found: dict[str, LoadedStrategy] = {}
    faults: list[Fault] = []
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    # A strategy is most often in the file of its name: when all are, the other files need not be run.
    own = [path for path in files if path.stem in names]
    others = [path for path in files if path.stem not in names]
    for path in own:
        _read(path, found, faults, names)
    if not names or not found.keys() >= set(names):
        for path in others:
            _read(path, found, faults, names)
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


def _on(one: LoadedStrategy, timeframe: str) -> LoadedStrategy:
    return (
        one if one.strategy.timeframe else replace(one, strategy=replace(one.strategy, timeframe=timeframe))
    )


def _read(path: Path, found: dict[str, LoadedStrategy], faults: list[Fault], names: Sequence[str]) -> None:
    def fault(strategy: str, error: BadInput) -> None:
        faults.append(Fault(strategy, str(path), f"{error.where}: {error.reason}. {error.remedy}", error))

    try:
        source = path.read_bytes()
        strategies = _strategies(path, source)
    except OSError as error:
        fault(path.stem, BadInput(str(path), f"cannot be read ({error.strerror})", "Make it readable."))
        return
    except BadInput as error:
        fault(path.stem, error)
        return
    for strategy in strategies:
        twin = found.get(strategy.name)
        if twin is None:
            found[strategy.name] = LoadedStrategy(strategy, str(path), sha256(source).hexdigest())
        elif not names or strategy.name in names:
            reason = f"has a strategy {strategy.name!r}, as {twin.file} has"
            fault(strategy.name, BadInput(str(path), reason, "Give each strategy its own name."))


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


def _strategies(path: Path, source: bytes) -> list[Strategy]:
    """The strategies a file defines, in their order. What is compiled is what was hashed: no bytecode cache.

    Raises:
        BadInput: it does not compile, raises while it runs, or defines no strategy.
    """
    module = ModuleType(f"barfinex_strategy_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up there
    try:
        code = compile(source, str(path), "exec")
        exec(code, module.__dict__)  # noqa: S102  # strategies are the user's own code
    except BadInput as error:
        where = f"{_place(path, error.__traceback__)}: {error.where}"
        raise BadInput(where, error.reason, error.remedy) from error
    except SyntaxError as error:
        at = f"{error.filename}:{error.lineno}" if error.lineno else str(path)
        raise BadInput(at, f"is no Python: {error.msg}", "Correct that line.") from error
    except (Exception, SystemExit) as error:
        reason = f"stops with {type(error).__name__}: {error}"
        raise BadInput(_place(path, error.__traceback__), reason, "Correct that line.") from error
    strategies: list[Strategy] = []
    for value in vars(module).values():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(one, Strategy) and all(one is not other for other in strategies):
                strategies.append(one)
    if not strategies:
        raise BadInput(
            str(path), "defines no strategy", "Write strategy = Strategy(name=…, …) at its top level."
        )
    return strategies


def _place(path: Path, trace: TracebackType | None) -> str:
    """file:line of the innermost frame that is in the file itself."""
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{path}:{line}" if line else str(path)
