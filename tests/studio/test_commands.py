"""`tail`, `halt` and `resume` as a person meets them."""

from __future__ import annotations

from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from barfinex.audit.journal import SqliteJournal
from barfinex.cli import app
from barfinex.domain.errors import BadInput
from barfinex.domain.trading import Level, Scope
from barfinex.events.studio import HaltRequested, ResumeRequested
from barfinex.runtime.haltfile import halt_in
from tests.provider.gateway.serving import PERSON, TOKEN, Served, serving
from tests.studio.story import Story, candles, enter, halts, started, walk

NOBODY = ("--url", "http://127.0.0.1:9")


def invoke(*arguments: object) -> tuple[object, str]:
    """The exit code (or the error that becomes one), and what was said."""
    result = CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "200"})
    if isinstance(result.exception, BadInput):
        return 2, str(result.exception)
    assert result.exception is None, result.exception
    return result.exit_code, result.output


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "j.db"
    with SqliteJournal(path, sync="batch") as writer:
        story = Story()
        rows = walk(60, 60_000.0, 1)
        for event in (started(), *(candles("BTC-USDT", [row]) for row in rows), *enter("a1"), *halts()):
            writer.append(story.say(event))
    return path


def test_tail_shows_the_latest_that_matter(journal: Path) -> None:
    code, text = invoke("tail", "--journal", journal, "--lines", 3)
    assert code == 0
    assert [line.split()[2:4] for line in text.splitlines()] == [
        ["BTC-USDT", "protected"],
        ["halt", "asked"],
        ["HALTED", "by"],
    ]
    assert len(invoke("tail", "--journal", journal)[1].splitlines()) == 8


def test_tail_filters_by_type_instrument_and_detail(journal: Path) -> None:
    assert len(invoke("tail", "--journal", journal, "--all", "-n", 1000)[1].splitlines()) == 76
    sent = invoke("tail", "--journal", journal, "--type", "order_submitted")[1].splitlines()
    assert len(sent) == 3
    assert all(" sent " in line for line in sent)
    about = invoke("tail", "--journal", journal, "--instrument", "BTC-USDT")[1]
    assert "HALTED" not in about
    assert "opened" in about
    assert invoke("tail", "--journal", journal, "-n", 0) == (0, "")


def test_tail_names_what_is_wrong(tmp_path: Path, journal: Path) -> None:
    assert invoke("tail", "--journal", tmp_path / "none.db")[0] == 2
    code, text = invoke("tail", "--journal", journal, "--type", "nothing")
    assert (code, "--type nothing" in text) == (2, True)


def test_a_halt_that_nobody_answers_leaves_the_file(tmp_path: Path) -> None:
    (tmp_path / "gateway.token").write_text(TOKEN)
    code, text = invoke("halt", "--reason", "news", "--journal", tmp_path / "j.db", *NOBODY)
    assert code == 0
    assert (tmp_path / "HALT").read_text() == "news\n"
    assert "nothing answers" in text
    assert "HALT" in text


def test_a_halt_without_any_run_before_leaves_the_file_too(tmp_path: Path) -> None:
    assert invoke("halt", "--reason", "news", "--journal", tmp_path / "new" / "j.db", *NOBODY)[0] == 0
    assert (tmp_path / "new" / "HALT").exists()


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "x" * 501])
def test_a_halt_needs_a_reason_that_can_be_read(tmp_path: Path, reason: str) -> None:
    assert invoke("halt", "--reason", reason, "--journal", tmp_path / "j.db", *NOBODY)[0] == 2
    assert not (tmp_path / "HALT").exists()


def test_the_file_stays_when_nobody_is_there_to_resume(tmp_path: Path) -> None:
    (tmp_path / "person.token").write_text(PERSON)
    (tmp_path / "HALT").touch()
    code, text = invoke("resume", "--reason", "calm", "--by", "Ada", "--journal", tmp_path / "j.db", *NOBODY)
    assert code == 2
    assert "is still there" in text
    assert (tmp_path / "HALT").exists()


def test_resuming_needs_a_person(tmp_path: Path) -> None:
    """I13: loosening needs a person and a reason."""
    for by, reason in ((" ", "calm"), ("Ada", "")):
        arguments = ("--reason", reason, "--by", by, "--journal", tmp_path / "j.db", *NOBODY)
        assert invoke("resume", *arguments)[0] == 2


