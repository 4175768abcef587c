"""A strategy file is run: what it defines, declares and rests on, and where it fails."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType, TracebackType

from barfinex.domain.errors import BadInput
from barfinex.sdk.params import Parameter, declaring
from barfinex.sdk.strategy import Strategy

PREFIX = "barfinex_strategy_"


@dataclass(frozen=True, slots=True)
class Ran:
    """The strategies of a file in their order, its parameters, and the SHA-256 (hex) of it followed by every
    module of its folder that it imports, in the order of their names, and by the parameters given."""

    strategies: tuple[Strategy, ...]
    parameters: tuple[Parameter, ...]
    source_hash: str


def run(path: Path, given: Mapping[str, float]) -> Ran:
    """Run a strategy file; `given` sets its parameters. What is compiled is what is hashed.

    Modules of its own folder are read anew, too.

    Raises:
        BadInput: it cannot be read, does not compile, raises while it runs, or defines no strategy.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise BadInput(str(path), f"cannot be read ({error.strerror})", "Make it readable.") from error
    module = ModuleType(f"{PREFIX}{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up there
    with declaring(given) as declared, _beside(path.parent) as imported:
        _execute(path, source, module)
        rests_on = [one.read_bytes() for one in imported()]
    if given:
        rests_on.append(json.dumps(dict(sorted(given.items()))).encode())
    unknown = sorted(set(given) - set(declared))
    if unknown:
        known = ", ".join(declared) or "none"
        raise BadInput(f"{path}: parameter {unknown[0]!r}", "is not declared there", f"It declares {known}.")
    strategies: list[Strategy] = []
    for value in vars(module).values():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(one, Strategy) and all(one is not other for other in strategies):
                strategies.append(one)
    if not strategies:
        raise BadInput(
            str(path), "defines no strategy", "Write strategy = Strategy(name=…, …) at its top level."
        )
    return Ran(tuple(strategies), tuple(declared.values()), sha256(b"".join([source, *rests_on])).hexdigest())


@contextmanager
def _beside(folder: Path) -> Iterator[_Imported]:
    """Modules of the folder can be imported by their plain names, and are forgotten first and last."""
    imported, written = _Imported(folder), sys.dont_write_bytecode
    imported.forget()
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        yield imported
    finally:
        sys.dont_write_bytecode = written
        sys.path.remove(str(folder))
        imported.forget()


class _Imported:
    """The modules that lie in a folder itself and are loaded; calling it gives their files."""

    def __init__(self, folder: Path) -> None:
        self._folders = {str(folder), str(folder.absolute()), str(folder.resolve())}

    def __call__(self) -> list[Path]:
        return sorted(self._found().values())

    def forget(self) -> None:
        for name in self._found():
            del sys.modules[name]

    def _found(self) -> dict[str, Path]:
        files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
        return {
            name: Path(file)
            for name, file in files.items()
            if not name.startswith(PREFIX) and file.rpartition(os.sep)[0] in self._folders
        }


def _execute(path: Path, source: bytes, module: ModuleType) -> None:
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


def _place(path: Path, trace: TracebackType | None) -> str:
    """file:line of the innermost frame that is in the file itself."""
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{path}:{line}" if line else str(path)
