"""How much a review may move: nothing, a veto, or a little both ways, as it has earned (I14)."""

from __future__ import annotations

from math import isfinite

import numpy as np
from msgspec.structs import replace

from barfinex.advisor.calibration.calibrator import P_MAX, P_MIN
from barfinex.advisor.learning.evalues import Band, Wager
from barfinex.advisor.learning.newton import map_logistic
from barfinex.advisor.odds import logit, probability
from barfinex.domain.value import Value, Word

TILT_LOGIT, DELTA_MAX = 0.10, 0.25
VETOES_WINDOW, VETO_SHARE_MAX = 50, 0.25
FAULTS_WINDOW, FAULT_SHARE_MAX = 200, 0.02
E_ENOUGH = 20.0
LABELS_MAX, REFIT_EVERY = 2000, 50
GAMMA_PRIOR_SD, OFFSET_PRECISION = 0.25, 1e8
R_LOW, R_HIGH = -2.0, 6.0
"""Net R beyond these counts as these: a gap through the stop is rare, a target beyond six rarer."""


class Mode(Word):
    """OFF: not asked. SHADOW: asked, written down, without effect. VETO: may decline and lower. TILT: may
    raise, too, within a bound."""

    OFF = "OFF"
    SHADOW = "SHADOW"
    VETO = "VETO"
    TILT = "TILT"


def delta_logit(tilt: int, mode: Mode, gamma: float) -> float:
    """clip(gamma x 0.10 x tilt, +-0.25) in TILT, what is below zero of it in VETO, else 0 (advisor.md 5.1).

    Raises:
        ValueError: gamma is not in [0, 1].
    """
    if not 0.0 <= gamma <= 1.0:
        raise ValueError(f"gamma {gamma} is not in [0, 1]: take it from Influence.gamma")
    moved = min(DELTA_MAX, max(-DELTA_MAX, gamma * TILT_LOGIT * tilt))
    if mode is Mode.TILT:
        return moved
    return min(0.0, moved) if mode is Mode.VETO else 0.0


def moved(p: float, delta: float) -> float:
    """A probability after a move by so many logits; never certain."""
    return p if delta == 0.0 else min(P_MAX, max(P_MIN, probability(logit(p) + delta)))


class ShadowLabel(Value, frozen=True):
    """One admitted label: the probability without the review, with its full tilt, and what came of it.

    `net_r` in multiples of the risk. The evidence is exact for labels that do not overlap; where
    many do, feed one in as many.

    Raises:
        ValueError: a probability is not inside (0, 1), or net_r is not finite.
    """

    p_no_llm: float
    p_llm: float
    tilt: int
    vetoed: bool
    won: bool
    net_r: float

    def __post_init__(self) -> None:
        if not (0.0 < self.p_no_llm < 1.0 and 0.0 < self.p_llm < 1.0):
            raise ValueError(f"probabilities {self.p_no_llm}, {self.p_llm} are not inside (0, 1)")
        if not isfinite(self.net_r):
            raise ValueError(f"net_r {self.net_r} is not finite: a label without an outcome is none")


class Influence(Value, frozen=True):
    """The state of one model's influence; what `reviewed`, `learned` and `overridden` return replaces it.

    `vetoes` of the last 50 reviews and `faults` of the last 200; `favour` and `harm` are the evidence that
    the full tilt helps and hurts; `vetoed_r` is the net R of signals it would have vetoed; `labels` are the
    last 2,000, as (logit, tilt, won).
    """

    mode: Mode = Mode.SHADOW
    gamma: float = 0.0
    vetoes: tuple[bool, ...] = ()
    faults: tuple[bool, ...] = ()
    favour: Wager = Wager()
    harm: Wager = Wager()
    vetoed_r: Band = Band(R_LOW, R_HIGH)
    labels: tuple[tuple[float, int, bool], ...] = ()
    learned: int = 0

    @property
    def veto_share(self) -> float:
        return sum(self.vetoes) / VETOES_WINDOW

    @property
    def fault_share(self) -> float:
        return sum(self.faults) / FAULTS_WINDOW

    @property
    def behaves(self) -> bool:
        """Whether it is known to veto and to hallucinate no more than it may: both windows are full."""
        known = len(self.vetoes) == VETOES_WINDOW and len(self.faults) == FAULTS_WINDOW
        return known and self.veto_share <= VETO_SHARE_MAX and self.fault_share <= FAULT_SHARE_MAX


class Change(Value, frozen=True):
    """A move from one mode to another, and the figure that made it."""

    before: Mode
    after: Mode
    reason: str
    evidence: float


