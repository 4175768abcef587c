"""I10: every queue, loop, cache and window has a bound, and its reader can see which."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import Source, report, sources

QUEUES = {
    "asyncio.Queue",
    "asyncio.LifoQueue",
    "asyncio.PriorityQueue",
    "queue.Queue",
    "queue.LifoQueue",
    "queue.PriorityQueue",
    "anyio.create_memory_object_stream",
}
ENDLESS = {"queue.SimpleQueue", "functools.cache"}


def unbounded(source: Source, node: ast.AST) -> bool:
    """Whether this expression makes a container that may grow for ever."""
    if not isinstance(node, ast.Call):
        return source.dotted(node) in ENDLESS if isinstance(node, ast.Name | ast.Attribute) else False
    name = source.dotted(node.func)
    given = {k.arg: k.value for k in node.keywords}
    if name == "collections.deque":
        return _endless(node.args[1] if len(node.args) > 1 else given.get("maxlen"))
    if name in QUEUES:
        return _endless(node.args[0] if node.args else given.get("maxsize") or given.get("max_buffer_size"))
    if name == "functools.lru_cache":
        return "maxsize" in given and _endless(given["maxsize"])
    return any(source.dotted(each) == "collections.deque" for each in [*node.args, *given.values()])


def _endless(bound: ast.expr | None) -> bool:
    """No bound, None, zero or infinity."""
    if bound is None or (isinstance(bound, ast.Constant) and not bound.value):
        return True
    return re.search(r"\binf\b", ast.unparse(bound)) is not None


def test_every_queue_cache_and_window_has_a_bound() -> None:
    """I10: memory is finite, so the bound is ours or the kernel's."""
    faults = [s.at(node) for s in sources() for node in s.nodes if unbounded(s, node)]
    report(
        faults,
        "deque(maxlen=N), create_memory_object_stream(N), lru_cache(maxsize=N); a default_factory is a "
        "lambda or partial that gives the maxlen; say beside it what happens when it is full.",
    )


def test_every_endless_loop_says_what_bounds_it() -> None:
    """I10: `while True` is followed or preceded by a comment that begins with `# bound:`."""
    faults = [
        source.at(node)
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.While)
        and isinstance(node.test, ast.Constant)
        and not any("# bound:" in line for line in source.lines[max(node.lineno - 3, 0) : node.lineno])
    ]
    report(faults, "write `while True:  # bound: <what ends it or paces it>`, or loop over what bounds it.")
