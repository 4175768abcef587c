"""A calibrator survives being written; what is cut, foreign or impossible is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from barfinex.advisor.calibration.artefact import read, written
from barfinex.advisor.calibration.calibrator import Calibrator
from barfinex.advisor.calibration.menu import MENU, NAMES, AnyCalibrator
from barfinex.domain.errors import BadInput


def every() -> list[AnyCalibrator]:
    rng = np.random.default_rng(12)
    z, won = rng.normal(size=200), rng.integers(0, 2, 200).astype(np.float64)
    posterior = np.eye(2)[rng.integers(0, 2, 200)]
    return [method.fit(z, posterior, won, None) for method in MENU]


def test_each_comes_back_as_it_was_and_says_its_name() -> None:
    at, posterior = np.linspace(-3, 3, 13), np.full((13, 2), 0.5)
    for name, one in zip(NAMES, every(), strict=True):
        calibrator: Calibrator = one
        again = read(written(one))
        assert again == one
        assert calibrator.name == name
        assert (again.apply_many(at, posterior) == calibrator.apply_many(at, posterior)).all()


def test_what_is_cut_short_is_refused_wherever_it_is_cut() -> None:
    for one in every():
        raw = written(one)
        for end in range(0, len(raw), max(1, len(raw) // 40)):
            with pytest.raises(BadInput, match="calibrator"):
                read(raw[:end])


def _set(data: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    return {**data, "calibrator": {**data["calibrator"], key: value}}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("type", "random_forest"),
        ("slope", None),
        ("slope", "1.0"),
        ("slope", 10.0**308 * 10),
        ("slope_offsets", [0.0]),
        ("covariance", [[1.0]]),
        ("n_eff", [-1.0, 0.0]),
        ("covariance", (-np.eye(6)).tolist()),
        ("extra", 1),
    ],
)
def test_what_is_foreign_or_impossible_is_refused(key: str, value: object) -> None:
    data = json.loads(written(every()[NAMES.index("hierarchical")]))
    with pytest.raises(BadInput, match="fit it again"):
        read(json.dumps(_set(data, key, value)).encode())


def test_another_version_is_refused() -> None:
    data = json.loads(written(every()[0]))
    with pytest.raises(BadInput, match="version 2, not 1"):
        read(json.dumps({**data, "version": 2}).encode())


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"\x80\x04.", b'{"version":1}', b"\xff\xfe"])
def test_rubbish_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput, match="calibrator"):
        read(raw)