async def command(served: Served, folder: Path, *arguments: object) -> tuple[object, str]:
    where = ("--url", served.gateway.url, "--journal", folder / "j.db")
    return await anyio.to_thread.run_sync(invoke, *arguments, *where)


async def test_a_run_that_answers_halts_and_resumes(tmp_path: Path) -> None:
    (tmp_path / "gateway.token").write_text(TOKEN)
    (tmp_path / "person.token").write_text(PERSON)
    async with serving(tmp_path) as served:
        assert await command(served, tmp_path, "halt", "--reason", "news") == (0, "halted\n")
        assert not (tmp_path / "HALT").exists()
        (tmp_path / "HALT").touch()
        wish = ("resume", "--reason", "calm", "--by", "Ada")
        code, text = await command(served, tmp_path, *wish)
        assert (code, "--confirm lsn-1" in text) == (0, True)
        assert (tmp_path / "HALT").exists()
        code, text = await command(served, tmp_path, *wish, "--confirm", "lsn-1")
        assert (code, "trading resumed" in text) == (0, True)
        assert not (tmp_path / "HALT").exists()
        calm = ResumeRequested(by="Ada", reason="calm", is_person=True)
        assert served.asked == [
            HaltRequested(way="api", reason="news"),
            calm,
            replace(calm, confirmation="lsn-1"),
        ]


async def test_a_part_is_halted_closed_and_acknowledged(tmp_path: Path) -> None:
    (tmp_path / "gateway.token").write_text(TOKEN)
    (tmp_path / "person.token").write_text(PERSON)
    async with serving(tmp_path) as served:
        part = ("halt", "--reason", "x", "--strategy", "trend", "--close-all", "--by", "Ada")
        assert await command(served, tmp_path, *part) == (0, "halted\n")
        (asked,) = served.asked
        assert isinstance(asked, HaltRequested)
        assert (asked.action, asked.scope, asked.by) == ("close_all", Scope(Level.STRATEGY, "trend"), "Ada")
        both = ("halt", "--reason", "x", "--strategy", "trend", "--venue", "sim")
        assert (await command(served, tmp_path, *both))[0] == 2
        assert (await command(served, tmp_path, "halt", "--reason", "x", "--throttle", "--close-all"))[0] == 2
        assert (await command(served, tmp_path, "halt", "--reason", "x", "--ack"))[0] == 2
        seen = ("halt", "--reason", "seen", "--ack", "--by", "Ada")
        assert await command(served, tmp_path, *seen) == (0, "acknowledged\n")
        limit = ("limits", "tighten", "drawdown_max", "0.1", "--reason", "x", "--by", "Ada")
        assert await command(served, tmp_path, *limit) == (0, "drawdown_max is 0.1\n")


def test_a_halt_of_a_part_that_nobody_answers_is_written_into_the_file(tmp_path: Path) -> None:
    (tmp_path / "gateway.token").write_text(TOKEN)
    part = ("--instrument", "BTC-USDT", "--close-all", "--journal", tmp_path / "j.db")
    assert invoke("halt", "--reason", "news: bad", *part, *NOBODY)[0] == 0
    text = (tmp_path / "HALT").read_text()
    found = halt_in(text, tmp_path / "HALT")
    assert (found.reason, found.action) == ("news: bad", "close_all")
    assert found.scope == Scope(Level.INSTRUMENT, "BTC-USDT")


async def test_a_halt_with_the_wrong_token_still_halts_by_file(tmp_path: Path) -> None:
    (tmp_path / "gateway.token").write_text("x" * 40)
    async with serving(tmp_path) as served:
        assert (await command(served, tmp_path, "halt", "--reason", "news"))[0] == 0
    assert (tmp_path / "HALT").exists()


async def test_tail_through_the_api_shows_the_same(tmp_path: Path) -> None:
    (tmp_path / "gateway.token").write_text(TOKEN)
    async with serving(tmp_path, (started(), *enter("a1"))) as served:
        through_api = await command(served, tmp_path, "tail", "-n", 2)
    assert through_api == await anyio.to_thread.run_sync(
        invoke, "tail", "--journal", tmp_path / "j.db", "-n", 2
    )
    assert through_api[0] == 0


def test_the_terminal_needs_one(tmp_path: Path) -> None:
    (tmp_path / "gateway.token").write_text(TOKEN)
    code, text = invoke("studio", "--journal", tmp_path / "j.db", *NOBODY)
    assert (code, "needs a terminal" in text) == (2, True)
