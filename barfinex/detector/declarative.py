"""Whether a strategy file only describes: names, numbers, operators, and calls of what the SDK offers.

Such a file can neither loop, nor reach outside, nor compute candles by itself, and is run in this process.
"""

from __future__ import annotations

import ast
from pathlib import Path

ALLOWED = (
    ast.Module, ast.ImportFrom, ast.alias, ast.Assign, ast.AnnAssign, ast.Expr, ast.Call, ast.keyword,
    ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Starred, ast.BinOp, ast.UnaryOp, ast.Compare,
    ast.Load, ast.Store, ast.operator, ast.unaryop, ast.cmpop, ast.JoinedStr, ast.FormattedValue,
)  # fmt: skip
FORBIDDEN = (ast.Pow, ast.LShift)  # 9 ** 9 ** 9 is no description either.


def is_declarative(path: Path) -> bool:
    """False when it does more, is no Python, or cannot be read."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    offered: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED) or isinstance(node, FORBIDDEN):
            return False
        if isinstance(node, ast.ImportFrom):
            if node.module not in ("barfinex.sdk", "__future__"):
                return False
            offered.update(one.asname or one.name for one in node.names)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            offered.difference_update(each.id for one in targets for each in _names(one))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return all(isinstance(one, ast.Name) and one.id in offered for one in calls)


def _names(of: ast.AST) -> list[ast.Name]:
    return [one for one in ast.walk(of) if isinstance(one, ast.Name)]
