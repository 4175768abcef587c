"""SQL from outside: one question, read-only, not for ever. `mode=ro` alone would let it write other files."""

from __future__ import annotations

import sqlite3
from typing import Any

from barfinex.clock import stopwatch_ns
from barfinex.domain.errors import BadInput

ROWS_MAX = 100_000
TIME_MAX_S = 10.0
LENGTH_MAX = 16_000_000  # Bytes of the longest text an expression may build.
_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
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


def ask(db: sqlite3.Connection, sql: str) -> list[dict[str, Any]]:
    """The rows of one SELECT. The connection is of no other use afterwards.

    Raises:
        BadInput: it is no SELECT, is wrong, takes too long, or gives too many rows.
    """
    ends = stopwatch_ns() + int(TIME_MAX_S * 1e9)
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LENGTH_MAX)
    db.set_progress_handler(lambda: stopwatch_ns() > ends, 10_000)
    db.set_authorizer(_allow)
    try:
        cursor = db.execute(sql)
        rows = cursor.fetchmany(ROWS_MAX + 1)
    except sqlite3.OperationalError as error:
        in_time = str(error) != "interrupted"
        raise _bad(f"is refused: {error}" if in_time else f"took longer than {TIME_MAX_S:g} s") from error
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _bad(f"is refused: {error}") from error
    if len(rows) > ROWS_MAX:
        raise _bad(f"gives more than {ROWS_MAX} rows")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _allow(action: int, _table: str | None, function: str | None, *_: str | None) -> int:
    allowed = action in _ACTIONS or (action == sqlite3.SQLITE_FUNCTION and function in _ALLOWED)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _bad(reason: str) -> BadInput:
    return BadInput("the query", reason, "Ask one SELECT over the views, with a LIMIT when it is large.")
