"""Restarts within a budget; cancellation is no fault."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import anyio
import pytest

from barfinex.runtime.lifecycle import State
from barfinex.runtime.supervisor import HANDS, ModuleLost, RestartPolicy, single, supervise


class Fault(Exception):
    pass


class Log:
    """A watcher that remembers, and a module that fails a number of times before, or after, it is ready."""

    def __init__(self, faults: int, *, before_ready: bool = False, every_s: float = 0.0) -> None:
        self.faults, self.before_ready, self.every_s = faults, before_ready, every_s
        self.states: list[State] = []
        self.failures: list[tuple[str, int]] = []
        self.began: list[float] = []
        self.given: list[int] = []

    def failed(self, module: str, error: Exception, restarts: int) -> None:
        self.failures.append((type(error).__name__, restarts))

    def changed(self, module: str, state: State) -> None:
        self.states.append(state)

    async def run(self, restarts: int, ready: Callable[[], None]) -> None:
        self.began.append(anyio.current_time())
        self.given.append(restarts)
        if not self.before_ready:
            ready()
        if restarts < self.faults:
            await anyio.sleep(self.every_s)
            raise ExceptionGroup("task group", [Fault("broken")])
        if self.before_ready:
            ready()


def policy(restarts: int, window_s: float = 10.0, backoff_s: float = 0.0) -> RestartPolicy:
    return RestartPolicy(restarts, window_s, backoff_s)


async def test_a_module_that_ends_by_itself_is_stopped() -> None:
    log = Log(0)
    await supervise("m", HANDS, log.run, log)
    assert log.states == [State.RUNNING, State.STOPPED]


async def test_faults_within_the_budget_are_restarts() -> None:
    log = Log(3)
    await supervise("m", policy(3), log.run, log)
    assert log.given == [0, 1, 2, 3]
    assert log.failures == [("Fault", 1), ("Fault", 2), ("Fault", 3)]
    assert log.states == [State.RUNNING, *[State.RESTARTING, State.RUNNING] * 3, State.STOPPED]


async def test_one_fault_more_and_the_module_is_lost_with_its_reason() -> None:
    log = Log(4)
    with pytest.raises(ModuleLost, match="m: broken") as lost:
        await supervise("m", policy(3), log.run, log)
    assert isinstance(lost.value.error, Fault)
    assert log.states[-1] is State.STOOD_DOWN
    assert len(log.failures) == 4


async def test_the_inner_ring_is_never_restarted() -> None:
    log = Log(1)
    with pytest.raises(ModuleLost):
        await supervise("m", HANDS, log.run, log)
    assert log.given == [0]


async def test_faults_far_apart_do_not_spend_the_budget() -> None:
    log = Log(4, every_s=0.02)
    await supervise("m", policy(1, window_s=0.01), log.run, log)
    assert log.given == [0, 1, 2, 3, 4]


async def test_the_pause_doubles() -> None:
    log = Log(3)
    await supervise("m", policy(3, backoff_s=0.01), log.run, log)
    pauses = [later - earlier for earlier, later in pairwise(log.began)]
    assert all(pause >= least for pause, least in zip(pauses, [0.01, 0.02, 0.04], strict=True))


async def test_cancellation_passes_and_is_no_fault() -> None:
    log = Log(0)

    async def forever(restarts: int, ready: Callable[[], None]) -> None:
        ready()
        await anyio.sleep_forever()

    with anyio.move_on_after(0.01) as scope:
        await supervise("m", policy(3), forever, log)
    assert scope.cancelled_caught
    assert (log.failures, log.states) == ([], [State.RUNNING])


@pytest.mark.parametrize("before_ready", [True, False])
async def test_who_waits_for_the_start_is_told_once_even_when_it_takes_a_restart(before_ready: bool) -> None:
    log = Log(2, before_ready=before_ready)
    with anyio.fail_after(1):
        async with anyio.create_task_group() as group:
            await group.start(supervise, "m", policy(3), log.run, log)
    assert State.RUNNING in log.states


async def test_a_module_that_is_lost_before_it_is_ready_tells_who_waits() -> None:
    log = Log(9, before_ready=True)
    with pytest.raises(ExceptionGroup) as caught:
        async with anyio.create_task_group() as group:
            await group.start(supervise, "m", policy(1), log.run, log)
    assert isinstance(single(caught.value), ModuleLost)


def test_a_single_fault_is_unwrapped_and_several_are_not() -> None:
    fault = Fault()
    assert single(ExceptionGroup("a", [ExceptionGroup("b", [fault])])) is fault
    several = ExceptionGroup("a", [fault, Fault()])
    assert single(ExceptionGroup("b", [several])) is several
    assert single(fault) is fault
