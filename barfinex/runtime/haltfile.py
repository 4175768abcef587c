"""The HALT file: the kill switch that needs no process of ours, only somebody who can write a file."""

from __future__ import annotations

from pathlib import Path

from barfinex.domain.trading import Action, Level, Scope
from barfinex.events.kernel import HaltFileFound

HALT_FILE = "HALT"
TEXT_MAX = 2_000


def text_of(path: Path) -> str | None:
    """What the file says, in its first part; None without a file. One that cannot be read counts."""
    try:
        with path.open("rb") as file:
            return file.read(TEXT_MAX).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def halt_in(text: str, path: Path) -> HaltFileFound:
    """The first line is the reason; `action: close_all`, `level: strategy`, `target: trend` may follow, one
    a line. Whatever cannot be understood halts everything."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = dict(
        line.split(":", 1) for line in lines if line.split(":", 1)[0] in ("action", "level", "target")
    )
    given = {key: value.strip() for key, value in said.items() if ":" not in key}
    reason = lines[0] if lines and lines[0].split(":", 1)[0] not in given else ""
    try:
        action = Action(given.get("action", Action.HALT))
        scope = Scope(Level(given.get("level", Level.GLOBAL)), given.get("target", ""))
    except ValueError:
        action, scope = Action.HALT, Scope()
    if (scope.level is Level.GLOBAL) == bool(scope.target):
        action, scope = Action.HALT, Scope()
    printable = "".join(c if c.isprintable() else " " for c in reason)
    return HaltFileFound(path=str(path), reason=printable, action=action, scope=scope)


def written(reason: str, action: Action, scope: Scope) -> str:
    """The text of a HALT file that asks for this."""
    lines = [reason]
    if action is not Action.HALT:
        lines.append(f"action: {action}")
    if scope.level is not Level.GLOBAL:
        lines += [f"level: {scope.level}", f"target: {scope.target}"]
    return "\n".join(lines) + "\n"
