"""I7, I8: what is recorded cannot be changed unseen, and equal facts give an equal hash."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from barfinex.audit.chain import COLUMNS
from barfinex.audit.journal import HashJournal
from barfinex.audit.reader import Reader
from barfinex.audit.verification import Verification
from tests.audit.story import notes, told, write

ROWS = told()
PLACES = st.integers(1, len(ROWS))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chain") / "journal.db"
    write(path, ROWS)
    return path


def tampered(original: Path, *statements: tuple[str, tuple[Any, ...]]) -> Verification:
    """The verdict on a copy that somebody with full access to the file has changed, without another trace."""
    path = original.with_name("copy.db")
    path.write_bytes(original.read_bytes())
    db = sqlite3.connect(path)
    guards = [sql for (sql,) in db.execute("select sql from sqlite_master where type = 'trigger'")]
    db.executescript(
        "pragma synchronous = off; drop trigger events_no_update; drop trigger events_no_delete;"
    )
    for statement, values in statements:
        db.execute(statement, values)
    for guard in guards:
        db.execute(guard)
    db.commit()
    db.close()
    with Reader(path) as reader:
        return reader.verify()


def test_an_untouched_journal_verifies_and_repeats_its_head(original: Path) -> None:
    memory = HashJournal()
    for envelope in ROWS:
        memory.append(envelope)
    with Reader(original) as reader:
        result = reader.verify()
    assert result == Verification(True, len(ROWS), None, "", memory.head)


@settings(max_examples=80)
@given(seq=PLACES, column=st.sampled_from([*COLUMNS[1:], "hash"]), data=st.data())
def test_a_change_of_any_stored_field_of_any_row_is_found(
    original: Path, seq: int, column: str, data: st.DataObject
) -> None:
    """I7: by anybody, with the triggers out of the way."""
    values: st.SearchStrategy[Any] = st.integers(-(2**63), 2**63 - 1)
    if column in ("run_id", "type", "source", "body"):
        values = st.text(st.characters(exclude_categories=["Cs"]))
    if column == "hash":
        values = st.binary(max_size=40)
    value = data.draw(values)
    db = sqlite3.connect(original)
    before = db.execute(f"select {column} from events where seq = ?", (seq,)).fetchone()[0]
    db.close()
    result = tampered(original, (f"update events set {column} = ? where seq = ?", (value, seq)))
    assert result.ok is (value == before)
    assert result.broken_seq == (None if result.ok else seq)


@settings(max_examples=25)
@given(seq=PLACES)
def test_a_row_that_is_taken_out_is_found_even_the_last(original: Path, seq: int) -> None:
    result = tampered(original, ("delete from events where seq = ?", (seq,)))
    assert (result.ok, result.broken_seq) == (False, seq)


@settings(max_examples=25)
@given(seq=st.integers(1, len(ROWS) - 1), other=st.integers(1, len(ROWS) - 1))
def test_rows_that_change_places_are_found(original: Path, seq: int, other: int) -> None:
    swap = "update events set seq = ? where seq = ?"
    moves = [(swap, (-5, seq)), (swap, (seq, other if other != seq else -5)), (swap, (other, -5))]
    result = tampered(original, *moves)
    assert result.ok is (seq == other)
    if not result.ok:
        assert result.broken_seq == min(seq, other)


def test_a_row_put_in_front_or_behind_is_found(original: Path) -> None:
    copy = f"insert into events select ?, {', '.join(COLUMNS[1:])}, hash, took_us from events where seq = 3"
    assert tampered(original, (copy, (0,))).broken_seq == 1
    assert tampered(original, (copy, (len(ROWS) + 1,))).broken_seq == len(ROWS) + 1


def test_the_measured_duration_is_not_part_of_the_chain(original: Path) -> None:
    """I8: equal runs differ in it and in nothing else."""
    assert tampered(original, ("update events set took_us = 99", ())).ok


def test_the_chain_goes_on_over_restarts_as_if_there_had_been_none(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.db", notes(700))
    write(tmp_path / "parts.db", notes(700)[:300])
    assert write(tmp_path / "parts.db", notes(700)[300:]) == whole
    with Reader(tmp_path / "parts.db") as reader:
        assert reader.verify().head == whole


def test_two_different_rows_never_give_one_text() -> None:
    """A separator inside a name is escaped in JSON and stands nowhere else."""
    heads = set()
    for name in ("a", "a\x1f", "\x1fa", 'a"', "a\\u001f"):
        journal = HashJournal()
        journal.append(replace(notes(1)[0], run_id=name))
        heads.add(journal.head)
    assert len(heads) == 5
