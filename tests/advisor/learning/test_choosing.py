"""The choice of a calibrator while outcomes come is the one that their whole history leads to."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from barfinex.advisor.calibration.methods.curves import Shape, fit_curve
from barfinex.advisor.calibration.selection import prequential
from barfinex.advisor.learning.choosing import Choosing
from barfinex.advisor.learning.labels import Label
from barfinex.events.advisor_learning import OutcomeLabelled
from tests.advisor.builders import EVEN, serving
from tests.advisor.told import decision


def labels(count: int) -> list[Label]:
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
                weight=1.0, ambiguous=False, probability=0.5, labels=number,
            ),
            number,
            [],
        )
        for number in range(count)
    ]  # fmt: skip


def test_one_by_one_leads_where_the_whole_history_does() -> None:
    found, choosing = labels(320), Choosing()
    for at, label in enumerate(found):
        choosing.learn(label, found[: at + 1])
    choosing.settle()
    z = np.array([one.decision.logit for one in found[:300]], dtype=np.float64)
    whole = prequential(
        z, np.full((300, 5), 0.2), np.array([one.won for one in found[:300]], dtype=np.float64)
    )
    assert choosing.selection == whole
    assert choosing.calibrator is None


def test_what_no_model_said_is_no_evidence() -> None:
    choosing = Choosing()
    blank = [replace(one, decision=replace(one.decision, logit=None)) for one in labels(120)]
    assert all(choosing.learn(one, blank) == [] for one in blank)
    assert choosing.selection.n == 0


def test_what_was_chosen_is_served_with_the_error_of_the_default() -> None:
    z, flat = np.linspace(-2.0, 2.0, 400), np.full((400, 5), 0.2)
    won = (np.random.default_rng(2).random(400) < 0.7).astype(np.float64)
    chosen = fit_curve(Shape.PLATT, z, flat, won, None)
    plain = serving()
    with_it = type(plain)(plain.trained, plain.judge, plain.id, chosen)
    assert with_it.calibrator_name == "platt"
    found = with_it.calibrated(1.0, EVEN)
    assert found.p == chosen.apply_many(np.array([1.0]), np.array([EVEN])).item(0)
    assert found.se == plain.calibrated(1.0, EVEN).se
