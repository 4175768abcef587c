"""Leakage traps: each says whether the future stays out, with its guard and (`guarded` False) without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec.structs import replace

from barfinex.advisor.calibration.measures import slope_intercept
from barfinex.advisor.codes import Code
from barfinex.advisor.costs import Expense
from barfinex.advisor.features.candles import rows as feature_rows
from barfinex.advisor.features.sources import strategy
from barfinex.advisor.features.table import NAMES
from barfinex.advisor.features.vector import Features, Reading
from barfinex.advisor.learning.admission import Admission
from barfinex.advisor.learning.artefact import read, write
from barfinex.advisor.learning.gates import gates
from barfinex.advisor.learning.logistic import Logistic, out_of_fold, train
from barfinex.advisor.learning.newton import map_logistic, sigmoid
from barfinex.advisor.learning.rates import Rates
from barfinex.advisor.learning.scaling import Scaler
from barfinex.advisor.learning.splits import Split, kfold
from barfinex.advisor.llm.cache import Asked, cache_key
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.value import Counterfactual, counts
from barfinex.advisor.motion import motion_of
from barfinex.advisor.regimes.tracker import RegimeTracker
from barfinex.advisor.response import respond
from barfinex.advisor.stages.context import gather_context
from barfinex.advisor.trace import Decline
from barfinex.domain.candles import Floats, Provenance, Series
from barfinex.domain.errors import BadInput
from barfinex.domain.overfitting import daily_sharpe, deflated_sharpe
from barfinex.domain.signal import Direction
from barfinex.provider.store.rows import Rows
from tests.advisor.builders import NOW, case, facts
from tests.bench.advisor.b5_purge import by_rows, from_the_end
from tests.bench.advisor.b15_rollback import PASSED
from tests.bench.advisor.universe import LISTED, decided

MINUTE, DAY = 60_000, 86_400_000
KEY, REGIME = ("family", "strategy", "instrument"), {"any": 1.0}
COLUMNS = tuple(f"f{k}" for k in range(24))

Trap = Callable[[bool], bool]


def resolution_time(guarded: bool) -> bool:
    """1: nothing is learned of a signal before its horizon, however soon it ended."""
    queue, rates = Admission[bool](100), Rates()
    queue.expect("early loss", 0)
    queue.resolve("early loss", False)
    for won in [won for _, won in queue.admit(99)[0]] if guarded else [False]:
        rates.learn(KEY, REGIME, won)
    return rates.base(KEY, 0.5) == 0.5


def overlap(guarded: bool) -> bool:
    """2: no train label overlaps a test label, on either side."""
    t0, t1 = _spans()
    splits = kfold(t0, t1, 0) if guarded else from_the_end(t0, t1, 0)
    return not any(_meet(split, t0, t1, 0) for split in splits)


def embargo(guarded: bool) -> bool:
    """3: the embargo after a test is time, not rows."""
    t0, t1 = _spans()
    splits = kfold(t0, t1, 500) if guarded else by_rows(t0, t1, 500)
    return not any(_meet(split, t0, t1, 500) for split in splits)


def unfinished_candle(guarded: bool) -> bool:
    """4: a candle that has not closed is known as such, and quality declines it."""
    close = np.linspace(100.0, 101.0, 200)
    marks = np.zeros(200, dtype=np.uint8)
    marks[-1] = Provenance.PROVISIONAL if guarded else Provenance.FINAL
    found = motion_of(_series(close, marks).block(), 199 * MINUTE, 101.0)
    return found.final is False


def repaired_candle(guarded: bool) -> bool:
    """5: what a candle was corrected to later is not what it was then."""
    ts, known = np.array([0, 0]), np.array([MINUTE, 9 * MINUTE])
    close = np.array([100.0, 140.0])
    kept = Rows(ts, known, close, close, close, close, np.ones(2), np.zeros(2, dtype=np.uint8))
    return bool(kept.as_of(2 * MINUTE if guarded else None).close[0] == 100.0)


def scaler(guarded: bool) -> bool:
    """6: a test row's logit does not move with the other rows of its test: nothing was fitted on them."""
    table, won = _noise(400)
    other = table.copy()
    (inside, test), *_ = splits = list(kfold(*_minutes(400), 0))
    other[test[1:]] = other[test[1:]] * 50.0 + 10.0
    found = []
    for one in (table, other):
        model = train(COLUMNS, one, won, np.ones(400), 0.5)
        if guarded:
            found.append(out_of_fold(model, one, won, np.ones(400), 0.5, splits[:1])[test[0]])
        else:
            design = np.column_stack([Scaler.fit(COLUMNS, one).rows(one), np.ones(400)])
            fit = map_logistic(design[inside], won[inside], np.zeros(25), np.full(25, 16.0))
            found.append(design[test[0]] @ fit.coefficients)
    return abs(float(found[0] - found[1])) < 1e-6  # Newton's last step differs with where it began


