"""`python -m tests.sabotage [WORD...]`: break each control in turn and run the tests that must notice.

Prints one line a control, and exits 1 when a sabotage was missed, or when the tests fail without one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, redirect_stderr, redirect_stdout
from functools import partial
from io import StringIO

import pytest

from tests.sabotage.controls import CONTROLS, sabotaged

QUIET = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--timeout", "60", "--no-header")
BROKEN = 99
NOT_RUN = (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED)


def is_green(
    tests: tuple[str, ...], sabotage: Callable[[], AbstractContextManager[None]] = nullcontext
) -> bool:
    """Run them in a process of their own: a sabotaged test leaves things behind."""
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == BROKEN:
            raise RuntimeError(f"the sabotage itself, or one of {tests}, is not there")
        return code == 0
    code = BROKEN
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()), sabotage():
            code = pytest.ExitCode.TESTS_FAILED
            code = pytest.main([*QUIET, *tests])
            code = (
                BROKEN if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED) else code
            )
    finally:
        os._exit(code)


def main(words: list[str]) -> int:
    chosen = [one for one in CONTROLS if not words or any(word in one.name for word in words)]
    missed = [] if is_green(tuple(dict.fromkeys(t for one in chosen for t in one.tests))) else ["nothing"]
    for control in chosen:
        caught = not is_green(control.tests, partial(sabotaged, control))
        print(f"{'caught' if caught else 'MISSED':<8}{control.name}", flush=True)
        missed += [] if caught else [control.name]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} caught")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
