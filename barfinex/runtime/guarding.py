"""Keeps the watchdog process: starts it, beats, starts it again when it dies, and never leaves it behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL

import anyio
from anyio.abc import Process

from barfinex.config import GovernorConfig

SCRIPT = Path(__file__).with_name("watchdog.py")
STARTS_MAX = 4
END_S = 2.0


async def keep_watchdog(halt_file: Path, config: GovernorConfig, lost: Callable[[str], None]) -> None:
    """Beat until cancelled; `lost` is told when there is no watchdog any more."""
    for _ in range(STARTS_MAX):
        try:
            await _beat_one(halt_file, config)
        except OSError as error:
            lost(f"it cannot be started: {error}")
            return
    lost(f"it ended {STARTS_MAX} times")


async def _beat_one(halt_file: Path, config: GovernorConfig) -> None:
    """One process, until it ends. A session of its own: Ctrl-C is for the run, which may take its time."""
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    silence_s = config.watchdog_ms / 1_000
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(halt_file), str(os.getpid()), str(silence_s)]
    try:
        process = await anyio.open_process(
            command, stdin=reads, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
        )
    except BaseException:
        os.close(writes)
        raise
    finally:
        os.close(reads)
    try:
        while True:  # bound: the end of the process, or the task's cancellation
            if process.returncode is not None or not _beats(writes):
                return
            await anyio.sleep(config.heartbeat_ms / 1_000)
    finally:
        os.close(writes)
        await _end(process)


def _beats(pipe: int) -> bool:
    """Say that the loop turns; False when nobody listens. A full pipe has been told often enough."""
    try:
        os.write(pipe, b".")
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True


async def _end(process: Process) -> None:
    """The end of its input ends it; if not, it is killed."""
    with anyio.CancelScope(shield=True):
        with anyio.move_on_after(END_S):
            await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()