def smoothed_regime(guarded: bool) -> bool:
    """7: the regime at a candle is the same whatever came after."""
    returns = np.random.default_rng(7).standard_t(5, 900) * 0.01
    returns[600:] *= 4.0
    close = 100.0 * np.exp(returns.cumsum())
    if not guarded:
        return bool(_smoothed(returns)[599] == _smoothed(returns[:600])[599])
    whole, prefix = RegimeTracker(), RegimeTracker()
    whole.advance(_series(close).block(0, 600))
    before = whole.state
    whole.advance(_series(close).block(600, 900))
    prefix.advance(_series(close[:600]).block())
    return prefix.state == before != whole.state


def in_sample_calibration(guarded: bool) -> bool:
    """8: where nothing can be learned, scores that calibrate are worth next to nothing."""
    table, won = _noise(400)
    model = train(COLUMNS, table, won, np.ones(400), 0.5)
    z = model.logits(table)
    if guarded:
        z = out_of_fold(model, table, won, np.ones(400), 0.5, kfold(*_minutes(400), 0))
    return bool(slope_intercept(sigmoid(z), won)[0] < 0.5)


def only_traded(guarded: bool) -> bool:
    """9: signals that were declined wait for their outcome like the others."""
    rng = np.random.default_rng(9)
    won = rng.random(2_000) < 0.4
    taken = rng.random(2_000) < np.where(won, 0.6, 0.3)
    queue, rates = Admission[bool](10), Rates()
    for at, (outcome, traded) in enumerate(zip(won.tolist(), taken.tolist(), strict=True)):
        if guarded or traded:
            queue.expect(f"{at:04d}", at)
            queue.resolve(f"{at:04d}", outcome)
    for _, outcome in queue.admit(3_000)[0]:
        rates.learn(KEY, REGIME, outcome)
    return abs(rates.base(KEY, 0.5) - float(won.mean())) < 0.02


def open_trades(guarded: bool) -> bool:
    """10: a decision on a record that knows the end of an open trade is declined, and taught by nothing."""
    ends = NOW + 4 * MINUTE
    return _kept_out(strategy(0.6, 0.0, 0, ends if guarded else NOW))


def future_label(guarded: bool) -> bool:
    """10, the canary: a feature that is the outcome to come is known only then, and kept out likewise."""
    return _kept_out(Reading({"ret_1": 1.0}, NOW + 4 * MINUTE if guarded else NOW))


def detector_score(guarded: bool) -> bool:
    """11: the score of the signal is no feature, and a model that wants one is not read."""
    raw = _artefact((*NAMES[:-1], "score"))
    told = _refused(lambda: Features.of(Direction.LONG, [Reading({"score": 0.9}, 0)]), ValueError)
    return told and _refused(lambda: read(raw, Logistic, NAMES if guarded else None), BadInput)


def uncounted_search(guarded: bool) -> bool:
    """12: the best of forty configurations without skill does not pass, once all forty are counted."""
    returns = np.random.default_rng(12).standard_normal((40, 300))
    ratios = np.array([daily_sharpe(one) or 0.0 for one in returns])
    best = int(ratios.argmax())
    counted = deflated_sharpe(returns[best], ratios if guarded else ratios[[best]])
    evidence = replace(PASSED, dsr=counted or 0.0)
    return not all(one.passes for one in gates(evidence))


def later_symbol(guarded: bool) -> bool:
    """13: a market that is listed later changes no decision from before it was."""
    return decided(None) == decided(LISTED if guarded else 0)


def cutoff(guarded: bool) -> bool:
    """14: a decision from before the model's knowledge ended does not speak for the model."""
    known_until = 100 * DAY
    record = Counterfactual("d", 90 * DAY, 0.5, 0.6, 0.0, 1.0)
    return not counts(record, known_until if guarded else 0)


