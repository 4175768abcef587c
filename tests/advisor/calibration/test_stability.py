"""PSI: quiet while features stay, loud once they move, and silent on too little."""

from __future__ import annotations

import numpy as np
import pytest

from barfinex.advisor.calibration.stability import Shift, psi, shift
from barfinex.domain.errors import BadInput


def test_only_the_feature_that_moved_alarms() -> None:
    rng = np.random.default_rng(19)
    reference, recent = rng.normal(size=(4_000, 3)), rng.normal(size=(800, 3))
    recent[:, 1] += 0.8
    recent[:, 2] += 0.35
    assert [shift(float(one)) for one in psi(reference, recent)] == [Shift.STEADY, Shift.ALARM, Shift.WARN]


def test_without_a_shift_it_is_as_large_as_noise_makes_it() -> None:
    rng = np.random.default_rng(20)
    found = psi(rng.normal(size=(1_000, 200)), rng.normal(size=(1_000, 200)))
    assert found.mean() == pytest.approx(9 * 2 / 1_000, rel=0.15)


def test_it_is_the_sum_by_hand_for_a_feature_of_two_values() -> None:
    reference = np.repeat([0.0, 1.0], [500, 500])[:, None]
    recent = np.repeat([0.0, 1.0], [800, 200])[:, None]
    p, q = np.array([500.5, 500.5]) / 1_001, np.array([800.5, 200.5]) / 1_001
    found = psi(reference, recent)[0]
    assert found == pytest.approx(float((q - p) @ np.log(q / p)), abs=0.01)


def test_what_is_not_known_is_an_alarm() -> None:
    assert shift(float("nan")) is Shift.ALARM


@pytest.mark.parametrize(("rows", "columns", "value"), [(100, 2, 0.0), (300, 3, 0.0), (300, 2, float("nan"))])
def test_samples_that_cannot_be_compared_are_refused(rows: int, columns: int, value: float) -> None:
    with pytest.raises(BadInput, match="features"):
        psi(np.zeros((300, 2)), np.full((rows, columns), value))
