"""Tampering that a chain alone cannot tell is found through heads sealed outside the journal (R58)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from barfinex.audit.chain import COLUMNS, link
from barfinex.audit.decoding import hashed
from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.audit.seal import SealFile, beside, key_in
from barfinex.audit.verification import Verification
from barfinex.domain.errors import BadInput
from tests.audit.story import notes, told, write

ROWS = told()
KEY = b"0123456789abcdef"
Attack = Callable[[sqlite3.Connection], object]
FIELDS = ", ".join((*COLUMNS, "hash"))


def relink(db: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    """Write the whole chain anew, every hash as it has to be, head included."""
    db.execute("delete from events")
    head = bytes(32)
    for seq, row in enumerate(rows, 1):
        values = (seq, *hashed(row)[1:])
        head = link(head, values)
        marks = ", ".join("?" * 12)
        db.execute(f"insert into events values ({marks})", (*values, head, 0))
    db.execute("update head set seq = ?, hash = ?", (len(rows), head))


def rows_of(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    return db.execute(f"select {FIELDS} from events order by seq").fetchall()


def edit(db: sqlite3.Connection) -> object:
    return db.execute("update events set body = replace(body, '60000', '60001')")


def change(column: str, value: object) -> Attack:
    return lambda db: db.execute(f"update events set {column} = ? where seq = 5", (value,))


def cut(db: sqlite3.Connection) -> object:
    db.execute("delete from events where seq > 40")
    (head,) = db.execute("select hash from events where seq = 40").fetchone()
    return db.execute("update head set seq = 40, hash = ?", (head,))


def insert(db: sqlite3.Connection) -> object:
    db.execute("update events set seq = -seq where seq > 20")
    db.execute("update events set seq = 1 - seq where seq < 0")
    copy = ", ".join(COLUMNS[1:])
    return db.execute(f"insert into events select 21, {copy}, hash, took_us from events where seq = 3")


def swap(db: sqlite3.Connection) -> object:
    return db.executescript(
        "update events set seq = -1 where seq = 7; update events set seq = 7 where seq = 9;"
        "update events set seq = 9 where seq = -1"
    )


def rewrite(db: sqlite3.Connection) -> None:
    rows = rows_of(db)
    rows[1] = (*rows[1][:9], str(rows[1][9]).replace("60000", "60001"), b"")
    relink(db, rows)


def reorder(db: sqlite3.Connection) -> None:
    rows = rows_of(db)
    relink(db, [*rows[:5], rows[6], rows[5], *rows[7:]])


ATTACKS: dict[str, Attack] = {
    "edit a body": edit,
    "change a type": change("type", "inspector.intent_refused"),
    "change a time": change("ts", 1),
    "change what was known": change("known_at", 1),
    "change a cause": change("causation", 1),
    "change a hash": change("hash", bytes(32)),
    "delete a row": lambda db: db.execute("delete from events where seq = 9"),
    "insert a row": insert,
    "swap two rows": swap,
    "cut off the end": cut,
    "rewrite all": rewrite,
    "reorder and rewrite all": reorder,
    "empty it": lambda db: relink(db, []),
    "move the head": lambda db: db.execute("update head set seq = 12, hash = zeroblob(32)"),
    "take a guard off": lambda db: db.execute("drop trigger events_no_delete"),
    "put a weak guard in": lambda db: db.executescript(
        "drop trigger events_no_delete;"
        "create trigger events_no_delete before delete on events begin select 1; end"
    ),
    "begin elsewhere": lambda db: db.execute("update segment set previous = randomblob(32)"),
    "an older copy": lambda db: relink(db, rows_of(db)[:30]),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "journal.db"
    with SqliteJournal(place, sync="batch", seal=SealFile(beside(place), KEY)) as journal:
        for envelope in ROWS[:50]:
            journal.append(envelope)
        journal.flush()
        journal.seal()
        for envelope in ROWS[50:]:
            journal.append(envelope)
    return place


def verified(path: Path, key: bytes | None = KEY) -> Verification:
    with Reader(path) as reader:
        return reader.verify(SealFile(beside(path), key).read().heads)


def attack(path: Path, how: Attack) -> None:
    """With full access to the file, guards put back afterwards unless they are the target."""
    db = sqlite3.connect(path, isolation_level=None)
    guards = dict(db.execute("select name, sql from sqlite_master where type = 'trigger'"))
    strikes_guard = how in (ATTACKS["take a guard off"], ATTACKS["put a weak guard in"])
    if not strikes_guard:
        for name in guards:
            db.execute(f"drop trigger {name}")
    how(db)
    if not strikes_guard:
        for sql in guards.values():
            db.execute(sql)
    db.close()


def test_a_sealed_journal_verifies_up_to_its_last_seal(path: Path) -> None:
    found = verified(path)
    assert (found.ok, found.rows, found.sealed) == (True, len(ROWS), len(ROWS))
    assert len(SealFile(beside(path), KEY).read().heads) == 2


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_is_found(path: Path, name: str) -> None:
    """R58: eighteen of eighteen; and what a run would notice at its start, it refuses to go on from."""
    attack(path, ATTACKS[name])
    found = verified(path)
    assert not found.ok, name
    assert found.reason
    if name in ("cut off the end", "rewrite all", "empty it", "an older copy", "move the head"):
        with pytest.raises(BadInput):
            SqliteJournal(path, sync="full", seal=SealFile(beside(path), KEY))


@pytest.mark.parametrize("name", ["cut off the end", "rewrite all", "an older copy"])
def test_only_the_seal_finds_a_chain_that_was_made_anew(path: Path, name: str) -> None:
    attack(path, ATTACKS[name])
    with Reader(path) as reader:
        assert reader.verify().ok
    assert not verified(path).ok


def test_a_seal_file_that_was_changed_or_has_another_key_is_refused(path: Path) -> None:
    place = beside(path)
    lines = place.read_bytes()
    assert lines.count(b"\n") == 2
    for text in (
        lines.replace(b'"seq":50', b'"seq":49'),
        lines[lines.index(b"\n") + 1 :],
        b"{}\n" + lines,
        b"\n".join(reversed(lines.splitlines())) + b"\n",
        lines.replace(b'"at":1', b'"at":2', 1),
    ):
        place.write_bytes(text)
        with pytest.raises(BadInput, match="line"):
            SealFile(place, KEY).read()
        with pytest.raises(BadInput, match="line"):
            SqliteJournal(path, sync="full", seal=SealFile(place, KEY))
    place.write_bytes(lines)
    for key in (None, b"another key, long enough"):
        with pytest.raises(BadInput, match="line 1: was changed, or made with another key"):
            SealFile(place, key).read()


def test_a_seal_that_a_crash_cut_is_written_over(path: Path) -> None:
    place = beside(path)
    whole = place.read_bytes()
    place.write_bytes(whole + whole[:40])
    with SqliteJournal(path, sync="batch", seal=SealFile(place, KEY)) as journal:
        for envelope in notes(3, before=len(ROWS)):
            journal.append(envelope)
    assert place.read_bytes().startswith(whole)
    assert verified(path).sealed == len(ROWS) + 3


def test_two_may_seal_at_one_time(path: Path) -> None:
    """A run and a person: each goes on from the other's last line."""
    place = beside(path)
    one, other = SealFile(place, KEY), SealFile(place, KEY)
    write(path, notes(40, before=len(ROWS)))
    with Reader(path) as reader:
        heads = [bytes(row[0]).hex() for row in reader._db.execute("select hash from events order by seq")]
    for seq in range(len(ROWS) + 1, len(ROWS) + 41):
        made = (one if seq % 3 else other).add(seq, heads[seq - 1])
        assert other.add(seq - 1, "ignored") == made
    assert (verified(path).ok, verified(path).sealed) == (True, len(ROWS) + 40)
    assert len(other.read().heads) == 42


