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
        "attach 'file:{other}?mode=rwc' as other",
        "attach ':memory:' as other",
        "detach main",
        "vacuum into '{other}'",
        "vacuum",
        "pragma query_only = 0",
        "pragma journal_mode = delete",
        "pragma wal_checkpoint",
        "pragma wal_checkpoint(truncate)",
        "pragma writable_schema = 1",
        "pragma trusted_schema = 1",
        "pragma temp_store_directory = '{other}'",
        "pragma database_list",
        "pragma integrity_check",
        "pragma cache_size = -100000000",
        "pragma optimize",
        "select * from pragma_database_list",
        "select file from pragma_database_list()",
        "select name from pragma_function_list",
        "select * from temp.pragma_table_info('events')",
        "select * from dbstat",
        "select data from sqlite_dbpage",
        "select * from sqlite_temp_master",
        "select * from bytecode('select 1')",
        "insert into notes values ('a', 'b')",
        "insert into events select * from events",
        "replace into notes values ('a', 'b')",
        "with x as (select 1) insert into notes select 'a', 'b' from x",
        "update events set ts = 0",
        "update head set seq = 0",
        "delete from events",
        "delete from head returning *",
        "drop view v_events",
        "drop table events",
        "drop trigger events_no_delete",
        "alter table events rename to gone",
        "create table x (y)",
        "create temp table x (y)",
        "create temp view x as select 1",
        "create temp trigger x before insert on notes begin select 1; end",
        "create virtual table x using fts5(y)",
        "create index x on events (ts)",
        "begin immediate",
        "begin; select 1",
        "savepoint x",
        "rollback",
        "reindex",
        "analyze",
        "explain select 1; drop table events",
        "select load_extension('x')",
        "select load_extension('/lib/libc.so', 'system')",
        "select readfile('/etc/passwd')",
        "select writefile('{other}', 'x')",
        "select edit('x')",
        "select randomblob(1000000000)",
        "select zeroblob(1000000000)",
        "select hex(zeroblob(100000000))",
        "select printf('%.*c', 1000000000, 'x')",
        "select format('%.*c', 1000000000, 'x')",
        "select random()",
        "select sqlite_version()",
        "select sqlite_compileoption_get(0)",
        "select fts3_tokenizer('simple')",
        "select likely(1)",
        "select last_insert_rowid()",
        "select 1; drop table events",
        "select 1; attach '{other}' as other",
        "select ?",
        "select :a",
        "select * from nowhere",
        "select * from other.events",
        "selec 1",
        "",
        "select '\x00'",
        "select " + "(" * 2_000 + "1" + ")" * 2_000,
        "select " + " union select ".join("1" for _ in range(600)),
        "select " + ", ".join("1" for _ in range(3_000)),
        "select 1 where " + " or ".join("1 = 1" for _ in range(20_000)),
        "select '" + "x" * 100_000 + "'",
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
    monkeypatch.setattr(guard, "BYTES_MAX", 100)
    with pytest.raises(BadInput, match="more than 100 bytes"):
        reader.query("select body from events limit 5")
    with pytest.raises(BadInput, match="too big"):
        reader.query("select replace(hex(body), '7', hex(body)) from events where seq = 2")


def test_the_bounds_are_those_that_are_promised() -> None:
    """R108: two seconds, ten thousand rows."""
    assert (guard.TIME_MAX_S, guard.ROWS_MAX) == (2.0, 10_000)


def test_a_cross_join_that_sorts_is_cut(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "TIME_MAX_S", 0.2)
    many = "events a, events b, events c, events d, events e"
    for sql in (
        f"select count(*) from {many}",
        f"select a.seq from {many} order by a.body || b.seq || c.seq",
    ):
        with pytest.raises(BadInput, match=r"longer than 0\.2 s"):
            reader.query(sql)


def test_questions_are_answered_by_column(reader: Reader) -> None:
    rows = reader.query("select count(*) as n, max(seq) as last from events")
    assert rows == [{"n": len(told()), "last": len(told())}]
    assert reader.query("select 1 as one where 0") == []
    assert reader.query("select body ->> '$.signal.id' as id from events where seq = 2") == [{"id": "sig-aa"}]
