"""`audit seal`, `verify --seal`, `rotate`, `backup`, `restore` as a person uses them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.audit.story import entered, left, notes, stamped, told, write
from tests.cli.command import barfinex

ROWS = told()
FLAT = stamped([*entered("aa"), *left("aa", by="dd")])


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    place = tmp_path / "journal.db"
    write(place, ROWS)
    return place


def test_a_cut_end_is_found_by_a_seal_that_was_made_before(journal: Path, tmp_path: Path) -> None:
    """F69, R58: with a key, at a place of its own."""
    key, seals = tmp_path / "key", tmp_path / "elsewhere.seal"
    key.write_text("correct horse battery staple\n")
    options = ("--journal", journal, "--seal", seals, "--key", key)
    barfinex("audit", "verify", *options).refuses(str(seals), "does not exist")
    sealed = barfinex("audit", "seal", *options, "--json").json
    assert (sealed["ok"], sealed["seq"]) == (True, len(ROWS))
    verified = barfinex("audit", "verify", *options, "--json").json
    assert (verified["ok"], verified["sealed_seq"]) == (True, len(ROWS))
    assert f"sealed up to row {len(ROWS)}" in barfinex("audit", "verify", *options).out
    barfinex("audit", "verify", "--journal", journal, "--seal", seals).refuses("line 1", "another key")
    db = sqlite3.connect(journal)
    (guard,) = db.execute("select sql from sqlite_master where name = 'events_no_delete'").fetchone()
    db.executescript(
        "drop trigger events_no_delete; delete from events where seq > 60;"
        "update head set seq = 60, hash = (select hash from events where seq = 60)"
    )
    db.execute(guard)
    db.close()
    assert barfinex("audit", "verify", "--journal", journal).code == 0  # The chain alone cannot tell.
    found = barfinex("audit", "verify", *options, "--json")
    assert (found.code, json.loads(found.out)["broken_seq"]) == (1, 61)
    assert barfinex("audit", "seal", *options).code == 1


def test_seals_beside_the_journal_are_found_by_themselves(journal: Path) -> None:
    assert barfinex("audit", "seal", "--journal", journal).code == 0
    assert barfinex("audit", "verify", "--journal", journal, "--json").json["sealed_seq"] == len(ROWS)


def test_a_journal_goes_on_in_a_new_file(journal: Path) -> None:
    barfinex("audit", "rotate", "--journal", journal).refuses("positions and", "orders open")
    journal.unlink()
    write(journal, FLAT)
    closed = barfinex("audit", "rotate", "--journal", journal, "--json").json["closed"]
    assert Path(closed).exists()
    assert barfinex("audit", "rotate", "--journal", journal, "--json").json["closed"] is None
    head = write(journal, notes(3, before=len(FLAT)))
    for options, rows in (((), len(FLAT) + 3), (("--newest",), 3)):
        verified = barfinex("audit", "verify", "--journal", journal, *options, "--json").json
        assert (verified["ok"], verified["rows"], verified["head"]) == (True, rows, head)
    Path(closed).unlink()
    barfinex("audit", "verify", "--journal", journal).refuses(Path(closed).name, "not beside it")
    barfinex("audit", "rotate", "--journal", journal.with_name("none.db")).refuses("does not exist")


def test_a_copy_is_put_back(journal: Path, tmp_path: Path) -> None:
    out = tmp_path / "copies" / "one.db"
    made = barfinex("audit", "backup", out, "--journal", journal, "--json").json
    assert (made["files"], made["rows"]) == ([str(out)], len(ROWS))
    barfinex("audit", "backup", out, "--journal", journal).refuses(str(out), "exists already")
    journal.write_bytes(journal.read_bytes()[:20_000])
    done = barfinex("audit", "restore", out, "--to", journal, "--json").json
    assert done["head"] == made["head"]
    assert Path(done["aside"]).stat().st_size == 20_000
    assert barfinex("audit", "verify", "--journal", journal, "--json").json["rows"] == len(ROWS)
    write(journal, notes(1, before=len(ROWS)))
    barfinex("audit", "restore", out, "--to", journal).refuses("after the copy's last row")
