"""One stretch of candles under one model: from where things stand to where they then stand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from barfinex.advisor.regimes import change, inputs, rules
from barfinex.advisor.regimes.change import Bets, hints
from barfinex.advisor.regimes.dwell import Dwells
from barfinex.advisor.regimes.hysteresis import Held, certain, settle, turns
from barfinex.advisor.regimes.inputs import SURPRISE, TREND, VOL, Carried, measure
from barfinex.advisor.regimes.mixture import Reader
from barfinex.advisor.regimes.states import STATES, UNKNOWN, Flags, State
from barfinex.domain.candles import Candles, Floats, Ints
from barfinex.domain.value import Value

SAMPLE_MAX, SAMPLE_EVERY = 1_500, 4
"""Rows kept for training, and the candles from one to the next: neighbours tell the same twice."""


class Rotation(Value, frozen=True):
    """At candle `index` of its block, which closed at `known_at` (ms UTC), the state `before` gave way to
    `after` with that `posterior`; it had lasted `dwell` candles, and `expected` is what `after` may last."""

    index: int
    known_at: int
    before: State
    after: State
    posterior: float
    dwell: int
    expected: float


class Course(NamedTuple):
    """Where a tracker stands after `seen` candles.

    `recent` [2, m] are volatility and |trend| of the latest candles, which the rules rank against; `sample`
    [2, m] is every fourth of them, which a mixture is trained on; `own` (its state before hysteresis),
    `posterior` [5] and `hint` are the last candle's.
    """

    seen: int
    inputs: Carried
    bets: Bets
    held: Held
    dwells: Dwells
    recent: Floats
    sample: Floats
    own: int
    posterior: Floats
    hint: bool


def fresh() -> Course:
    """Before the first candle."""
    return Course(
        seen=0,
        inputs=inputs.fresh(),
        bets=change.fresh(),
        held=Held(),
        dwells=Dwells(),
        recent=np.empty((2, 0)),
        sample=np.empty((2, 0)),
        own=UNKNOWN,
        posterior=np.full(len(STATES) - 1, 1.0 / (len(STATES) - 1)),
        hint=False,
    )


class Stretch(NamedTuple):
    """What the candles came to: every change of the label, the label and the `posterior` [5] of each candle
    and whether a change is hinted at, [n], and where things stand `after` them."""

    candles: Candles
    rotations: list[Rotation]
    labels: Ints
    own: Ints
    posterior: Floats
    hinted: Flags
    after: Course


def follow(course: Course, reader: Reader | None, candles: Candles) -> Stretch:
    """Take the candles in, under the mixture of `reader` or, without one, the rules of a cold start."""
    table, carried = measure(course.inputs, candles.close)
    hinted, bets = hints(course.bets, table[SURPRISE])
    vol, trend = table[VOL], table[TREND]
    warm = max(0, inputs.WARM - course.seen)
    table[:, :warm] = np.nan
    if reader is None:
        seen, posterior = rules.judge(course.recent, vol, trend)
    else:
        seen, posterior = reader.read(vol, trend)
    labels, held = settle(course.held, seen, certain(posterior, seen), hinted)
    rotations, dwells = _rotations(course, candles, labels, posterior)
    rows = np.stack((vol[warm:], np.abs(trend[warm:])))
    every = _thinned(course.seen + warm, rows.shape[1])
    after = Course(
        seen=course.seen + len(candles),
        inputs=carried,
        bets=bets,
        held=held,
        dwells=dwells,
        recent=_kept(course.recent, rows, rules.TRAILING),
        sample=_kept(course.sample, rows[:, every], SAMPLE_MAX),
        own=seen.item(-1),
        posterior=posterior[:, -1].copy(),
        hint=bool(hinted[-1]),
    )
    return Stretch(candles, rotations, labels, seen, posterior, hinted, after)


def _rotations(
    course: Course, candles: Candles, labels: Ints, posterior: Floats
) -> tuple[list[Rotation], Dwells]:
    before, dwells, found = course.held.label, course.dwells, list[Rotation]()
    begun = -course.held.age
    for index in turns(before, labels).tolist():
        label = labels.item(index)
        dwells = dwells.ended(before, index - begun)
        known_at = candles.ts.item(index) + candles.series.step_ms
        trust = posterior.item(label, index) if label < len(posterior) else 0.0
        found.append(
            Rotation(
                index=index,
                known_at=known_at,
                before=STATES[before],
                after=STATES[label],
                posterior=trust,
                dwell=index - begun,
                expected=dwells.expected(label),
            )
        )
        before, begun = label, index
    return found, dwells


def _thinned(first: int, count: int) -> Ints:
    """Which of `count` candles, the first of them number `first`, are of those that are sampled."""
    return np.arange(-first % SAMPLE_EVERY, count, SAMPLE_EVERY)


def _kept(held: Floats, more: Floats, most: int) -> Floats:
    """The last `most` columns of both."""
    return np.concatenate((held, more), axis=1)[:, -most:] if more.shape[1] else held
