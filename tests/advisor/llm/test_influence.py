"""How influence is bounded, earned and lost."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.llm.influence import (
    FAULTS_WINDOW,
    LABELS_MAX,
    VETOES_WINDOW,
    Change,
    Influence,
    Mode,
    ShadowLabel,
    delta_logit,
    fit_gamma,
    learned,
    overridden,
    reviewed,
)


def label(*, tilt: int = 2, won: bool = True, net_r: float = 1.0, vetoed: bool = False) -> ShadowLabel:
    return ShadowLabel(0.5, 0.5 + 0.05 * tilt, tilt, vetoed, won, net_r)


def fed(state: Influence, one: ShadowLabel, times: int) -> tuple[Influence, list[Change]]:
    changes = []
    for _ in range(times):
        state, change = learned(state, one)
        changes += [change] if change else []
    return state, changes


def lived(
    state: Influence, count: int, *, veto_every: int = 5, lie_every: int = 51, tilt: int = 0
) -> tuple[Influence, list[Change]]:
    """So many reviews with their labels: what it vetoes loses, the rest wins."""
    changes = []
    for number in range(1, count + 1):
        vetoed = number % veto_every == 0
        outcome = label(tilt=tilt, won=not vetoed, net_r=-1.0 if vetoed else 1.0, vetoed=vetoed)
        state, by_review = reviewed(state, vetoed=vetoed, hallucinated=number % lie_every == 0)
        state, by_label = learned(state, outcome)
        changes += [change for change in (by_review, by_label) if change]
    return state, changes


@given(tilt=st.integers(-2, 2), gamma=st.floats(0, 1))
def test_a_tilt_is_bounded_and_only_tilt_mode_raises(tilt: int, gamma: float) -> None:
    """I14: in VETO a tilt can only lower, in SHADOW it does nothing."""
    assert abs(delta_logit(tilt, Mode.TILT, gamma)) <= 0.25
    assert delta_logit(tilt, Mode.VETO, gamma) == min(0.0, delta_logit(tilt, Mode.TILT, gamma))
    assert delta_logit(tilt, Mode.SHADOW, gamma) == delta_logit(tilt, Mode.OFF, gamma) == 0.0


@pytest.mark.parametrize("gamma", [-0.1, 1.1, nan])
def test_a_coefficient_out_of_bounds_is_refused(gamma: float) -> None:
    with pytest.raises(ValueError, match="gamma"):
        delta_logit(1, Mode.TILT, gamma)


def test_too_many_vetoes_end_in_shadow() -> None:
    state = Influence(mode=Mode.TILT)
    for _ in range(12):
        state, change = reviewed(state, vetoed=True, hallucinated=False)
        assert change is None
    state, change = reviewed(state, vetoed=True, hallucinated=False)
    assert change == Change(Mode.TILT, Mode.SHADOW, "veto rate", 0.26)
    assert state.vetoes == ()


def test_vetoes_within_their_rate_do_not_add_up() -> None:
    state = Influence(mode=Mode.VETO)
    for number in range(1000):
        state, change = reviewed(state, vetoed=number % 5 == 0, hallucinated=False)
        assert change is None
    assert len(state.vetoes) == VETOES_WINDOW


def test_too_many_hallucinations_end_in_shadow() -> None:
    state, changes = Influence(mode=Mode.VETO), []
    for number in range(2000):
        state, change = reviewed(state, vetoed=False, hallucinated=number % 40 == 0)
        changes += [(number, change)] if change else []
    assert changes == [(160, Change(Mode.VETO, Mode.SHADOW, "hallucination rate", 0.025))]
    assert len(state.faults) == FAULTS_WINDOW


def test_vetoes_that_would_have_saved_money_earn_the_veto() -> None:
    state, changes = lived(Influence(), 2_000)
    assert [change.after for change in changes] == [Mode.VETO]
    assert changes[0].evidence < 0.0
    assert state.behaves


@pytest.mark.parametrize(
    "habit", [{"veto_every": 2}, {"veto_every": 3}, {"lie_every": 20}, {"lie_every": 40}]
)
def test_one_that_vetoes_or_lies_too_often_earns_nothing(habit: dict[str, int]) -> None:
    """It would be back in SHADOW after fifty decisions, which it had ruled till then."""
    state, changes = lived(Influence(), 2_000, **habit)
    assert changes == []
    assert state.vetoed_r.interval[1] < 0.0


def test_nothing_is_earned_before_it_is_known_how_often_it_lies() -> None:
    state, changes = fed(Influence(), label(tilt=0, won=False, net_r=-1.0, vetoed=True), 400)
    assert (state.mode, changes) == (Mode.SHADOW, [])
    counts = (FAULTS_WINDOW - 1, FAULTS_WINDOW)
    early, due = (lived(Influence(mode=Mode.VETO), count, tilt=2, veto_every=10)[1] for count in counts)
    assert early == []
    assert [(change.after, change.evidence > 1e6) for change in due] == [(Mode.TILT, True)]


def test_the_tilt_is_earned_from_veto_by_being_right() -> None:
    _, changes = lived(Influence(mode=Mode.VETO), 300, tilt=2, veto_every=301)
    assert [change.after for change in changes] == [Mode.TILT]
    assert changes[0].evidence >= 20.0
    assert lived(Influence(), 300, tilt=2, veto_every=301)[1] == []


@pytest.mark.parametrize(
    ("mode", "after"), [(Mode.TILT, Mode.SHADOW), (Mode.VETO, Mode.SHADOW), (Mode.SHADOW, Mode.OFF)]
)
def test_influence_is_lost_by_being_wrong(mode: Mode, after: Mode) -> None:
    state = Influence(mode=mode)
    change = None
    while change is None:
        state, change = learned(state, label(won=False, net_r=-1.0))
    assert (change.before, change.after) == (mode, after)
    assert state.favour.labels == state.harm.labels == 0


def test_what_is_off_stays_off_until_a_person_asks_for_it() -> None:
    state, changes = fed(Influence(mode=Mode.OFF), label(), 300)
    assert changes == []
    asked, change = overridden(state, Mode.SHADOW)
    assert (asked.mode, change) == (Mode.SHADOW, Change(Mode.OFF, Mode.SHADOW, "override", 0.0))


def test_a_person_may_raise_to_veto_and_lower_to_anything_but_not_raise_to_tilt() -> None:
    assert overridden(Influence(), Mode.VETO)[0].mode is Mode.VETO
    assert overridden(Influence(mode=Mode.TILT), Mode.OFF)[0].mode is Mode.OFF
    assert overridden(Influence(), Mode.SHADOW) == (Influence(), None)
    for state, mode in ((Mode.VETO, Mode.TILT), (Mode.SHADOW, Mode.TILT), (Mode.OFF, Mode.VETO)):
        with pytest.raises(ValueError, match="earned"):
            overridden(Influence(mode=state), mode)


def test_the_coefficient_is_the_truth_shrunk_towards_nothing() -> None:
    rng = np.random.default_rng(3)

    def labels(truth: float) -> tuple[tuple[float, int, bool], ...]:
        offset = rng.normal(0, 0.3, 2000)
        tilt = rng.integers(-2, 3, 2000)
        won = rng.random(2000) < 1 / (1 + np.exp(-(offset + truth * 0.1 * tilt)))
        return tuple(zip(offset.tolist(), tilt.tolist(), won.tolist(), strict=True))

    assert fit_gamma(()) == 0.0
    assert fit_gamma(labels(-1.0)) == 0.0
    assert fit_gamma(labels(0.0)) < 0.35
    assert fit_gamma(labels(0.0)) < fit_gamma(labels(2.0)) <= 1.0


def test_the_coefficient_is_refitted_every_fifty_labels_and_the_past_is_bounded() -> None:
    state, _ = fed(Influence(mode=Mode.OFF), label(), 49)
    assert state.gamma == 0.0
    state, _ = fed(state, label(), 1)
    assert state.gamma > 0.0
    long = Influence(mode=Mode.OFF, labels=((0.0, 1, True),) * LABELS_MAX)
    assert len(learned(long, label())[0].labels) == LABELS_MAX


@pytest.mark.parametrize("changes", [(0.0, 0.5, 0.0), (0.5, 1.0, 0.0), (nan, 0.5, 0.0), (0.5, 0.5, nan)])
def test_a_label_without_sense_is_refused(changes: tuple[float, float, float]) -> None:
    p, q, net_r = changes
    with pytest.raises(ValueError, match="not"):
        ShadowLabel(p, q, 1, False, True, net_r)
