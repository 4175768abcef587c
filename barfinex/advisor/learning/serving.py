"""A model in service: its logit, how far a row is from what it has seen, and its calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import msgspec
import numpy as np

from barfinex.advisor.attribution import CENTRE
from barfinex.advisor.calibration.artefact import written
from barfinex.advisor.calibration.hierarchical import Calibrated, HierarchicalPlatt, nudged
from barfinex.advisor.calibration.menu import DEFAULT, AnyCalibrator
from barfinex.advisor.calibration.methods.venn_abers import VennAbers
from barfinex.advisor.calibration.selection import Selection
from barfinex.advisor.features.table import TABLE, Source
from barfinex.advisor.learning.boosted import Forest
from barfinex.advisor.learning.labels import Label
from barfinex.advisor.learning.logistic import Logistic
from barfinex.advisor.learning.ood import Crowd, Judge, Oddness
from barfinex.advisor.learning.trees import Trees
from barfinex.domain.candles import Floats
from barfinex.domain.ids import digest
from barfinex.domain.value import Value

GROUPS = {str(source): tuple(at for at, one in enumerate(TABLE) if one.source is source) for source in Source}


class Trained(Value, frozen=True):
    """What training gives: a model and the calibrator of its logits; `until` (ms UTC) is when the last label
    it rests on was admitted; trees where they were asked for, and there was enough to grow them on."""

    model: Logistic
    calibrator: HierarchicalPlatt
    until: int
    trees: Trees | None = None

    @property
    def features(self) -> tuple[str, ...]:
        return self.model.scaler.features

    @property
    def id(self) -> str:
        leaves = self.trees.model.value if self.trees is not None else ()
        return f"mdl-{digest(self.until, *self.model.weights, self.model.base, *leaves)}"


class Sight(NamedTuple):
    """What a model says of a row: its logit, what each feature adds to it, how unlike its training the row
    is, and the features that are furthest out, the furthest first."""

    z: float
    terms: tuple[tuple[str, float], ...]
    oddness: Oddness
    outlying: tuple[str, ...]


class Boost(NamedTuple):
    """What trees say: the calibrated probability, and the parts of the logit before that: the centre and the
    Shapley value of each source of features."""

    calibrated: Calibrated
    terms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Serving:
    """Ready to serve rows of raw values; the judge, who knows the rows of training, says what is unlike them.
    The calibrator that `selection` has come to takes the place of the one it was trained with, whose error
    stays."""

    trained: Trained
    judge: Judge
    id: str
    selection: Selection = field(default_factory=Selection)
    forest: Forest | None = None

    @classmethod
    def of(cls, trained: Trained, table: Floats) -> Serving:
        """With the rows [n, d] of raw values it was trained on."""
        forest = Forest.of(trained.trees.model) if trained.trees is not None else None
        judge = Judge.of(Crowd.of(trained.model.scaler.rows(table)))
        return cls(trained, judge, trained.id, forest=forest)

    @property
    def model(self) -> Logistic:
        return self.trained.model

    @property
    def trained_at(self) -> int:
        return self.trained.until

    @property
    def calibrator_id(self) -> str:
        calibrator = self.trained.calibrator
        return f"cal-{digest(calibrator.n, calibrator.slope, calibrator.intercept)}"

    def measure(self, row: Sequence[float]) -> Oddness:
        """How unlike its training a row of raw values is."""
        return self.judge.measure(np.array(self.model.scaler.row(row)))

    def look(self, row: Sequence[float], count: int) -> Sight:
        """All of a row of raw values, with the `count` features furthest from their usual values."""
        names, scaled = self.model.scaler.features, self.model.scaler.row(row)
        z, added = self.model.serve_scaled(scaled)
        furthest = sorted(range(len(scaled)), key=[-abs(one) for one in scaled].__getitem__)
        return Sight(
            z,
            tuple(zip(names, added, strict=True)),
            self.judge.measure(np.array(scaled)),
            tuple(names[at] for at in furthest[:count]),
        )

    def chosen(self, posterior: tuple[float, ...]) -> AnyCalibrator | None:
        """What serves in these regimes in place of the calibrator it was trained with; None while nothing
        does."""
        name = self.selection.incumbent
        return None if name == DEFAULT else self.selection.seen(name, posterior)

    def served_calibrator(self, posterior: tuple[float, ...]) -> str:
        """The id of what serves in these regimes."""
        chosen = self.chosen(posterior)
        return self.calibrator_id if chosen is None else f"cal-{digest(written(chosen).hex())}"

    def calibrator_name(self, posterior: tuple[float, ...]) -> str:
        return (self.chosen(posterior) or self.trained.calibrator).name

    def venn_abers(self, z: float, posterior: tuple[float, ...]) -> tuple[float, float] | None:
        """The probability if a trade of this logit is taken as lost, and as won: the further apart they are,
        the less is known there. None before a thousand effective outcomes, three hundred in the regimes."""
        fitted = self.selection.seen("venn_abers", posterior)
        if not isinstance(fitted, VennAbers):
            return None
        low, high = fitted.interval_many(np.array([z]))
        return low.item(), high.item()

    def calibrated(self, z: float, posterior: tuple[float, ...]) -> Calibrated:
        found = self.trained.calibrator.apply(z, posterior)
        chosen = self.chosen(posterior)
        if chosen is None:
            return found
        p = chosen.apply_many(np.array([z]), np.array([posterior])).item(0)
        return Calibrated(p, found.se, found.slope_inverted)

    def boosted(self, row: Sequence[float], posterior: tuple[float, ...]) -> Boost | None:
        """What the trees say of a row of raw values; None without trees."""
        trees = self.trained.trees
        if trees is None or self.forest is None:
            return None
        centre, shares = self.forest.shares(np.array(trees.model.scaler.row(row)), tuple(GROUPS.values()))
        terms = (CENTRE, centre), *zip(GROUPS, shares.tolist(), strict=True)
        return Boost(trees.calibrator.apply(centre + float(shares.sum()), posterior), terms)

    def curve(self, posterior: tuple[float, ...]) -> tuple[float, float]:
        """(slope, intercept) of the calibration under a posterior."""
        found = self.trained.calibrator
        slope = found.slope + sum(q * d for q, d in zip(posterior, found.slope_offsets, strict=True))
        shift = sum(q * d for q, d in zip(posterior, found.intercept_offsets, strict=True))
        return max(0.0, slope), found.intercept + shift

    def etas(self, z: float, posterior: tuple[float, ...]) -> tuple[float, float]:
        """The logit calibrated by what is common to all regimes, and by those at hand."""
        slope, intercept = self.curve(posterior)
        common = self.trained.calibrator
        return common.slope * z + common.intercept, slope * z + intercept

    def seen(self, posterior: tuple[float, ...]) -> float:
        """Effective labels of the regime at hand."""
        return sum(q * n for q, n in zip(posterior, self.trained.calibrator.n_eff, strict=True))

    def probability(self, row: Sequence[float], posterior: tuple[float, ...]) -> float:
        """What it says of a row, calibrated, without regard to how unlike its training it is."""
        return self.calibrated(self.model.serve(row)[0], posterior).p

    def learned(self, label: Label) -> Serving:
        """With the calibrator's intercept moved by one outcome."""
        z, weight = self.model.serve(label.row)[0], min(1.0, label.outcome.weight)
        calibrator = nudged(self.trained.calibrator, z, label.decision.posterior, label.won, weight)
        return replace(self, trained=msgspec.structs.replace(self.trained, calibrator=calibrator))
