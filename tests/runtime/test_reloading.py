"""A folder that is watched: what was saved is read, checked on real candles, and staged or turned down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from barfinex.detector.loader import LoadedStrategy, load_file
from barfinex.runtime.reloading import StrategyWatch, Takes
from tests.detector.market import BTC, walk

GOOD = """
from barfinex.sdk import Bracket, Condition, Strategy, close
strategy = Strategy(name="good", long=[Condition("up", close > {level})], bracket=Bracket(stop=0.02))
"""
PEEKS = """
from barfinex.sdk import Bracket, Condition, Strategy
import numpy as np
def up(c):
    return np.append(c.close[1:] > c.close[:-1], False)
strategy = Strategy(name="peeks", long=[Condition("up", up)], bracket=Bracket(stop=0.02))
"""


class Heard:
    """A Detector that only listens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.staged: list[tuple[str, list[LoadedStrategy]]] = []
        self.turned: list[tuple[str, str]] = []

    def stage(self, file: Path, found: Sequence[LoadedStrategy]) -> None:
        self.staged.append((file.name, list(found)))

    def turn_down(self, file: Path, reason: str) -> None:
        self.turned.append((file.name, reason))

    def save(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[Heard]:
    heard = Heard(folder)
    takes = Takes(heard.stage, heard.turn_down, lambda: [walk(500)])
    watch = StrategyWatch(folder, lambda path: load_file(path, [BTC]).strategies, takes)
    async with anyio.create_task_group() as group:
        group.start_soon(watch.run)
        await anyio.sleep(0.3)
        yield heard
        group.cancel_scope.cancel()


async def until(found: list[Any]) -> None:
    with anyio.fail_after(15):
        while not found:  # noqa: ASYNC110 - another thread has nothing to set
            await anyio.sleep(0.02)


async def test_what_is_saved_is_staged(tmp_path: Path) -> None:
    async with watching(tmp_path) as heard:
        heard.save("good.py", GOOD.format(level=1))
        await until(heard.staged)
    [(name, [one])] = heard.staged
    assert (name, one.strategy.name, heard.turned) == ("good.py", "good", [])


@pytest.mark.parametrize(("text", "reason"), [("oops(", "is no Python"), (PEEKS, "looks ahead")])
async def test_what_cannot_run_is_turned_down_with_the_reason(text: str, reason: str, tmp_path: Path) -> None:
    async with watching(tmp_path) as heard:
        heard.save("bad.py", text)
        await until(heard.turned)
    [(name, said)] = heard.turned
    assert name == "bad.py"
    assert reason in said
    assert heard.staged == []


async def test_a_module_that_strategies_import_stages_them_all_again(tmp_path: Path) -> None:
    (tmp_path / "_level.py").write_text("LEVEL = 1\n")
    text = "from _level import LEVEL\n" + GOOD.replace("{level}", "LEVEL")
    (tmp_path / "good.py").write_text(text)
    async with watching(tmp_path) as heard:
        heard.save("_level.py", "LEVEL = 2\n")
        await until(heard.staged)
    (name, [one]) = heard.staged[0]
    assert name == "good.py"
    assert "2.0" in repr(one.strategy.long[0].when)


async def test_a_file_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(GOOD.format(level=1))
    async with watching(tmp_path) as heard:
        (tmp_path / "good.py").unlink()
        await until(heard.staged)
    assert heard.staged == [("good.py", [])]


async def test_what_is_no_python_file_is_nobodys_business(tmp_path: Path) -> None:
    async with watching(tmp_path) as heard:
        heard.save("notes.txt", "hello")
        heard.save("good.py", GOOD.format(level=1))
        await until(heard.staged)
    assert [name for name, _ in heard.staged] == ["good.py"]


async def test_a_folder_that_cannot_be_watched_ends_no_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard(tmp_path)
    takes = Takes(heard.stage, heard.turn_down, list)
    with anyio.fail_after(5):
        await StrategyWatch(tmp_path / "none", lambda _: (), takes).run()
    assert "strategies are not watched any more" in caplog.text


async def test_a_file_that_makes_its_reader_fail_is_turned_down(tmp_path: Path) -> None:
    def fails(_: Path) -> Sequence[LoadedStrategy]:
        raise RecursionError("too deep")

    heard = Heard(tmp_path)
    watch = StrategyWatch(tmp_path, fails, Takes(heard.stage, heard.turn_down, list))
    heard.save("deep.py", "x = 1")
    await watch._take(tmp_path / "deep.py")
    assert heard.turned == [("deep.py", "cannot be read: RecursionError: too deep")]
