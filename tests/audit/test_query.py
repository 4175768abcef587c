"""SQL from outside reads, and does nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from barfinex.audit import guard
from barfinex.audit.reader import Reader
from barfinex.domain.errors import BadInput
from tests.audit.story import told, write


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    path = tmp_path_factory.mktemp("query") / "journal.db"
    write(path, told())
    return Reader(path)


@pytest.mark.parametrize(
    "sql",
    [
        "attach '{other}' as other",
        "vacuum into '{other}'",
        "vacuum",
        "pragma query_only = 0",
        "pragma journal_mode = delete",
        "pragma wal_checkpoint",
        "select * from pragma_database_list",
        "insert into notes values ('a', 'b')",
        "update events set ts = 0",
        "delete from events",
        "drop view v_events",
        "create table x (y)",
        "create temp table x (y)",
        "begin immediate",
        "reindex",
        "analyze",
        "select load_extension('x')",
        "select randomblob(1000000000)",
        "select zeroblob(1000000000)",
        "select printf('%.*c', 1000000000, 'x')",
        "select 1; drop table events",
        "select * from nowhere",
        "selec 1",
        "select '\x00'",
    ],
)
def test_whatever_is_no_question_is_refused(reader: Reader, tmp_path: Path, sql: str) -> None:
    before = reader.path.read_bytes()
    with pytest.raises(BadInput, match="the query: is refused"):
        reader.query(sql.format(other=tmp_path / "other.db"))
    assert reader.path.read_bytes() == before
    assert list(tmp_path.iterdir()) == []


def test_a_question_without_end_is_stopped(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """I10: time, rows and length have bounds."""
    monkeypatch.setattr(guard, "TIME_MAX_S", 0.1)
    monkeypatch.setattr(guard, "ROWS_MAX", 10)
    monkeypatch.setattr(guard, "LENGTH_MAX", 10_000)
    endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select"
    with pytest.raises(BadInput, match=r"longer than 0\.1 s"):
        reader.query(f"{endless} count(*) from n")
    with pytest.raises(BadInput, match="more than 10 rows"):
        reader.query(f"{endless} x from n")
    with pytest.raises(BadInput, match="too big"):
        reader.query("select replace(hex(body), '7', hex(body)) from events where seq = 2")


def test_questions_are_answered_by_column(reader: Reader) -> None:
    rows = reader.query("select count(*) as n, max(seq) as last from events")
    assert rows == [{"n": len(told()), "last": len(told())}]
    assert reader.query("select 1 as one where 0") == []
    assert reader.query("select body ->> '$.signal.id' as id from events where seq = 2") == [{"id": "sig-aa"}]
