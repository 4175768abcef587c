"""From closed trades to labels, and from labels to base rates and the calibrator."""

from __future__ import annotations

from collections import deque

from barfinex.advisor.learning.platt import Platt, fit
from barfinex.advisor.odds import logit
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.position import RoundTrip
from barfinex.domain.value import Value

OPEN_MAX = 4_096
LABELS_MAX = 2_000


class Label(Value, frozen=True):
    """An outcome beside the conviction that was held when it was decided; `count` labels with this one."""

    strategy: str
    raw: float
    conviction: float
    won: bool
    count: int


class Labels:
    """What was learned so far.

    A label is admitted when its trade closes. That favours what ends soon; admission by elapsed horizon, in
    the order of the decisions, comes with the learning loop.

    Of more than 4,096 intents without an outcome the oldest is forgotten: it will not be learned from.
    The calibrator rests on the last 2,000 labels.

    Args:
        base_rate: win rate expected of a strategy nothing is known of.
        weight: how many outcomes that expectation counts for.
    """

    def __init__(self, base_rate: float, weight: int) -> None:
        self._prior_wins, self._prior = base_rate * weight, weight
        self._open: dict[str, ExecutionIntent] = {}
        self._tally: dict[str, tuple[int, int]] = {}
        self._recent: deque[tuple[float, bool]] = deque(maxlen=LABELS_MAX)
        self._count, self._fitted = 0, 0
        self.platt = Platt()

    def base_rate(self, strategy: str) -> tuple[float, int]:
        """The mean of the Beta posterior of the strategy's win rate, and the number of its labels."""
        wins, count = self._tally.get(strategy, (0, 0))
        return (self._prior_wins + wins) / (self._prior + count), count

    def expect(self, intent: ExecutionIntent) -> None:
        """An intent was proposed; its trade may close one day. An exit has no conviction to learn from."""
        if intent.conviction is None:
            return
        self._open[intent.trade_id] = intent
        if len(self._open) > OPEN_MAX:
            del self._open[next(iter(self._open))]

    def forget(self, trade_id: str) -> None:
        """The intent came to nothing: no trade, no outcome."""
        self._open.pop(trade_id, None)

    def admit(self, trade: RoundTrip) -> Label | None:
        """Learn from a closed trade, once; None when it was no decision of ours."""
        intent = self._open.pop(trade.id, None)
        if intent is None or intent.conviction is None:
            return None
        held, won = intent.conviction, trade.net_pnl > 0
        wins, count = self._tally.get(intent.strategy, (0, 0))
        self._tally[intent.strategy] = wins + won, count + 1
        self._recent.append((logit(held.raw), won))
        self._count += 1
        if self._count - self._fitted >= _refit_every(self._count):
            odds, outcomes = zip(*self._recent, strict=True)
            self.platt, self._fitted = fit(odds, outcomes, self.platt), self._count
        return Label(intent.strategy, held.raw, held.calibrated, won, self._count)


def _refit_every(count: int) -> int:
    """Labels between refits: the more there are, the less one more says."""
    return 10 if count < 100 else 25 if count < 500 else 100