def cached_answer(guarded: bool) -> bool:
    """15: the answer to one context is not the answer to another."""
    asked = Asked("p", "h", "m", "f", "{}")
    one, two = (Context("", "", text, {}) for text in ("{}", "{} " if guarded else "{}"))
    return cache_key(asked, one) != cache_key(asked, two)


def skew(guarded: bool) -> bool:
    """16: a model trained on the features in another order is not served."""
    raw = _artefact(NAMES[::-1])
    return _refused(lambda: read(raw, Logistic, NAMES if guarded else None), BadInput)


def shuffled(guarded: bool) -> bool:
    """The canary of the whole: outcomes drawn by lot are not foreseen, within two standard errors."""
    table, won = _noise(600)
    seen = np.column_stack([table[:, 1:], won + 0.1 * table[:, 0]]) if not guarded else table
    model = train(COLUMNS, seen, won, np.ones(600), 0.5)
    z = out_of_fold(model, seen, won, np.ones(600), 0.5, kfold(*_minutes(600), 0))
    gain = (won.mean() - won) ** 2 - (sigmoid(z) - won) ** 2
    return bool(gain.mean() <= 2.0 * gain.std() / np.sqrt(600))


def prefix(guarded: bool) -> bool:
    """The other: features at a moment are the same from the data up to it and from all data."""
    close = 100.0 * np.exp(np.random.default_rng(17).normal(0.0, 0.01, 700).cumsum())
    ends = np.arange(300, 500)
    if not guarded:
        rises = [np.append(np.diff(part), 0.0)[299:499] for part in (close, close[:499])]
        return bool((rises[0] == rises[1]).all())
    whole, part = feature_rows(_series(close), ends), feature_rows(_series(close[:499]), ends)
    return all(bool((a == b).all()) for a, b in zip(whole, part, strict=True))


TRAPS: tuple[Trap, ...] = (
    resolution_time,
    overlap,
    embargo,
    unfinished_candle,
    repaired_candle,
    scaler,
    smoothed_regime,
    in_sample_calibration,
    only_traded,
    open_trades,
    future_label,
    detector_score,
    uncounted_search,
    later_symbol,
    cutoff,
    cached_answer,
    skew,
    shuffled,
    prefix,
)


def _kept_out(told: Reading) -> bool:
    asked, known = case(), facts(features=Features.of(Direction.LONG, [told]))
    found = gather_context(asked, known, 1)
    codes = [one.code for one in found.objections] if isinstance(found, Decline) else []
    answer = respond(asked, known, None, None, Expense(0.0, 0.0), 240)
    return codes == [Code.CTX_FUTURE_TIMESTAMP] and not answer.features


def _spans() -> tuple[Any, Any]:
    rng = np.random.default_rng(2)
    t0 = np.sort(rng.integers(0, 10_000, 150))
    return t0, t0 + rng.geometric(1 / 150, 150)


def _meet(split: Split, t0: Any, t1: Any, embargo_ms: int) -> bool:
    inside, outside = split
    return bool(((t0[inside, None] <= t1[outside] + embargo_ms) & (t1[inside, None] >= t0[outside])).any())


def _minutes(count: int) -> tuple[Any, Any]:
    t0 = np.arange(count, dtype=np.int64) * MINUTE
    return t0, t0 + 5 * MINUTE


def _noise(count: int) -> tuple[Floats, Floats]:
    """Features and outcomes that have nothing to do with one another."""
    rng = np.random.default_rng(8)
    return rng.standard_normal((count, len(COLUMNS))), (rng.random(count) < 0.5).astype(np.float64)


def _series(close: Floats, marks: Any = None) -> Series:
    ts = np.arange(len(close), dtype=np.int64) * MINUTE
    columns = (close.copy(), close * 1.001, close * 0.999, close.copy(), np.ones(len(close)))
    return Series("BTC-USDT", "1m", ts, *columns, marks=marks)


def _smoothed(returns: Floats) -> Floats:
    """A volatility that looks both ways."""
    return np.convolve(np.abs(returns), np.ones(41) / 41, mode="same")


def _artefact(names: tuple[str, ...]) -> bytes:
    table, won = _noise(100)
    return write(train(names, table, won, np.ones(100), 0.5))


def _refused(action: Callable[[], object], fault: type[Exception]) -> bool:
    try:
        action()
    except fault:
        return True
    return False
