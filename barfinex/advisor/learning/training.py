"""A challenger from labels: model, calibrator, and the evidence its gates are judged by."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from msgspec.json import encode

from barfinex.advisor.calibration.hierarchical import HierarchicalPlatt, fit_hierarchical
from barfinex.advisor.calibration.measures import ece, ece_floor, slope_intercept
from barfinex.advisor.features.table import NAMES
from barfinex.advisor.learning.artefact import read, write
from barfinex.advisor.learning.gates import Evidence
from barfinex.advisor.learning.labels import Table
from barfinex.advisor.learning.logistic import out_of_fold, train
from barfinex.advisor.learning.newton import sigmoid
from barfinex.advisor.learning.serving import Serving, Trained
from barfinex.advisor.learning.splits import combinatorial, kfold
from barfinex.advisor.learning.trees import Trees, grow
from barfinex.domain.candles import Floats, Ints
from barfinex.domain.ids import digest
from barfinex.domain.overfitting import daily_sharpe, deflated_sharpe
from barfinex.events.advisor_learning import ModelTrained

log = logging.getLogger(__name__)

P_MIN, P_MAX = 0.02, 0.98
SEED = 20
PARITY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Challenge:
    """All that a training is given: labels as columns, the win rate believed before them, the champion, where
    the fit begins, the win rate [n] at which each label's like breaks even, and the Sharpe ratios of all that
    was tried before."""

    table: Table
    prior: float
    embargo_ms: int
    champion: Serving | None
    breakeven: Floats
    tried: tuple[float, ...]
    is_gated: bool
    asked_at: int
    grows_trees: bool = False


def challenge(given: Challenge) -> tuple[Trained, Floats]:
    """(trained, logits): the model on all labels; its calibrator on logits [n] of labels that the model
    behind each has not seen, which is what keeps it honest.

    Raises:
        ValueError: there are no labels that count, their rows are all alike, or each overlaps all others.
    """
    table, champion = given.table, given.champion
    start = champion.model if champion is not None else None
    model = train(NAMES, table.rows, table.won, table.weights, given.prior, start)
    if not np.ptp(model.scaler.rows(table.rows), axis=0).any():
        raise ValueError("the rows of all labels are alike: wait for others")
    folds = kfold(table.t0, table.t1, given.embargo_ms)
    z = out_of_fold(model, table.rows, table.won, table.weights, given.prior, folds)
    known = np.flatnonzero(np.isfinite(z))
    if not table.weights[known].sum() > 0.0:
        raise ValueError("every label overlaps all others: wait for some that do not")
    return Trained(model, _calibrator(table, z, known), table.until, _trees(given)), z


def _trees(given: Challenge) -> Trees | None:
    """None when they were not asked for, or cannot be grown yet: the model does without."""
    if not given.grows_trees:
        return None
    try:
        return grow(NAMES, given.table, given.embargo_ms)
    except ValueError as fault:
        log.warning("no trees were grown: %s", fault)
        return None


def foreseen(given: Challenge, z: Floats) -> Floats:
    """[n] what would have been said of each label by a calibrator that has not seen it or what overlaps it;
    NaN where there is none."""
    table = given.table
    p = np.full(len(z), np.nan)
    for train_on, tested in kfold(table.t0, table.t1, given.embargo_ms):
        inside, outside = train_on[np.isfinite(z[train_on])], tested[np.isfinite(z[tested])]
        if table.weights[inside].sum() > 0.0:
            p[outside] = _calibrator(table, z, inside).apply_many(z[outside], table.posterior[outside])
    return p


def _calibrator(table: Table, z: Floats, rows: Ints) -> HierarchicalPlatt:
    return fit_hierarchical(z[rows], table.posterior[rows], table.won[rows], table.weights[rows])


def evidence_of(given: Challenge, trained: Trained, p: Floats) -> Evidence:
    """What the gates look at; every figure is out of fold. `p` [n] as of `foreseen`.

    Raises:
        ValueError: nothing was foreseen.
    """
    table, known, returns = given.table, np.isfinite(p), returns_of(given, p)
    if not known.any():
        raise ValueError("too few labels lie apart from one another to show anything: wait for more")
    p = p[known]
    won, regimes = table.won[known], table.posterior[known].argmax(axis=1)
    own, old, skill = _splits(given, trained)
    error, floor = ece(p, won), ece_floor(p, np.random.default_rng(SEED))
    trials = np.array([*given.tried, daily_sharpe(returns) or 0.0])
    return Evidence(
        n_eff=table.n_eff,
        wins=int(table.won.sum()),
        losses=int(len(table) - table.won.sum()),
        visits=_visits(regimes),
        own_losses=own,
        champion_losses=old,
        skill=skill,
        ece=error,
        ece_excess=max(0.0, error - floor),
        slope=slope_intercept(p, won)[0],
        regimes=tuple(
            (ece(p[regimes == one], won[regimes == one]), int((regimes == one).sum()))
            for one in np.unique(regimes)
        ),
        dsr=deflated_sharpe(returns, trials) or 0.0,
        canaries=_canaries(given, trained),
        mismatches=_mismatches(trained, table),
        hash=_sha_of(read(write(trained), Trained)),
        hash_trained=_sha_of(trained),
    )


def trained_event(given: Challenge) -> ModelTrained:
    """Train, and say what came of it."""
    trained, z = challenge(given)
    p = foreseen(given, z)
    evidence = evidence_of(given, trained, p) if given.is_gated else None
    return ModelTrained(
        model_id=trained.id,
        family="logistic" if trained.trees is None else "logistic and boosted",
        labels=len(given.table),
        n_eff=given.table.n_eff,
        until=trained.until,
        data_hash=digest(given.table.rows.tobytes().hex(), given.table.won.tobytes().hex()),
        artefact=write(trained).decode(),
        evidence="" if evidence is None else encode(evidence).decode(),
        sharpe=daily_sharpe(returns_of(given, p)) or 0.0,
        asked_at=given.asked_at,
    )


def returns_of(given: Challenge, p: Floats) -> Floats:
    """Net R of each label that was foreseen: its own where it would have been taken, else 0. `p` [n] as of
    `foreseen`."""
    known = np.isfinite(p)
    taken = p[known] > given.breakeven[known]
    return np.where(taken, given.table.r_net[known], 0.0)


def _sha_of(trained: Trained) -> str:
    return sha256(write(trained)).hexdigest()


def _splits(given: Challenge, trained: Trained) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Mean log-losses of challenger and champion on 15 purged splits, and the mean Brier skill against the
    base rate of each split's training labels. The champion may have learned from what it is tested on: that
    is to its advantage, never to the challenger's."""
    table, own, old, skills = given.table, [], [], []
    for inside, outside in combinatorial(table.t0, table.t1, given.embargo_ms):
        if not table.weights[inside].sum() > 0.0:
            return (), (), 0.0
        part = train(
            NAMES, table.rows[inside], table.won[inside], table.weights[inside], given.prior, trained.model
        )
        p, won = sigmoid(part.logits(table.rows[outside])), table.won[outside]
        base = float(np.average(table.won[inside], weights=table.weights[inside]))
        own.append(_loss(p, won))
        old.append(_loss(_champion(given, outside, base), won))
        skills.append(1.0 - float(((p - won) ** 2).mean()) / max(1e-9, float(((base - won) ** 2).mean())))
    return tuple(own), tuple(old), float(np.mean(skills))


