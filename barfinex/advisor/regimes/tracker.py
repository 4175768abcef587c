"""The regime of one instrument and timeframe, filtered forward candle by candle, whatever the blocks."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from barfinex.advisor.learning.mixture import Fitted, fit_mixture
from barfinex.advisor.regimes.course import Rotation, Stretch, follow, fresh
from barfinex.advisor.regimes.mixture import Mixture, Reader
from barfinex.advisor.regimes.states import STATES, State
from barfinex.domain.candles import Candles, Floats
from barfinex.domain.value import Value

COLD = 500
"""Candles before the first mixture."""
REFIT_EVERY = 1_440
"""Candles between two fits: a day of minutes."""

Trainer = Callable[[Floats, int, Mixture | None], Fitted | None]


class Standing(Value, frozen=True):
    """The regime after the last candle: the `label` held and its `age` in candles; the candle's `own` state,
    which the label may yet follow; the `posterior` over TREND_UP, TREND_DOWN, RANGE, BREAKOUT and STRESS,
    which adds up to 1; whether a change is hinted at; and the mixture that says so, empty while there is
    none."""

    label: State
    own: State
    posterior: tuple[float, ...]
    age: int
    change_hint: bool
    model_id: str


class RegimeTracker:
    """Folds the candles of one series; what it then says rests on them alone.

    After `COLD` candles, and every `refit_every` from then on, a mixture is fitted between two candles:
    always after the same ones, wherever a block ends. Candles that were shown by `peek` are followed once,
    and then taken in one after the other without another look.
    """

    def __init__(self, seed: int = 0, refit_every: int = REFIT_EVERY, trainer: Trainer = fit_mixture) -> None:
        if not refit_every >= 1:
            raise ValueError(
                f"refit_every {refit_every} is below 1 candle: give the candles between two fits"
            )
        self._seed, self._every, self._trainer = seed, refit_every, trainer
        self._course = fresh()
        self._ahead: Stretch | None = None
        self._taken = 0
        self._reader: Reader | None = None
        self._due_at = COLD
        self._said_by = ""
        self.fitted: Fitted | None = None

    @property
    def state(self) -> Standing:
        course, ahead, taken = self._course, self._ahead, self._taken
        if ahead is None or not taken:
            label, age, own = course.held.label, course.held.age, course.own
            posterior, hint = course.posterior, course.hint
        else:
            turned = [one.index for one in ahead.rotations if one.index < taken]
            age = taken - turned[-1] if turned else course.held.age + taken
            label, own = ahead.labels.item(taken - 1), ahead.own.item(taken - 1)
            posterior = ahead.posterior[:, taken - 1]
            hint = bool(ahead.hinted[taken - 1])
        shares = tuple(posterior.tolist())
        return Standing(STATES[label], STATES[own], shares, age, hint, self._said_by)

    @property
    def due(self) -> int:
        """How many candles there are until the next fit, at least 1."""
        return self._due_at - self._course.seen - self._taken

    def advance(self, candles: Candles) -> list[Rotation]:
        """Take closed candles in, fit where it is due, and tell every change of the label."""
        found: list[Rotation] = []
        series, start = candles.series, candles.start
        while start < candles.stop:
            part = Candles(series, start, min(candles.stop, start + self.due))
            taken, rotations = self._take(part)
            skipped = start - candles.start
            found += [_later(one, skipped) for one in rotations]
            start += taken
            if self.due == 0:
                self.refit()
        return found

    def refit(self) -> Fitted | None:
        """Fit a mixture on the rows kept and serve it from the next candle on; the next fit is due in
        `refit_every` candles. None: the rows are too few or all alike, and what served goes on."""
        self._come_down()
        before = None if self._reader is None else self._reader.mixture
        fitted = self._trainer(self._course.sample.T, self._seed, before)
        self._due_at = self._course.seen + self._every
        if fitted is not None:
            self.fitted, self._reader = fitted, Reader(fitted.mixture)
        return fitted

    def peek(self, candles: Candles) -> int:
        """How many of the coming candles may be taken in at once: up to the first that changes the label, or
        after which a fit is due, at least 1. What it says of a candle rests on none after it; it follows the
        series as far as the next fit, and remembers what it found."""
        ahead = self._ahead
        if ahead is None or not self._goes_on(ahead, candles):
            self._come_down()
            stop = min(len(candles.series.ts), candles.start + self.due)
            coming = Candles(candles.series, candles.start, stop)
            ahead = self._ahead = follow(self._course, self._reader, coming)
        turn = next((one.index for one in ahead.rotations if one.index >= self._taken), None)
        end = len(ahead.candles) if turn is None else turn + 1
        return min(end - self._taken, len(candles))

    def _take(self, part: Candles) -> tuple[int, list[Rotation]]:
        """Candles until the next fit: how many were taken, and the changes among them, counted from the
        first."""
        self._said_by = "" if self._reader is None else self._reader.model_id
        ahead = self._ahead
        if ahead is None or not self._goes_on(ahead, part):
            self._come_down()
            stretch = follow(self._course, self._reader, part)
            self._course = stretch.after
            return len(part), stretch.rotations
        first = self._taken
        self._taken = last = min(len(ahead.candles), first + len(part))
        found = [_later(one, -first) for one in ahead.rotations if first <= one.index < last]
        if last == len(ahead.candles):
            self._course, self._ahead, self._taken = ahead.after, None, 0
        return last - first, found

    def _goes_on(self, ahead: Stretch, candles: Candles) -> bool:
        """Whether `candles` begin where the taken ones of `ahead` end."""
        place = ahead.candles.start + self._taken
        return candles.series is ahead.candles.series and candles.start == place < ahead.candles.stop

    def _come_down(self) -> None:
        """Stand after the last candle that was taken, and forget what was seen beyond it."""
        if self._ahead is not None and self._taken:
            taken = self._ahead.candles.head(self._taken)
            self._course = follow(self._course, self._reader, taken).after
        self._ahead, self._taken = None, 0


def _later(one: Rotation, candles: int) -> Rotation:
    return replace(one, index=one.index + candles) if candles else one
