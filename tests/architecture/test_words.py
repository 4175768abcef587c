"""The words that are not said, and the calls that are not made, outside their places."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import Source, report, sources

VAGUE = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "core",
    "managers",
    "manager",
    "services",
    "service",
    "misc",
}
MODES = {"live", "paper", "backtest"}
SEAMS = re.compile(r"barfinex/(clock\.py|domain/ids\.py|audit/|runtime/|provider/venues/|advisor/llm/)")
AMBIENT = re.compile(
    r"(time\.(time|monotonic|perf_counter|sleep)(_ns)?|datetime\.datetime\.(now|utcnow|today)|datetime\.date\.today"
    r"|uuid\.uuid[14]|os\.urandom|(asyncio|anyio)\.sleep|asyncio\.(create_task|ensure_future|gather|wait_for)"
    r"|random\..*|secrets\..*|numpy\.random\.(?!Generator|default_rng|PCG64|SeedSequence|Philox).*)"
)
RUNS_WHAT_IT_READS = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}


def test_no_file_has_a_name_that_says_nothing() -> None:
    faults = [s.path for s in sources() if VAGUE & set(s.path.removesuffix(".py").split("/"))]
    report(
        faults, "name the file after what is in it; a function that fits nowhere belongs beside its caller."
    )


def test_time_and_chance_come_through_the_seams() -> None:
    """I11: the clock, the ids and every generator are handed in."""
    faults = [
        f"{source.at(node)} calls {name}"
        for source in sources()
        if not SEAMS.match(source.path)
        for node in source.nodes
        if isinstance(node, ast.Call)
        and (AMBIENT.fullmatch(name := source.dotted(node.func)) or _unseeded(name, node))
    ]
    report(
        faults,
        "port.clock for time, clock.alert to wait, domain.ids for ids, a seeded Generator for chance.",
    )


def _unseeded(name: str, call: ast.Call) -> bool:
    return name == "numpy.random.default_rng" and not call.args and not call.keywords


def test_the_modes_are_decided_in_one_table() -> None:
    """I12: live, paper and backtest are words of runtime/kernel.py; config and cli only pass them on."""
    faults = [
        f"{source.at(node)} says {word}"
        for source in sources()
        if source.path != "barfinex/runtime/kernel.py"
        for node, word in _mode_words(source)
    ]
    report(
        faults,
        "add a column to the table in barfinex/runtime/kernel.py and pass what it decides, not the mode.",
    )


def _mode_words(source: Source) -> list[tuple[ast.AST, str]]:
    """Mode words in code. Config and cli may hold them as values, but not compare with them."""
    passes_on = re.match(r"barfinex/(config\b|cli\b)", source.path)
    branches = [n for n in source.nodes if isinstance(n, ast.Compare | ast.match_case)]
    places = [inner for b in branches for inner in ast.walk(b)] if passes_on else source.nodes
    return [(node, word) for node in places if (word := _word(node)) in MODES]


def _word(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return node.attr.lower() if isinstance(node, ast.Attribute) and node.attr.isupper() else None


def test_nothing_is_unpickled() -> None:
    """I11: data read from disk or network never runs."""
    faults = [
        f"{source.at(node)} imports {name}"
        for source in sources()
        for node, name in source.imported()
        if name.split(".")[0] in RUNS_WHAT_IT_READS
    ]
    faults += [
        f"{source.at(node)} allows pickles"
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and not _is_false(node.value)
    ]
    report(faults, "pydantic, msgspec, orjson, Parquet, numpy.save or skops.")


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def test_no_failure_is_swallowed() -> None:
    """I4: an `except` that catches everything must do something about it."""
    faults = [
        source.at(node)
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.ExceptHandler) and _swallows(source, node)
    ]
    report(
        faults,
        "catch the exception you expect; a supervisor's `except Exception` must publish, log or raise.",
    )


def _swallows(source: Source, handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    everything = any(source.dotted(each) in {"Exception", "BaseException"} for each in caught)
    idle = all(isinstance(s, ast.Pass | ast.Continue) or _is_bare_value(s) for s in handler.body)
    return everything and idle


def _is_bare_value(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
