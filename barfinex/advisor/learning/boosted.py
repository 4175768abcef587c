"""The boosted rung: shallow trees trained by scikit-learn, kept as plain numbers, served by numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from barfinex.advisor.learning.scaling import Scaler
from barfinex.domain.candles import Floats, Ints
from barfinex.domain.value import Value

TREES, DEPTH, RATE, LEAF_MIN = 60, 3, 0.05, 40
BINS = 32
"""As fine as leaves of forty among a thousand labels can tell apart; scikit-learn's 255 take seven times as
long where labels have weights."""
GROUPS_MAX = 10


class Boosted(Value, frozen=True):
    """logit p = base + the sum over trees of the value of the leaf a scaled row falls into.

    Nodes of all trees stand in one list; `roots` are where each tree begins. A row goes to `left` where its
    `feature` is at most `threshold`, else to `right`; a leaf is its own left and right.

    Raises:
        ValueError: lengths differ, or a node or feature does not exist.
    """

    scaler: Scaler
    base: float
    roots: tuple[int, ...]
    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]

    def __post_init__(self) -> None:
        n, d = len(self.value), len(self.scaler.features)
        columns = self.feature, self.threshold, self.left, self.right
        if any(len(column) != n for column in columns):
            raise ValueError("feature, threshold, left, right and value are of unequal length")
        if not all(0 <= at < n for at in (*self.roots, *self.left, *self.right)):
            raise ValueError("roots, left or right name a node that does not exist")
        if not all(0 <= at < d for at in self.feature):
            raise ValueError("feature names a column that does not exist")


def train(features: Sequence[str], table: Floats, won: Floats, weights: Floats) -> Boosted:
    """Sixty trees of depth three, a step of 1/20, at least forty labels a leaf.

    Args:
        features: d names.
        table: [n, d], raw values; what is missing (not finite) is the median.
        won: [n], 0 or 1.
        weights: [n], at least 0.

    Raises:
        ValueError: among the labels that count there is no win, or no loss.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    if len(np.unique(won[weights > 0.0])) != 2:
        raise ValueError("won is all wins or all losses: wait for labels of both kinds")
    scaler = Scaler.fit(features, table)
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_depth=DEPTH,
        learning_rate=RATE,
        min_samples_leaf=LEAF_MIN,
        max_bins=BINS,
        early_stopping=False,
        random_state=0,
    )
    with threadpool_limits(1):  # Trading has the other cores, and two threads wait more than they work.
        model.fit(scaler.rows(table), won, sample_weight=weights)
    return exported(scaler, model)


def exported(scaler: Scaler, model: object) -> Boosted:
    """The trees of a fitted HistGradientBoostingClassifier of two classes, whose rows had no NaN.

    scikit-learn keeps its trees in attributes that are not public: an equality test stands guard.
    """
    trees = [stage[0].nodes for stage in model._predictors]  # type: ignore[attr-defined]  # noqa: SLF001
    roots = np.cumsum([0, *(len(tree) for tree in trees)])[:-1]
    nodes = np.concatenate(trees)
    start = np.repeat(roots, [len(tree) for tree in trees])
    leaf, own = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
    return Boosted(
        scaler,
        float(np.ravel(model._baseline_prediction)[0]),  # type: ignore[attr-defined]  # noqa: SLF001
        tuple(roots.tolist()),
        tuple(np.where(leaf, 0, nodes["feature_idx"]).tolist()),
        tuple(np.where(leaf, 0.0, nodes["num_threshold"]).tolist()),
        tuple(np.where(leaf, own, start + nodes["left"]).tolist()),
        tuple(np.where(leaf, own, start + nodes["right"]).tolist()),
        tuple(np.where(leaf, nodes["value"], 0.0).tolist()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """A boosted artefact made ready to serve."""

    scaler: Scaler
    _base: float
    _roots: Ints
    _feature: Ints
    _threshold: Floats
    _children: Ints
    _value: Floats

    @classmethod
    def of(cls, artefact: Boosted) -> Forest:
        return cls(
            artefact.scaler,
            artefact.base,
            np.array(artefact.roots, dtype=np.int64),
            np.array(artefact.feature, dtype=np.int64),
            np.array(artefact.threshold, dtype=np.float64),
            np.array([artefact.left, artefact.right], dtype=np.int64),
            np.array(artefact.value, dtype=np.float64),
        )

    def logits(self, rows: Floats) -> Floats:
        """[n] of scaled rows [n, d]."""
        at = np.broadcast_to(self._roots, (len(rows), len(self._roots)))
        lines = np.arange(len(rows))[:, None]
        for _ in range(DEPTH):
            goes_right = (rows[lines, self._feature[at]] > self._threshold[at]).astype(np.int64)
            at = self._children[goes_right, at]
        return np.asarray(self._base + self._value[at].sum(axis=1))

    def shares(self, row: Floats, groups: Sequence[Sequence[int]]) -> tuple[float, Floats]:
        """(base, [g]): the logit at the training median, and each group's exact Shapley value; they add up to
        the row's logit. 2^g evaluations.

        L. S. Shapley, "A value for n-person games" (1953), the players being groups of features and the
        absent ones standing at the median.

        Args:
            row: [d], scaled.
            groups: at most 10, that hold each feature once.

        Raises:
            ValueError: a feature is in no group or in two, or there are more than 10.
        """
        count = len(groups)
        if count > GROUPS_MAX or sorted(i for group in groups for i in group) != list(range(len(row))):
            raise ValueError(f"groups do not hold each feature once, or are more than {GROUPS_MAX}")
        coalitions = np.arange(2**count)
        present = (coalitions[:, None] >> np.arange(count)) & 1
        group_of = np.empty(len(row), dtype=np.int64)
        for at, group in enumerate(groups):
            group_of[list(group)] = at
        worth = self.logits(np.where(present[:, group_of] == 1, row, 0.0))
        size = present.sum(axis=1)
        chance = np.array([factorial(s) * factorial(count - s - 1) / factorial(count) for s in range(count)])
        found = np.empty(count)
        for at in range(count):
            without = coalitions[present[:, at] == 0]
            found[at] = chance[size[without]] @ (worth[without | (1 << at)] - worth[without])
        return float(worth[0]), found
