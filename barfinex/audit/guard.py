"""SQL from outside: one question, read-only, not for ever. `mode=ro` alone would let it write other files."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

from barfinex.clock import stopwatch_ns
from barfinex.domain.errors import BadInput

ROWS_MAX = 10_000
TIME_MAX_S = 2.0  # A reader that holds a moment of the journal for longer keeps its log from being emptied.
LENGTH_MAX = 16_000_000  # Bytes of the longest text an expression may build,
BYTES_MAX = 64_000_000  # and of all texts in one answer.
_STEPS = 10_000  # Of SQLite's machine, between two looks at the clock.
_PAGE = 500
_LIMITS = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 20,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 50_000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}
_TABLES = {"sqlite_master", "sqlite_schema", "json_each", "json_tree"}
_FUNCTIONS = {
    "numbers": "abs ceil ceiling exp floor ln log max min pow power round sign sqrt",
    "values": "coalesce hex ifnull iif nullif typeof",
    "text": "char glob instr length like lower ltrim replace rtrim substr substring trim trunc upper",
    "rows": "avg count group_concat sum total",
    "windows": "cume_dist dense_rank first_value lag last_value lead nth_value ntile rank row_number",
    "times": "date datetime julianday strftime time unixepoch",
    "json": "-> ->> json json_array json_array_length json_each json_extract json_group_array",
    "more json": "json_group_object json_object json_tree json_type json_valid",
}
_ALLOWED = {name for names in _FUNCTIONS.values() for name in names.split()}


def ask(db: sqlite3.Connection, sql: str, seconds: float | None = None) -> list[dict[str, Any]]:
    """The rows of one SELECT. The connection is of no other use afterwards. `seconds`: for our own questions.

    Raises:
        BadInput: it is no SELECT, is wrong, takes too long, or gives too much.
    """
    seconds = TIME_MAX_S if seconds is None else seconds
    ends = stopwatch_ns() + int(seconds * 1e9)
    tables = {name for (name,) in db.execute("select name from sqlite_master")} | _TABLES
    for limit, value in _LIMITS.items():
        db.setlimit(limit, value)
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LENGTH_MAX)
    db.set_progress_handler(lambda: stopwatch_ns() > ends, _STEPS)
    db.set_authorizer(partial(_allow, tables))
    try:
        cursor = db.execute(sql)
        rows = _fetch(cursor)
    except sqlite3.OperationalError as error:
        in_time = str(error) != "interrupted"
        raise _bad(f"is refused: {error}" if in_time else f"took longer than {seconds:g} s") from error
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        raise _bad(f"is refused: {error}") from error
    if cursor.description is None:
        raise _bad("is refused: it asks nothing")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _fetch(cursor: sqlite3.Cursor) -> list[tuple[Any, ...]]:
    """All rows, as long as they are few and small enough. Raises BadInput."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    while page := cursor.fetchmany(_PAGE):
        rows += page
        size += sum(len(value) for row in page for value in row if isinstance(value, str | bytes))
        if len(rows) > ROWS_MAX:
            raise _bad(f"gives more than {ROWS_MAX} rows")
        if size > BYTES_MAX:
            raise _bad(f"gives more than {BYTES_MAX} bytes")
    return rows


def _allow(tables: set[str], action: int, table: str | None, name: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_READ:
        is_fine = table in tables or not name  # No column: the rows of a subquery are counted.
    elif action == sqlite3.SQLITE_FUNCTION:
        is_fine = name in _ALLOWED
    else:
        is_fine = action in _ACTIONS
    return sqlite3.SQLITE_OK if is_fine else sqlite3.SQLITE_DENY


def _bad(reason: str) -> BadInput:
    return BadInput("the query", reason, "Ask one SELECT over the views, with a LIMIT when it is large.")
