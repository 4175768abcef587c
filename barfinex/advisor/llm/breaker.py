"""A route that fails is left alone for a while, then tried with one call."""

from __future__ import annotations

from math import isfinite

from msgspec.structs import replace

from barfinex.domain.value import Value

FAILURES_RUN = 5
RECENT, FAILURES_MAX = 20, 6
SLOW_MAX = 1
"""Of the last 20 calls: with two beyond the budget, the 95th percentile is."""
FAULTS_RECENT, FAULTS_MAX = 50, 5
COOLDOWN_MS, COOLDOWN_MAX_MS = 60_000, 900_000


class Breaker(Value, frozen=True):
    """The state of one route; open while `open_until` is set, and `probe_at` is when its one probe began.

    `failed`, `slow` and `faults` are windows on the last calls, the latest at the end.
    """

    latency_ms_max: float
    failed: tuple[bool, ...] = ()
    slow: tuple[bool, ...] = ()
    faults: tuple[bool, ...] = ()
    open_until: int | None = None
    probe_at: int | None = None
    cooldown_ms: int = COOLDOWN_MS
    opened_at: int = 0


class Turn(Value, frozen=True):
    """A circuit that opened, with its `cause`, or closed again (no cause), after `downtime_ms`."""

    cause: str | None
    cooldown_ms: int = 0
    downtime_ms: int = 0


def admitted(breaker: Breaker, now: int) -> tuple[Breaker, bool]:
    """Whether a call may go out at `now` (ms); once the time is over, one goes out as the probe.

    A probe that does not come back within the cooldown gives way to another.
    """
    if breaker.open_until is None:
        return breaker, True
    waits = breaker.probe_at is not None and now < breaker.probe_at + breaker.cooldown_ms
    if now < breaker.open_until or waits:
        return breaker, False
    return replace(breaker, probe_at=now), True


def recorded(
    breaker: Breaker, now: int, *, failed: bool, latency_ms: float, hallucinated: bool = False
) -> tuple[Breaker, Turn | None]:
    """After a call: opens on five failures in a row, more than 30 % of 20, a p95 over the budget, or more
    than 10 % hallucinations of 50; a good probe closes, a bad one doubles the wait, to 15 min."""
    slow = not (isfinite(latency_ms) and latency_ms <= breaker.latency_ms_max)
    if breaker.open_until is not None:
        if breaker.probe_at is None:
            return breaker, None
        return _probed(breaker, now, bad=failed or slow or hallucinated)
    breaker = replace(
        breaker,
        failed=(*breaker.failed, failed)[-RECENT:],
        slow=(*breaker.slow, slow)[-RECENT:],
        faults=(*breaker.faults, hallucinated)[-FAULTS_RECENT:],
    )
    cause = _cause(breaker)
    return (breaker, None) if cause is None else _opened(breaker, now, cause, COOLDOWN_MS)


def _cause(breaker: Breaker) -> str | None:
    run = breaker.failed[-FAILURES_RUN:]
    if len(run) == FAILURES_RUN and all(run):
        return "consecutive failures"
    if sum(breaker.failed) > FAILURES_MAX:
        return "failure rate"
    if sum(breaker.slow) > SLOW_MAX and len(breaker.slow) == RECENT:
        return "latency"
    return "hallucination rate" if sum(breaker.faults) > FAULTS_MAX else None


def _opened(breaker: Breaker, now: int, cause: str, cooldown_ms: int) -> tuple[Breaker, Turn]:
    return (
        replace(breaker, open_until=now + cooldown_ms, probe_at=None, cooldown_ms=cooldown_ms, opened_at=now),
        Turn(cause, cooldown_ms),
    )


def _probed(breaker: Breaker, now: int, *, bad: bool) -> tuple[Breaker, Turn]:
    if bad:
        longer = min(COOLDOWN_MAX_MS, 2 * breaker.cooldown_ms)
        opened, turn = _opened(breaker, now, "probe failed", longer)
        return replace(opened, opened_at=breaker.opened_at), turn
    return Breaker(breaker.latency_ms_max), Turn(None, downtime_ms=now - breaker.opened_at)
