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
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            return False
        if isinstance(node, ast.ImportFrom):
            if node.module not in ("barfinex.sdk", "__future__"):
                return False
            offered.update(one.asname or one.name for one in node.names)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            offered.difference_update(each.id for one in targets for each in _names(one))
    if _multiplies_sequences(tree):
        return False
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return all(isinstance(one, ast.Name) and one.id in offered for one in calls)


def _multiplies_sequences(tree: ast.Module) -> bool:
    """Whether a list or a text may be repeated: a line of it could fill the memory."""
    held: set[str] = set()
    for line in tree.body:
        if isinstance(line, ast.Assign | ast.AnnAssign) and line.value and _is_sequence(line.value, held):
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            held.update(each.id for one in targets for each in _names(one))
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mult | ast.Mod)
        and (_is_sequence(node.left, held) or _is_sequence(node.right, held))
        for node in ast.walk(tree)
    )


def _is_sequence(node: ast.AST, held: set[str]) -> bool:
    """What a call of the SDK gives is none."""
    if isinstance(node, ast.Call):
        return False
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    if isinstance(node, ast.Name):
        return node.id in held
    if isinstance(node, ast.List | ast.Tuple | ast.JoinedStr):
        return True
    return any(_is_sequence(one, held) for one in ast.iter_child_nodes(node))


def _names(of: ast.AST) -> list[ast.Name]:
    return [one for one in ast.walk(of) if isinstance(one, ast.Name)]
