"""A learner that has been taught, and models that somebody trained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from msgspec.json import encode
from msgspec.structs import replace

from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.artefact import write
from barfinex.advisor.learning.labels import Label
from barfinex.advisor.learning.learner import Learner
from barfinex.advisor.learning.serving import Trained
from barfinex.advisor.sizing.payoff import Payoff
from barfinex.config import AdvisorConfig
from barfinex.domain.view import MarketView
from barfinex.events.advisor_learning import (
    ModelTrained,
)
from barfinex.events.base import Event
from tests.advisor.builders import serving
from tests.advisor.told import labels_of
from tests.bench.advisor.b15_rollback import PASSED

PAYOFF = Payoff(1.0, -1.0, 0.0)
OLD, NEW = 10**9, 10**9 + 1
"""When the last label of a model was admitted."""


def learner(**config: Any) -> Learner:
    return Learner(AdvisorConfig.model_validate({"base_rate": 0.5, **config}), MarketView())


def world(count: int, seed: int = 1, slope: float = 2.0) -> list[Label]:
    """The first feature tells who wins."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, len(NAMES)))
    won = (rng.random(count) < 1.0 / (1.0 + np.exp(-slope * rows[:, 0]))).astype(np.float64)
    return labels_of(rows, won)


def taught(labels: Iterable[Label], **config: Any) -> Learner:
    made = learner(**config)
    for one in labels:
        made.learn(one)
    return made


def serves(slope: float, until: int) -> Trained:
    return serving(slope, until).trained


def told_of(trained: Trained, *, gated: bool, n_eff: float = 300.0, **changes: Any) -> ModelTrained:
    """A model as its training would tell of it, with evidence that passes every gate."""
    return ModelTrained(
        model_id=trained.id,
        family="logistic",
        labels=300,
        n_eff=n_eff,
        until=trained.until,
        data_hash="",
        artefact=write(trained).decode(),
        evidence=encode(replace(PASSED, **changes)).decode() if gated else "",
        sharpe=0.1,
        asked_at=0,
    )


def names(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def of(kind: type[Event], events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]
