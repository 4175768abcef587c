"""The watchdog: a process of its own that halts a run whose loop does not turn any more.

It hears a byte a beat through its standard input. Silence: it leaves a HALT file and signals the run. The end
of the input: the run is over, however it ended, and so is this. It touches no order: what protects a position
stays at the venue. Nothing of ours is imported, so that it starts at once and cannot share a fault.
"""

from __future__ import annotations

import os
import select
import signal
import sys


def watch(beats: int, halt_file: str, run: int, silence_s: float) -> None:
    """Until the pipe ends; `beats` is its descriptor, `run` the process that holds the other end."""
    tripped = False
    while True:  # bound: the end of the pipe, or of the process that started this one
        heard, _, _ = select.select([beats], [], [], silence_s)
        if heard:
            if not os.read(beats, 4096):
                return
            tripped = False
        elif os.getppid() != run:
            return
        elif not tripped:
            tripped = True
            trip(halt_file, run, f"watchdog: the run was silent for {silence_s:g} s")


def trip(halt_file: str, run: int, why: str) -> None:
    """Two ways, since one may fail: a file that is there already says enough."""
    try:
        handle = os.open(halt_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(why + "\n")
    except OSError:
        pass
    try:
        os.kill(run, signal.SIGUSR1)
    except OSError:
        pass


if __name__ == "__main__":
    watch(0, sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