Step = tuple[Influence, Change | None]


def reviewed(state: Influence, *, vetoed: bool, hallucinated: bool) -> Step:
    """After a review: too many vetoes of 50 or hallucinations of 200 end all influence."""
    vetoes = (*state.vetoes, vetoed)[-VETOES_WINDOW:]
    faults = (*state.faults, hallucinated)[-FAULTS_WINDOW:]
    state = replace(state, vetoes=vetoes, faults=faults)
    if state.mode not in {Mode.VETO, Mode.TILT}:
        return state, None
    if not state.veto_share <= VETO_SHARE_MAX:
        return _moved(state, Mode.SHADOW, "veto rate", state.veto_share)
    if not state.fault_share <= FAULT_SHARE_MAX:
        return _moved(state, Mode.SHADOW, "hallucination rate", state.fault_share)
    return state, None


def learned(state: Influence, label: ShadowLabel) -> Step:
    """After an admitted label: refit gamma every 50, then see whether the evidence moves the mode.

    SHADOW to VETO when the mean net R of would-be vetoes is surely below zero; VETO to TILT at e >= 20 on
    the Brier gain; either only while it behaves. Down, to SHADOW and from there to OFF, at e >= 20 against.
    """
    plain, tilted = label.p_no_llm, label.p_llm
    vetoed_r = state.vetoed_r.after(label.net_r) if label.vetoed else state.vetoed_r
    labels = (*state.labels, (logit(plain), label.tilt, label.won))[-LABELS_MAX:]
    count = state.learned + 1
    gamma = fit_gamma(labels) if count % REFIT_EVERY == 0 else state.gamma
    state = replace(
        state,
        gamma=gamma,
        favour=state.favour.after(tilted, plain, label.won),
        harm=state.harm.after(plain, tilted, label.won),
        vetoed_r=vetoed_r,
        labels=labels,
        learned=count,
    )
    return _weighed(state)


def _weighed(state: Influence) -> Step:
    """What the evidence has come to: harm is looked at first."""
    favour, harm, vetoed_high = state.favour.value, state.harm.value, state.vetoed_r.interval[1]
    if state.mode is Mode.OFF:
        return state, None
    if harm >= E_ENOUGH:
        down = Mode.OFF if state.mode is Mode.SHADOW else Mode.SHADOW
        return _moved(state, down, "e against", harm)
    if not state.behaves:
        return state, None
    if state.mode is Mode.VETO and favour >= E_ENOUGH:
        return _moved(state, Mode.TILT, "e for", favour)
    if state.mode is Mode.SHADOW and vetoed_high < 0.0:
        return _moved(state, Mode.VETO, "vetoed net R", vetoed_high)
    return state, None


def overridden(state: Influence, mode: Mode) -> Step:
    """A person's word: any way down, OFF to SHADOW, and SHADOW to VETO; TILT has to be earned.

    Raises:
        ValueError: it would raise the mode to TILT, or past SHADOW from OFF.
    """
    order = list(Mode)
    up = order.index(mode) - order.index(state.mode)
    if up > 1 or (up == 1 and mode is Mode.TILT):
        raise ValueError(f"{state.mode} cannot be set to {mode}: go one step, and let TILT be earned")
    return _moved(state, mode, "override", 0.0) if up else (state, None)


def fit_gamma(labels: tuple[tuple[float, int, bool], ...]) -> float:
    """The tilt's coefficient: MAP with prior N(0, 0.25^2), the calibrated logit as it is; cut to [0, 1]."""
    if not labels:
        return 0.0
    offset, tilt, won = (np.array(column, dtype=np.float64) for column in zip(*labels, strict=True))
    # A prior as narrow as this holds the logit's own coefficient at one.
    fit = map_logistic(
        np.column_stack([TILT_LOGIT * tilt, offset]),
        won,
        np.array([0.0, 1.0]),
        np.array([GAMMA_PRIOR_SD**-2, OFFSET_PRECISION]),
    )
    return float(min(1.0, max(0.0, fit.coefficients[0])))


def _moved(state: Influence, mode: Mode, reason: str, evidence: float) -> Step:
    """On the way down all evidence is gathered anew; on the way up it is kept, as it still speaks."""
    after = replace(state, mode=mode)
    if list(Mode).index(mode) < list(Mode).index(state.mode):
        band = Band(R_LOW, R_HIGH)
        after = replace(after, vetoes=(), faults=(), favour=Wager(), harm=Wager(), vetoed_r=band)
    return after, Change(state.mode, mode, reason, evidence)
