"""A strategy: weighted conditions per direction, and thresholds. Checked when made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import timeframe_ms
from barfinex.sdk.bracket import SLACK, Bracket, count
from barfinex.sdk.expressions import Expr, is_number
from barfinex.sdk.functions import Degree, Function, Plain
from barfinex.sdk.indicators import close, high, low, open, volume  # noqa: A004  # the word of the trade

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Condition:
    """One reason to act: `when` is an expression, or a plain function of `Columns` over arrays.

    What is true counts 1, what is false 0; a number counts as a degree and must lie in [0, 1]. A plain
    function is shown `lookback` candles before those it is asked about. `id` names the reason in results.

    Raises:
        BadInput: no usable id, weight or `when`.
    """

    id: str
    when: Expr | Function
    weight: float = 1.0
    description: str = ""
    lookback: int = 0

    def __post_init__(self) -> None:
        where = f"condition {self.id!r}"
        if not NAME.fullmatch(str(self.id)):
            raise BadInput(where, "is no name", "Use letters, digits, _ . - for its id, at most 64.")
        if not is_number(self.weight) or self.weight <= 0.0:
            raise BadInput(where, f"has the weight {self.weight!r}", "Give a finite weight above 0.")
        count(f"{where} lookback", self.lookback, 0)
        if not isinstance(self.when, Expr) and not callable(self.when):
            raise BadInput(
                where,
                f"has {self.when!r} for `when`",
                "Give an expression such as close > ema(20), without ==, or a function over arrays.",
            )

    @property
    def expression(self) -> Expr:
        """What is computed: values true or false, or degrees in [0, 1]."""
        if isinstance(self.when, Expr):
            return self.when if self.when.is_truth else Expr(Degree(), (self.when,))
        return Expr(Plain(self.when, self.lookback), (open, high, low, close, volume))


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """What to look for and when to act. A direction's score is the sum of weight x value over its conditions.

    Args:
        name: unique among the strategies of a run.
        bracket: where positions end if no exit condition ends them.
        instruments: symbols it listens to; empty: all.
        timeframe: of its candles, e.g. `5m`; None: the finest there are.
        long, short: conditions to enter; exit_long, exit_short: conditions to leave.
        threshold, exit_threshold: the score at which it acts.
        ttl: candles for which a signal may be acted on; until then no other entry is signalled.
        cooldown: candles to wait after a closed trade before the next entry.
        warmup: candles it must have seen before it may signal; a run fetches as many before it begins.

    Raises:
        BadInput: it could never trade, or a field is out of bounds.
    """

    name: str
    bracket: Bracket
    instruments: Sequence[str] = ()
    timeframe: str | None = None
    long: Sequence[Condition] = ()
    short: Sequence[Condition] = ()
    exit_long: Sequence[Condition] = ()
    exit_short: Sequence[Condition] = ()
    threshold: float = 1.0
    exit_threshold: float = 1.0
    ttl: int = 1
    cooldown: int = 0
    warmup: int = 0
    description: str = ""

    def __post_init__(self) -> None:
        where = f"strategy {self.name!r}"
        if not NAME.fullmatch(str(self.name)):
            raise BadInput(where, "is no name", "Use letters, digits, _ . -, at most 64.")
        if not isinstance(self.bracket, Bracket):
            raise BadInput(where, "has no bracket", "Give bracket=Bracket(stop=0.02, target=0.04).")
        if isinstance(self.instruments, str):
            raise BadInput(where, "has one text for instruments", 'Give a tuple: instruments=("BTC-USDT",).')
        object.__setattr__(self, "instruments", tuple(self.instruments))
        if self.timeframe is not None:
            timeframe_ms(self.timeframe)
        if not self.long and not self.short:
            raise BadInput(where, "has no condition to enter", "Give long=[…], short=[…] or both.")
        for side, threshold in (
            ("long", self.threshold),
            ("short", self.threshold),
            ("exit_long", self.exit_threshold),
            ("exit_short", self.exit_threshold),
        ):
            object.__setattr__(self, side, _conditions(f"{where} {side}", getattr(self, side), threshold))
        count(f"{where} ttl", self.ttl, 1)
        count(f"{where} cooldown", self.cooldown, 0)
        count(f"{where} warmup", self.warmup, 0)


def _conditions(where: str, given: Sequence[Condition], threshold: float) -> tuple[Condition, ...]:
    if isinstance(given, Condition) or not all(isinstance(one, Condition) for one in given):
        raise BadInput(where, "is no list of conditions", 'Write [Condition("id", close > ema(20)), …].')
    ids = [one.id for one in given]
    if len(set(ids)) != len(ids):
        raise BadInput(where, f"has two conditions of one id in {ids}", "Name each condition differently.")
    if not is_number(threshold) or threshold <= 0.0:
        raise BadInput(where, f"has the threshold {threshold!r}", "Give a finite threshold above 0.")
    total = sum(one.weight for one in given)
    if given and threshold > total + SLACK:
        raise BadInput(
            where,
            f"has the threshold {threshold:g}, and its weights only add up to {total:g}",
            "Lower the threshold or raise the weights.",
        )
    return tuple(given)
