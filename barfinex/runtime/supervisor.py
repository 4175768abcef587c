"""Keeps modules running within a budget of restarts; what a spent one means depends on the module's ring."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import anyio
from anyio.abc import TaskStatus

from barfinex.runtime.lifecycle import State, Step, after


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """At most `restarts_max` restarts within `window_s` seconds; the pause doubles from `backoff_s`."""

    restarts_max: int
    window_s: float = 600.0
    backoff_s: float = 0.1


HANDS = RestartPolicy(0)
BRAIN = RestartPolicy(3)


class ModuleLost(Exception):
    """A module of the inner ring failed, or one of the outer has spent its budget."""

    def __init__(self, module: str, error: Exception) -> None:
        super().__init__(f"{module}: {error}")
        self.module = module
        self.error = error


class Watcher(Protocol):
    """Is told what becomes of a module."""

    def failed(self, module: str, error: Exception, restarts: int) -> None: ...

    def changed(self, module: str, state: State) -> None: ...


def single(error: Exception) -> Exception:
    """The fault inside a task group's wrapping, when there is just one."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


async def supervise(
    name: str,
    policy: RestartPolicy,
    run: Callable[[int, Callable[[], None]], Awaitable[None]],
    watcher: Watcher,
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Run a module until it ends; only `Exception` is a fault, cancellation passes.

    `run` is given how often the module was restarted and a function to call when it is ready.

    Raises:
        ModuleLost: the budget is spent.
    """
    state, restarts, is_started = State.STARTING, 0, False
    recent: deque[float] = deque(maxlen=policy.restarts_max + 1)

    def move(step: Step) -> None:
        nonlocal state
        state = after(state, step)
        watcher.changed(name, state)

    def ready() -> None:
        nonlocal is_started
        move(Step.READY)
        if not is_started:  # Perhaps only after a restart.
            is_started = True
            task_status.started()

    while True:  # bound: the restart policy
        try:
            await run(restarts, ready)
        except Exception as wrapped:
            error = single(wrapped)
            move(Step.FAULT)
            restarts += 1
            recent.append(anyio.current_time())
            watcher.failed(name, error, restarts)
            if len(recent) > policy.restarts_max and recent[-1] - recent[0] <= policy.window_s:
                move(Step.BUDGET_SPENT)
                raise ModuleLost(name, error) from error
            await anyio.sleep(policy.backoff_s * 2 ** (len(recent) - 1))
        else:
            move(Step.STOP)
            return
