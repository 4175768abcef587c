"""Base rates: of a strategy on an instrument, leaning on what is like it while little is known."""

from __future__ import annotations

from barfinex.domain.value import Value

REGIME_WEIGHT = 20.0
KEYS_MAX = 4_096
BREAK_EVEN_MARGIN = 0.01

Key = tuple[str, str, str]


class Tally(Value, frozen=True):
    """Weighted wins among weighted labels."""

    wins: float = 0.0
    count: float = 0.0

    def plus(self, wins: float, count: float) -> Tally:
        return Tally(self.wins + wins, self.count + count)

    def around(self, prior: float, weight: float) -> float:
        """The mean of the Beta posterior whose prior is worth `weight` labels."""
        return (self.wins + weight * prior) / (self.count + weight)


class Rates:
    """Win rates of (family, strategy, instrument), counted from admitted labels.

    Partially pooled: the prior of a family's rate is the operator's; that of a strategy is the rate of its
    family's other strategies; that of a strategy on an instrument is its rate on the others. Each prior is
    worth `weight` labels, and no label counts twice. Within a regime the rate leans on the base rate with a
    weight of twenty (the k of the ladder).

    Of more than 4,096 keys the one longest without a label is forgotten.
    """

    def __init__(self, weight: float = 10.0) -> None:
        self._weight = weight
        self._tallies: dict[Key, dict[str, Tally]] = {}

    def learn(self, key: Key, posterior: dict[str, float], won: bool, weight: float = 1.0) -> None:
        """Count an admitted label once, shared among the regimes by their probabilities at the decision.

        Raises:
            ValueError: a weight or probability is not in [0, 1].
        """
        if not all(0.0 <= share <= 1.0 for share in (weight, *posterior.values())):
            raise ValueError("weight or posterior is not in [0, 1]: give shares")
        tallies = self._tallies.pop(key, {})
        for regime, share in posterior.items():
            counted = weight * share
            tallies[regime] = tallies.get(regime, Tally()).plus(counted * won, counted)
        self._tallies[key] = tallies
        if len(self._tallies) > KEYS_MAX:
            del self._tallies[next(iter(self._tallies))]

    def prior(self, key: Key, operator: float) -> float:
        """The win rate expected of the key before any label of its own; `operator` if nothing is like it."""
        family, strategy, instrument = key
        kin = [(k, t) for k, t in self._tallies.items() if k[0] == family]
        others = _sum([t for k, t in kin if k[1] != strategy])
        elsewhere = _sum([t for k, t in kin if k[1] == strategy and k[2] != instrument])
        return elsewhere.around(others.around(operator, self._weight), self._weight)

    def base(self, key: Key, operator: float) -> float:
        """The base rate of the key."""
        return _sum([self._tallies.get(key, {})]).around(self.prior(key, operator), self._weight)

    def within(self, key: Key, posterior: dict[str, float], base: float) -> float:
        """The rate within a regime, averaged over the regime's posterior (whose shares add up to 1), from the
        `base` rate of the key."""
        tallies = self._tallies.get(key, {})
        return sum(
            share * tallies.get(regime, Tally()).around(base, REGIME_WEIGHT)
            for regime, share in posterior.items()
        )


def cautious_prior(reward_to_risk: float) -> float:
    """The prior of a strategy when the operator gives none: break-even less one point, so that nothing is
    worth doing before it has been seen to be. `reward_to_risk` is net, E[R | win] / |E[R | loss]|.

    Raises:
        ValueError: it is not above 0.
    """
    if not 0.0 < reward_to_risk < float("inf"):
        raise ValueError(
            f"reward_to_risk {reward_to_risk} is not above 0: give a net reward to a unit of risk"
        )
    return max(1.0 / (1.0 + reward_to_risk) - BREAK_EVEN_MARGIN, BREAK_EVEN_MARGIN)


def _sum(found: list[dict[str, Tally]]) -> Tally:
    wins = count = 0.0
    for tallies in found:
        for tally in tallies.values():
            wins += tally.wins
            count += tally.count
    return Tally(wins, count)
