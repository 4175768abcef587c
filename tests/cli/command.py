"""The command line for tests: in this process, which is quick, or in one of its own, which is the truth."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barfinex.cli import main

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
PLAIN = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        assert self.code == 0, self.err
        return json.loads(self.out)

    def refuses(self, *parts: str) -> None:
        """Bad input: exit 2, the message names these parts, nothing on stdout, no traceback."""
        assert self.code == 2, self.out + self.err
        assert "Traceback" not in self.err
        assert not self.out
        for part in parts:
            assert part in self.err, self.err


def barfinex(*arguments: object) -> Answer:
    """Run a command in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as done:
            code = int(done.code or 0)
    return Answer(code, out.getvalue(), err.getvalue())


def refused(folder: Path, *arguments: object, parts: tuple[str, ...], command: str = "backtest") -> None:
    """The command is refused in these words and leaves neither a journal nor a result."""
    before = sorted(folder.rglob("*"))
    more = ["--out", folder / "out"] if command == "backtest" else []
    barfinex(command, *arguments, "--journal", folder / "new" / "run.db", *more, "--json").refuses(*parts)
    assert sorted(folder.rglob("*")) == before


def spawn(*arguments: object, cwd: Path = ROOT) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    command = [sys.executable, "-m", "barfinex", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, env=PLAIN, stdout=pipe, stderr=pipe, text=True)


def finish(process: subprocess.Popen[str], timeout_s: float = 30.0) -> Answer:
    """Wait for its end; a process that does not end in time is killed, and the test fails."""
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Answer(process.returncode, out, err)


def write_config(path: Path, changes: Mapping[str, Any]) -> Path:
    """A TOML file from `{"section": {"key": value}}`; `instruments` maps symbols to their keys."""
    lines: list[str] = []
    sections = {"run": {}, **changes}
    sections["run"] = {"strategies_dir": str(ROOT / "strategies"), **sections["run"]}
    for symbol, keys in dict(sections.pop("instruments", {})).items():
        lines += ["[[instruments]]", f'symbol = "{symbol}"', *_keys(keys)]
    for name, keys in sections.items():
        lines += [f"[{name}]", *_keys(keys)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _keys(section: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in section.items()]