def test_an_end_without_new_rows_is_sealed_once(path: Path) -> None:
    for _ in range(3):
        with SqliteJournal(path, sync="full", seal=SealFile(beside(path), KEY)):
            pass
    assert beside(path).read_bytes().count(b"\n") == 2


def test_a_new_journal_under_old_seals_is_refused(path: Path) -> None:
    path.unlink()
    with pytest.raises(BadInput, match="was sealed: its end was cut off"):
        SqliteJournal(path, sync="full", seal=SealFile(beside(path), KEY))


def test_a_key_is_a_file_of_some_length(tmp_path: Path) -> None:
    assert key_in(None) is None
    with pytest.raises(BadInput, match="cannot be read"):
        key_in(tmp_path / "none")
    (tmp_path / "short").write_bytes(b"secret\n")
    with pytest.raises(BadInput, match="fewer than 16 bytes"):
        key_in(tmp_path / "short")
    (tmp_path / "key").write_bytes(KEY + b"\n")
    assert key_in(tmp_path / "key") == KEY


def test_a_log_that_is_gone_after_a_crash_is_noticed(tmp_path: Path) -> None:
    """F69: the lock of a process that died says that there was one."""
    path = tmp_path / "journal.db"
    write(path, notes(3))
    (tmp_path / "journal.db.lock").write_bytes(b"open")
    with pytest.raises(BadInput, match=r"journal\.db-wal is gone: its last rows are missing"):
        SqliteJournal(path, sync="full")
    (tmp_path / "journal.db.lock").unlink()
    with SqliteJournal(path, sync="full") as journal:
        assert (tmp_path / "journal.db.lock").read_bytes() == b"open"
        assert journal.last_seq == 3
