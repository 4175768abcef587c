"""Which model serves: fast gates on how it answers, then a slow race on what its answers are worth."""

from __future__ import annotations

import hashlib
from math import isfinite

from msgspec.structs import replace

from barfinex.advisor.learning.evalues import Band
from barfinex.domain.value import Value

CALLS_MIN = 100
VALID_MIN, HALLUCINATED_MAX = 0.98, 0.02
HALF_LIFE = 500
DWELL_MIN = 200
EXPLORED_SHARE = 0.10


class Call(Value, frozen=True):
    """How one call went; `cost` in USD."""

    valid: bool
    hallucinated: bool
    latency_ms: float
    cost: float


class Gates(Value, frozen=True):
    """What a route has to hold over its last 100 calls beside the fixed shares; `cost_max` is the mean's."""

    latency_ms_max: float
    cost_max: float


class Route(Value, frozen=True):
    """The last 100 calls, the gain in Brier score with its confidence sequence, and its discounted mean."""

    name: str
    calls: tuple[Call, ...] = ()
    gain: Band = Band(-1.0, 1.0)
    discounted: float = 0.0
    mass: float = 0.0

    @property
    def score(self) -> float:
        """The mean gain, of which half is of the last 500 labels."""
        return self.discounted / self.mass if self.mass > 0.0 else 0.0


class Race(Value, frozen=True):
    """All routes, the one that serves, its calls since it began to, and those that are out for good."""

    routes: tuple[Route, ...]
    serving: str
    dwell: int = 0
    out: tuple[str, ...] = ()


class Switched(Value, frozen=True):
    before: str
    after: str
    reason: str


class Pick(Value, frozen=True):
    """The route for one call; `explored` when chance chose it."""

    route: str
    explored: bool


def called(race: Race, name: str, call: Call) -> Race:
    """After a call: its record is kept, and the serving route's dwell grows."""
    routes = tuple(
        replace(one, calls=(*one.calls, call)[-CALLS_MIN:]) if one.name == name else one
        for one in race.routes
    )
    return replace(race, routes=routes, dwell=race.dwell + (name == race.serving))


def scored(race: Race, name: str, gain: float) -> Race:
    """After a label: what the route's forecast gained in Brier score on the one without it."""
    fade = 0.5 ** (1.0 / HALF_LIFE)
    routes = tuple(
        replace(
            one,
            gain=one.gain.after(gain),
            discounted=fade * one.discounted + gain,
            mass=fade * one.mass + 1.0,
        )
        if one.name == name
        else one
        for one in race.routes
    )
    return replace(race, routes=routes)


def failing(route: Route, gates: Gates) -> tuple[str, ...]:
    """The gates a route does not hold; before 100 calls none is known to hold."""
    calls = route.calls
    if len(calls) < CALLS_MIN:
        return ("calls",)
    latencies = sorted(one.latency_ms if isfinite(one.latency_ms) else float("inf") for one in calls)
    tests = {
        "valid": sum(one.valid for one in calls) >= VALID_MIN * len(calls),
        "hallucination": sum(one.hallucinated for one in calls) <= HALLUCINATED_MAX * len(calls),
        "latency": latencies[int(0.95 * len(calls)) - 1] <= gates.latency_ms_max,
        "cost": sum(one.cost for one in calls) <= gates.cost_max * len(calls),
    }
    return tuple(name for name, holds in tests.items() if not holds)


def decided(race: Race, gates: Gates) -> tuple[Race, Switched | None]:
    """Put out every route that is surely worse than another, and let the best of the rest serve.

    A change of score waits until the serving route has had 200 calls; failed gates and elimination do not.
    """
    fit = [one for one in race.routes if not failing(one, gates) and one.name not in race.out]
    bar = max((one.gain.interval[0] for one in fit), default=-1.0)
    beaten = tuple(one.name for one in fit if one.gain.interval[1] < bar)
    race = replace(race, out=(*race.out, *beaten))
    able = [one for one in fit if one.name not in beaten]
    best = max(able, key=lambda one: (one.score, one.name == race.serving), default=None)
    if best is None or best.name == race.serving:
        return race, None
    serving = next(one for one in race.routes if one.name == race.serving)
    broken = set(failing(serving, gates)) - {"calls"} or race.serving in race.out
    if not broken and race.dwell < DWELL_MIN:
        return race, None
    switched = Switched(race.serving, best.name, "gates" if broken else "score")
    return replace(race, serving=best.name, dwell=0), switched


def pick(race: Race, decision_id: str, seed: int, *, shadow: bool) -> Pick:
    """The serving route; in SHADOW one call in ten goes to another that is still in, drawn by hash."""
    drawn = hashlib.sha256(f"{seed} {decision_id}".encode()).digest()
    others = [one.name for one in race.routes if one.name != race.serving and one.name not in race.out]
    if not shadow or not others or int.from_bytes(drawn[:8]) >= EXPLORED_SHARE * 2**64:
        return Pick(race.serving, False)
    return Pick(others[int.from_bytes(drawn[8:16]) % len(others)], True)
