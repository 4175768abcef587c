"""Strategy files that somebody has approved, by their hash: others are not even run."""

from __future__ import annotations

import ast
import stat
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from barfinex.domain.errors import BadInput


def refuse_unapproved(path: Path, approved: Collection[str]) -> None:
    """Raises BadInput unless the file, and every module beside it that it imports, is approved and can be
    written by nobody else."""
    for file in _with_imports(path):
        try:
            source, mode = file.read_bytes(), file.stat().st_mode
        except OSError as error:
            raise BadInput(str(file), f"cannot be read ({error.strerror})", "Make it readable.") from error
        if mode & stat.S_IWOTH:
            raise BadInput(str(file), "can be written by anybody (HASH_NOT_APPROVED)", f"chmod o-w {file}")
        found = sha256(source).hexdigest()
        if found not in approved:
            remedy = f"Read it, then add {found} to strategies.approved."
            raise BadInput(str(file), "is not approved (HASH_NOT_APPROVED)", remedy)


def _with_imports(path: Path) -> list[Path]:
    """The file and the modules beside it that it imports, and these in turn."""
    found, waiting = dict[Path, None](), [path]
    while waiting:  # bound: each file of the folder is looked at once
        file = waiting.pop()
        if file in found:
            continue
        found[file] = None
        beside = [path.parent / f"{name.partition('.')[0]}.py" for name in _imported(file)]
        waiting += [one for one in beside if one.exists()]
    return list(found)


def _imported(file: Path) -> list[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return []
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names
