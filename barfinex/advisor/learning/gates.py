"""What a challenger has to show before it may be tried: G1 to G6, each a value beside its limit.

Of G4 there is the deflated Sharpe ratio, which counts every training there was. A probability of overfitting
(`domain.overfitting`) needs several fits to choose from on the same labels, and here each training makes one.
"""

from __future__ import annotations

from operator import eq, ge, gt, le

from barfinex.domain.value import Value

SPLITS = 15
REGIME_LABELS_MIN = 200
SIGNS = {">=": ge, "<=": le, ">": gt, "==": eq}


class Gate(Value, frozen=True):
    """A limit and whether the value is inside; NaN never is."""

    id: str
    value: float
    limit: str
    passes: bool


class Evidence(Value, frozen=True):
    """What is known of a challenger before it has been tried.

    `n_eff`, `wins` and `losses` (labels of each class) are of its training; `visits` how often each
    regime was entered; `own_losses` and `champion_losses` mean log-losses on the 15 purged splits; `skill`
    the mean Brier skill against the base rate; `ece`, `ece_excess` (over the noise floor) and `slope` of its
    calibration; `regimes` (ECE, labels) of each regime; `dsr` the probability behind the deflated Sharpe
    ratio, given all that was trained before; `canaries` the leakage traps and whether each was caught;
    `mismatches` of a replay; `hash` of the artefact as it is, `hash_trained` as it was trained.
    """

    n_eff: float
    wins: int
    losses: int
    visits: tuple[int, ...]
    own_losses: tuple[float, ...]
    champion_losses: tuple[float, ...]
    skill: float
    ece: float
    ece_excess: float
    slope: float
    regimes: tuple[tuple[float, int], ...]
    dsr: float
    canaries: tuple[tuple[str, bool], ...]
    mismatches: int
    hash: str
    hash_trained: str

    def splits_won(self) -> float:
        """NaN when the losses are not of the 15 splits."""
        if not len(self.own_losses) == len(self.champion_losses) == SPLITS:
            return float("nan")
        return sum(own < old for own, old in zip(self.own_losses, self.champion_losses, strict=True))

    def worst_ece(self) -> float:
        """Of the regimes with 200 labels; of all labels together while none has so many."""
        return max((ece for ece, labels in self.regimes if labels >= REGIME_LABELS_MIN), default=self.ece)

    def uncaught(self) -> float:
        """Leakage traps that were not caught; NaN when none was tried."""
        return sum(not caught for _, caught in self.canaries) if self.canaries else float("nan")


def gates(evidence: Evidence) -> tuple[Gate, ...]:
    """Every gate, passed or not; the challenger may be tried when all pass."""
    e = evidence
    return (
        gate("G1.n_eff", e.n_eff, ">= 200"),
        gate("G1.wins", e.wins, ">= 40"),
        gate("G1.losses", e.losses, ">= 40"),
        gate("G1.regimes_visited_3_times", sum(visits >= 3 for visits in e.visits), ">= 2"),
        gate("G2.splits_won", e.splits_won(), ">= 12"),
        gate("G2.skill", e.skill, "> 0"),
        gate("G3.ece_excess", e.ece_excess, "<= 0.03"),
        gate("G3.worst_regime_ece", e.worst_ece(), "<= 0.10"),
        gate("G3.slope_min", e.slope, ">= 0.7"),
        gate("G3.slope_max", e.slope, "<= 1.4"),
        gate("G4.dsr", e.dsr, ">= 0.95"),
        gate("G5.leaks", e.uncaught(), "== 0"),
        gate("G6.replay_mismatches", e.mismatches, "== 0"),
        gate("G6.hash_equal", float(bool(e.hash) and e.hash == e.hash_trained), "== 1"),
    )


def gate(gate_id: str, value: float, limit: str) -> Gate:
    """A value beside a limit written as "<= 0.03"."""
    sign, bound = limit.split()
    return Gate(gate_id, float(value), limit, bool(SIGNS[sign](value, float(bound))))
