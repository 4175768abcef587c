"""A file is read at a sitting, a function on a screen."""

from __future__ import annotations

import ast

from tests.architecture.tree import report, sources

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50


def test_a_file_stays_under_three_hundred_lines() -> None:
    files = [s for s in sources("barfinex", "strategies", "tests") if len(s.lines) > FILE_LINES_MAX]
    report(
        [f"{s.path} has {len(s.lines)} lines" for s in files],
        "split it by what changes for different reasons.",
    )


def test_a_function_stays_under_fifty_lines() -> None:
    faults = [
        f"{source.at(node)} {node.name} has {length} lines"
        for source in sources("barfinex", "strategies", "tests")
        for node in source.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and (length := node.end_lineno - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    report(faults, "give a step inside it a name of its own.")
