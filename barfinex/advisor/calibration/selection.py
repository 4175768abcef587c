"""Which calibrator is served: whoever would have said it best, once that is past doubt."""

from __future__ import annotations

import numpy as np
from msgspec import structs

from barfinex.advisor.calibration.calibrator import checked, effective_by_regime
from barfinex.advisor.calibration.menu import DEFAULT, MENU, NAMES, AnyCalibrator
from barfinex.advisor.calibration.methods.curves import IDENTITY
from barfinex.advisor.learning.weights import effective
from barfinex.domain.candles import Floats
from barfinex.domain.value import Value

REFIT_LABELS = 50
FIT_LABELS_MAX = 2_000
"""Fitted on the newest of them; older labels tell of another market."""
EVIDENCE_MIN = 20.0
"""An e-value that one in twenty challengers who are no better ever reaches (Ville 1939)."""
BETS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
LOSS_MAX = 0.5
"""A bet is cut down before the outcome is known, so that it loses half of its wealth at most."""


class Selection(Value, frozen=True):
    """All that the choice rests on. Columns have one row a method, in the order of `menu.MENU`.

    `score`: sum of weighted log probabilities given to what happened; `wealth` [methods, bets]: logarithm of
    what each bet on the method against the incumbent has come to; `fitted`: None before a method is
    eligible; `n`: labels scored; `unfitted`: of these, since the last fit; `n_eff`, `n_eff_regimes`:
    effective labels of the last fit.
    """

    incumbent: str = DEFAULT
    score: tuple[float, ...] = (0.0,) * len(MENU)
    wealth: tuple[tuple[float, ...], ...] = ((0.0,) * len(BETS),) * len(MENU)
    fitted: tuple[AnyCalibrator | None, ...] = (None,) * len(MENU)
    n: int = 0
    unfitted: int = 0
    n_eff: float = 0.0
    n_eff_regimes: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        columns = (self.score, self.wealth, self.fitted)
        if self.incumbent not in NAMES or any(len(column) != len(MENU) for column in columns):
            raise ValueError("selection: not made with this menu; select anew from the labels")

    @property
    def due(self) -> bool:
        """Whether fifty labels have come since the last fit."""
        return self.unfitted >= REFIT_LABELS

    @property
    def evidence(self) -> tuple[float, ...]:
        """The e-value of each method against the incumbent; its own is 1."""
        return tuple(np.exp(self.wealth).mean(axis=1).tolist())

    def seen(self, name: str, posterior: tuple[float, ...]) -> AnyCalibrator | None:
        """A method as it was fitted, where it has seen enough of the regimes at hand, as in `forecasts`."""
        place = NAMES.index(name)
        if self.fitted[place] is None:
            return None
        labels = sum(q * n for q, n in zip(posterior, self.n_eff_regimes, strict=True))
        return self.fitted[place] if labels >= MENU[place].n_eff_regime_min else None

    def served(self, z: Floats, posterior: Floats) -> Floats:
        """[n] probabilities of the incumbent, as `forecasts`."""
        return np.asarray(self.forecasts(z, posterior)[:, NAMES.index(self.incumbent)])

    def forecasts(self, z: Floats, posterior: Floats) -> Floats:
        """[n, methods] probabilities of logits [n] under posteriors [n, R].

        Where a method has seen too little, in all or in the regime at hand, the default stands in for it, and
        the identity for the default.
        """
        default = self.fitted[NAMES.index(DEFAULT)] or IDENTITY
        stand_in = default.apply_many(z, posterior)
        seen = posterior @ np.array(self.n_eff_regimes) if self.n_eff_regimes else np.zeros(len(z))
        columns = [
            stand_in
            if fitted is None
            else np.where(seen >= method.n_eff_regime_min, fitted.apply_many(z, posterior), stand_in)
            for method, fitted in zip(MENU, self.fitted, strict=True)
        ]
        return np.column_stack(columns)

    def admitted(self, z: Floats, posterior: Floats, won: Floats, weights: Floats | None = None) -> Selection:
        """After labels [n] in the order of their admission, each judged by the methods as they now stand.

        Each bet stakes a fixed multiple of the difference in log score, which a challenger who is no better
        does not expect to gain by; so its wealth is an e-process (Choe & Ramdas 2024, "Comparing sequential
        forecasters"). Once the mean of its bets reaches 20 the challenger is the incumbent; all begin anew.

        Raises:
            BadInput: lengths differ, or a number is not finite or outside its range.
        """
        share = np.minimum(1.0, checked(z, posterior, won, weights))
        p = self.forecasts(z, posterior)
        said = np.log(np.where(won[:, None] == 1.0, p, 1.0 - p))
        incumbent, wealth, row = NAMES.index(self.incumbent), np.array(self.wealth), 0
        while row < len(z):
            gains = share[row:, None, None] * _gain(said[row:], incumbent)
            steps = np.log1p(_stakes(p[row:], incumbent) * gains)
            path = np.add.accumulate(np.concatenate((wealth[None], steps)))[1:]
            with np.errstate(over="ignore"):  # Beyond the first that is past doubt nothing is read.
                evidence = np.exp(path).mean(axis=2)
            past_doubt = evidence.max(axis=1) >= EVIDENCE_MIN
            if not past_doubt.any():
                wealth = path[-1]
                break
            at = int(past_doubt.argmax())
            incumbent, wealth, row = int(evidence[at].argmax()), np.zeros_like(wealth), row + at + 1
        return structs.replace(
            self,
            incumbent=NAMES[incumbent],
            score=tuple((np.array(self.score) + share @ said).tolist()),
            wealth=tuple(map(tuple, wealth.tolist())),
            n=self.n + len(z),
            unfitted=self.unfitted + len(z),
        )

    def refitted(self, z: Floats, posterior: Floats, won: Floats, weights: Floats | None = None) -> Selection:
        """With every eligible method fitted on the labels so far, of which the newest 5,000 are used.

        Raises:
            BadInput: lengths differ, or a number is not finite or outside its range.
        """
        share = checked(z, posterior, won, weights)[-FIT_LABELS_MAX:]
        z, posterior, won = z[-FIT_LABELS_MAX:], posterior[-FIT_LABELS_MAX:], won[-FIT_LABELS_MAX:]
        n_eff = effective(share)
        return structs.replace(
            self,
            fitted=tuple(
                method.fit(z, posterior, won, share) if n_eff >= method.n_eff_min else None for method in MENU
            ),
            unfitted=0,
            n_eff=n_eff,
            n_eff_regimes=tuple(effective_by_regime(posterior, share).tolist()),
        )


def prequential(z: Floats, posterior: Floats, won: Floats, weights: Floats | None = None) -> Selection:
    """The choice that a history of labels leads to: each judged before it is learned from (Dawid 1984).

    Raises:
        BadInput: lengths differ, or a number is not finite or outside its range.
    """
    share, chosen = checked(z, posterior, won, weights), Selection()
    for start in range(0, len(z), REFIT_LABELS):
        now = slice(start, start + REFIT_LABELS)
        chosen = chosen.admitted(z[now], posterior[now], won[now], share[now])
        if chosen.due:
            past = slice(0, now.stop)
            chosen = chosen.refitted(z[past], posterior[past], won[past], share[past])
    return chosen


def _gain(said: Floats, incumbent: int) -> Floats:
    """[n, methods, 1] of log score, over the incumbent."""
    return np.asarray((said - said[:, [incumbent]])[..., None])


def _stakes(p: Floats, incumbent: int) -> Floats:
    """[n, methods, bets]: cut down by the worse of the two outcomes."""
    worse = np.minimum(_gain(np.log(p), incumbent), _gain(np.log(1.0 - p), incumbent))
    return np.asarray(np.minimum(BETS, LOSS_MAX / np.maximum(-worse, 1e-12)))
