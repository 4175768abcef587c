"""The watchdog as a process: it trips on silence, forgives none, and is never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import anyio
import pytest

from barfinex.config import GovernorConfig
from barfinex.runtime.guarding import SCRIPT, keep_watchdog
from tests.cli.test_run import HOLDS, Run, strategies

PATIENCE_S = 10.0
RUN = f"""
import os, signal, subprocess, sys, time
heard = []
signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
reads, writes = os.pipe()
words = [sys.executable, "-I", "-S", {str(SCRIPT)!r}, sys.argv[1], str(os.getpid()), "0.3"]
dog = subprocess.Popen(words, stdin=reads)
os.close(reads)
print(dog.pid, flush=True)
for line in sys.stdin:
    if line == "beat\\n":
        os.write(writes, b".")
    print(len(heard), flush=True)
"""


@contextmanager
def running(halt: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that has a watchdog with a patience of 0.3 s; and the watchdog's id."""
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(halt)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    dog = int(run.stdout.readline())
    try:
        yield run, dog
    finally:
        run.kill()
        run.communicate()
        wait_for(lambda: not is_alive(dog))


def ask(run: subprocess.Popen[str], word: str) -> int:
    """How many signals the run has heard."""
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdin.write(word + "\n")
    run.stdin.flush()
    return int(run.stdout.readline())


def is_alive(pid: int) -> bool:
    """A process that has ended and that nobody has asked about is not alive."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(come: object) -> None:
    began = time.monotonic()
    while not come():  # type: ignore[operator]
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(0.02)


def test_silence_leaves_the_file_and_a_signal_once_and_beats_arm_it_again(tmp_path: Path) -> None:
    halt = tmp_path / "HALT"
    with running(halt) as (run, dog):
        for _ in range(4):
            assert ask(run, "beat") == 0
            time.sleep(0.1)
        wait_for(halt.exists)
        assert halt.read_text() == "watchdog: the run was silent for 0.3 s\n"
        wait_for(lambda: ask(run, "count") == 1)
        time.sleep(0.5)
        assert ask(run, "count") == 1
        halt.write_text("mine\n")
        ask(run, "beat")
        wait_for(lambda: ask(run, "count") == 2)
        assert halt.read_text() == "mine\n", "what a person wrote stays"
        assert is_alive(dog)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_run_and_halts_nothing(tmp_path: Path, number: int) -> None:
    with running(tmp_path / "HALT") as (run, dog):
        run.send_signal(number)
        wait_for(lambda: not is_alive(dog))
    assert not (tmp_path / "HALT").exists()


async def test_one_that_dies_is_started_again_but_not_for_ever(tmp_path: Path) -> None:
    """I10: the end of its budget is told."""
    told: list[str] = []
    config = GovernorConfig(heartbeat_ms=10)
    seen: set[int] = set()

    async def kill() -> None:
        while len(seen) < 4:
            for pid in children() - seen:
                seen.add(pid)
                os.kill(pid, signal.SIGKILL)
            await anyio.sleep(0.01)

    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as group:
            group.start_soon(kill)
            await keep_watchdog(tmp_path / "HALT", config, told.append)
    assert told == ["it ended 4 times"]


async def test_the_end_of_the_work_is_the_end_of_the_process(tmp_path: Path) -> None:
    config = GovernorConfig(heartbeat_ms=10)
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as group:
            group.start_soon(partial(keep_watchdog, tmp_path / "HALT", config, lambda _why: None))
            for _ in range(500):
                await anyio.sleep(0.01)
                if children():
                    break
            group.cancel_scope.cancel()
    assert children() == set()


def children() -> set[int]:
    """Our own processes that run the script."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        if str(SCRIPT).encode() in words and parent == os.getpid():
            found.add(int(entry.name))
    return found


def test_a_run_that_was_stopped_is_halted_when_it_wakes(tmp_path: Path) -> None:
    """I13: the file and the signal wait for it; the next start is halted too."""
    patience = {"watchdog_ms": 1_000, "heartbeat_ms": 100, "lag_ms_max": 600}
    run = Run(tmp_path, governor=patience, **strategies(tmp_path / "own", holds=HOLDS))
    process = run.start("--quiet")
    run.wait_for("inspector.intent_approved", process)
    process.send_signal(signal.SIGSTOP)
    wait_for((tmp_path / "HALT").exists)
    process.send_signal(signal.SIGCONT)
    run.wait_for("inspector.trading_halted", process)
    run.wait_for("inspector.trading_reduced", process)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_S)
    late = (
        "select min(seq) as seq from events where type in ('kernel.loop_lagged', 'inspector.trading_halted')"
    )
    entries = "select count(*) as n from events where type = 'inspector.intent_approved' and seq > {}"
    (first,) = run.ask(late)
    assert run.ask(entries.format(first["seq"] + 1)) == [{"n": 0}]
    ways = run.ask("select distinct json_extract(body, '$.way') as way from events where type like '%halted'")
    assert {row["way"] for row in ways} & {"file", "signal"}
