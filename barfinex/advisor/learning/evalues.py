"""Evidence that stays valid however often it is looked at: wagers on forecasters, and bands on means."""

from __future__ import annotations

from math import exp, isnan, log, log1p, sqrt

from msgspec.structs import replace

from barfinex.domain.value import Value

BETS = (0.25, 1.0, 4.0, 16.0, 64.0)
SURE = 0.9
FORECAST_MIN = 0.02


class Wager(Value, frozen=True):
    """Evidence against "`p` is no better than `q` by more than -`margin`", in Brier score.

    Each bet stakes a fixed share on every label's difference d = (q - y)² - (p - y)² + margin: its wealth is
    multiplied by 1 + bet d, which is expected to be at most 1 while the hypothesis holds. The bet is held
    back, before the outcome, so that no outcome can take more than 9/10. The mean wealth of all bets is an
    e-value at any time; by Ville's inequality it ever reaches 20 with a probability of at most 1/20.

    I. Waudby-Smith, A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024);
    Y. J. Choe, A. Ramdas, "Comparing sequential forecasters", Operations Research 72 (2024).
    """

    margin: float = 0.0
    wealth: tuple[float, ...] = (0.0,) * len(BETS)
    labels: int = 0

    @property
    def value(self) -> float:
        """The e-value."""
        return sum(map(_exp, self.wealth)) / len(self.wealth)

    def after(self, p: float, q: float, won: bool) -> Wager:
        """With one more outcome, of which `p` and `q` were the forecasts, made before it.

        Raises:
            ValueError: a forecast is not in [0, 1].
        """
        y = float(won)
        down = min(_gain(p, q, 0.0), _gain(p, q, 1.0)) + self.margin
        limit = SURE / -down if down < 0.0 else BETS[-1]
        d = _gain(p, q, y) + self.margin
        wealth = tuple(had + log1p(min(bet, limit) * d) for had, bet in zip(self.wealth, BETS, strict=True))
        return Wager(self.margin, wealth, self.labels + 1)


class Doubt(Value, frozen=True):
    """Evidence against "`q` is the chance of a win", gathered by `p`: the likelihood ratio of p to q.

    It is an e-value while the hypothesis holds, and its logarithm is what q has lost to p in log score: at 20
    q has lost three nats. No bet grows faster when p is right. Forecasts are held inside [0.02, 0.98].
    """

    wealth: float = 0.0
    labels: int = 0

    @property
    def value(self) -> float:
        """The e-value."""
        return _exp(self.wealth)

    def after(self, p: float, q: float, won: bool) -> Doubt:
        """With one more outcome, of which `p` and `q` were the forecasts, made before it.

        Raises:
            ValueError: a forecast is not in [0, 1].
        """
        return Doubt(self.wealth + log(_chance(p, won) / _chance(q, won)), self.labels + 1)


class Band(Value, frozen=True):
    """A confidence sequence for the mean of numbers in [low, high]: at all times at once the mean is inside,
    but for a probability of `miss`. Numbers outside are clipped: it is their clipped mean that is bracketed.

    Predictable plug-in empirical Bernstein, with running intersection: Waudby-Smith and Ramdas (2024),
    theorem 2.
    """

    low: float
    high: float
    miss: float = 0.05
    count: int = 0
    total: float = 0.0
    squares: float = 0.25
    staked: float = 0.0
    weighed: float = 0.0
    penalty: float = 0.0
    least: float = 0.0
    most: float = 1.0

    def __post_init__(self) -> None:
        if not (self.low < self.high and 0.0 < self.miss < 1.0):
            raise ValueError("low is not below high, or miss not inside (0, 1): give a range and a chance")

    def after(self, number: float) -> Band:
        """With one more number.

        Raises:
            ValueError: it is not a number.
        """
        if isnan(number):
            raise ValueError("number is not one: what is not known has no place in a mean")
        x = (min(max(number, self.low), self.high) - self.low) / (self.high - self.low)
        count = self.count + 1
        before = (0.5 + self.total) / count
        noise = self.squares / count
        stake = min(sqrt(2.0 * log(2.0 / self.miss) / (noise * count * log(count + 1.0))), 0.5)
        total = self.total + x
        squares = self.squares + (x - (0.5 + total) / (count + 1)) ** 2
        staked, weighed = self.staked + stake, self.weighed + stake * x
        penalty = self.penalty + (x - before) ** 2 * (-log1p(-stake) - stake)
        middle, half = weighed / staked, (log(2.0 / self.miss) + penalty) / staked
        return replace(
            self,
            count=count,
            total=total,
            squares=squares,
            staked=staked,
            weighed=weighed,
            penalty=penalty,
            least=max(self.least, middle - half),
            most=min(self.most, middle + half),
        )

    @property
    def mean(self) -> float:
        """Of what was seen; the middle of the range before anything was."""
        share = self.total / self.count if self.count else 0.5
        return self.low + (self.high - self.low) * share

    @property
    def interval(self) -> tuple[float, float]:
        """(lower, upper)."""
        width = self.high - self.low
        return self.low + width * self.least, self.low + width * self.most


def _gain(p: float, q: float, y: float) -> float:
    """How much better p is than q in Brier score."""
    if not (0.0 <= p <= 1.0 and 0.0 <= q <= 1.0):
        raise ValueError(f"forecasts {p} and {q} are not both in [0, 1]: give probabilities")
    return (q - p) * (q + p - 2.0 * y)


def _chance(p: float, won: bool) -> float:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"forecast {p} is not in [0, 1]: give a probability")
    held = min(max(p, FORECAST_MIN), 1.0 - FORECAST_MIN)
    return held if won else 1.0 - held


def _exp(wealth: float) -> float:
    """Held below e^600, far beyond any limit, where numbers end."""
    return exp(min(wealth, 600.0))
