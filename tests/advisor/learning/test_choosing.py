"""The choice of a calibrator while outcomes come is the one that their whole history leads to."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from msgspec.structs import replace

from barfinex.advisor.calibration.menu import DEFAULT
from barfinex.advisor.calibration.selection import Selection, prequential
from barfinex.advisor.learning.choosing import Choosing
from barfinex.advisor.learning.labels import Label
from barfinex.events.advisor_learning import OutcomeLabelled
from tests.advisor.builders import EVEN, serving
from tests.advisor.told import decision


def labels(count: int, weight: float = 1.0) -> list[Label]:
    """Logits twice too sure of themselves."""
    rng = np.random.default_rng(8)
    z = rng.normal(0.0, 1.5, count)
    won = rng.random(count) < 1.0 / (1.0 + np.exp(-0.5 * z))
    return [
        Label(
            decision(number, logit=float(z[number]), posterior=EVEN),
            OutcomeLabelled(
                instrument="BTC-USDT", decision_id=f"dec-{number}", strategy="sample", source="shadow",
                won=bool(won[number]), r_net=1.0, barrier="target", touched_at=number, admitted_at=number,
                weight=weight, ambiguous=False, probability=0.5, labels=number,
            ),
            number,
            [],
        )
        for number in range(count)
    ]  # fmt: skip


def test_one_by_one_leads_where_the_whole_history_does() -> None:
    found, choosing = labels(320), Choosing()
    for label in found:
        choosing.learn(label)
    choosing.settle()
    z = np.array([one.decision.logit for one in found[:300]], dtype=np.float64)
    whole = prequential(
        z, np.full((300, 5), 0.2), np.array([one.won for one in found[:300]], dtype=np.float64)
    )
    assert choosing.selection == whole
    assert choosing.selection.incumbent == DEFAULT


def test_so_many_outcomes_are_kept_that_every_method_comes_to_speak() -> None:
    choosing = Choosing()
    for label in labels(1_700, weight=0.8):
        choosing.learn(label)
    choosing.settle()
    assert all(one is not None for one in choosing.selection.fitted)


def test_what_no_model_said_is_no_evidence() -> None:
    choosing = Choosing()
    blank = [replace(one, decision=replace(one.decision, logit=None)) for one in labels(120)]
    assert all(choosing.learn(one) == [] for one in blank)
    assert choosing.selection.n == 0


@pytest.fixture(scope="module")
def known() -> Selection:
    """Of a market that is in the first regime nine times out of ten; isotonic calibration has been chosen."""
    rng = np.random.default_rng(2)
    z, won = rng.normal(size=1_500), (rng.random(1_500) < 0.7).astype(np.float64)
    posterior = np.eye(5)[np.where(rng.random(1_500) < 0.9, 0, 1)]
    return replace(Selection().refitted(z, posterior, won), incumbent="isotonic")


FIRST, SECOND = (1.0, 0.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0, 0.0)


def test_what_was_chosen_is_served_with_the_error_of_the_default(known: Selection) -> None:
    plain, with_it = serving(), dataclasses.replace(serving(), selection=known)
    assert with_it.calibrator_name(FIRST) == "isotonic"
    found = with_it.calibrated(1.0, FIRST)
    assert found.p == known.served(np.array([1.0]), np.array([FIRST])).item(0)
    assert found.p != plain.calibrated(1.0, FIRST).p
    assert with_it.served_calibrator(FIRST) != plain.served_calibrator(FIRST) == plain.calibrator_id
    assert found.se == plain.calibrated(1.0, FIRST).se


def test_it_does_not_serve_in_a_regime_it_has_seen_too_little_of(known: Selection) -> None:
    """It was judged with the default in its place there, so that is what must serve."""
    with_it = dataclasses.replace(serving(), selection=known)
    assert with_it.calibrator_name(SECOND) == DEFAULT
    assert with_it.served_calibrator(SECOND) == with_it.calibrator_id
    assert with_it.calibrated(1.0, SECOND) == serving().calibrated(1.0, SECOND)


def test_how_little_is_known_is_told_where_enough_is_known_to_tell(known: Selection) -> None:
    with_it = dataclasses.replace(serving(), selection=known)
    lost, won = with_it.venn_abers(0.5, FIRST) or (1.0, 0.0)
    assert 0.6 < lost < won < 0.8
    assert with_it.venn_abers(0.5, SECOND) is None
    assert serving().venn_abers(0.5, FIRST) is None