def _champion(given: Challenge, outside: Ints, base: float) -> Floats:
    champion, table = given.champion, given.table
    if champion is None:
        return np.full(len(outside), base)
    z = champion.model.logits(table.rows[outside])
    return champion.trained.calibrator.apply_many(z, table.posterior[outside])


def _loss(p: Floats, won: Floats) -> float:
    held = np.clip(p, P_MIN, P_MAX)
    return float(-np.log(np.where(won == 1.0, held, 1.0 - held)).mean())


def _visits(regimes: Ints) -> tuple[int, ...]:
    """How often each regime was entered."""
    entered = regimes[np.concatenate(([True], regimes[1:] != regimes[:-1]))]
    return tuple(int((entered == one).sum()) for one in range(5))


def _canaries(given: Challenge, trained: Trained) -> tuple[tuple[str, bool], ...]:
    """Leaks that would show here: outcomes drawn at random must not be foreseen, and no feature may be the
    outcome."""
    table = given.table
    shuffled = np.random.default_rng(SEED).permutation(table.won)
    folds = list(kfold(table.t0, table.t1, given.embargo_ms))
    z = out_of_fold(trained.model, table.rows, shuffled, table.weights, given.prior, folds)
    known = np.isfinite(z)
    p, won = sigmoid(z[known]), shuffled[known]
    base = float(shuffled.mean())
    gains = (base - won) ** 2 - (p - won) ** 2
    chance = float(gains.mean()) <= 2.0 * float(gains.std()) / max(1.0, float(np.sqrt(len(gains))))
    copies = _correlations(table.rows, table.won)
    return ("shuffled", chance), ("copied_outcome", bool((copies < 0.99).all()))


def _correlations(rows: Floats, won: Floats) -> Floats:
    """|correlation| of each feature with the outcome; 0 where one does not vary."""
    filled = np.where(np.isfinite(rows), rows, np.nanmedian(np.where(np.isfinite(rows), rows, 0.0), axis=0))
    spread = filled.std(axis=0) * won.std()
    covariance = ((filled - filled.mean(axis=0)) * (won - won.mean())[:, None]).mean(axis=0)
    found = np.divide(covariance, spread, out=np.zeros_like(spread), where=spread > 0.0)
    return np.asarray(np.abs(found))


def _mismatches(trained: Trained, table: Table) -> int:
    """Rows on which what is served differs from what was trained."""
    served = [trained.model.serve(row)[0] for row in table.rows[-50:].tolist()]
    return int((np.abs(trained.model.logits(table.rows[-50:]) - served) > PARITY).sum())
