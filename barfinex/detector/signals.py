"""A fired rule becomes a signal: every reason with its weight, bound to the candle it was seen on."""

from __future__ import annotations

from barfinex.detector.scoring import Rule
from barfinex.domain.candles import Candles, Provenance
from barfinex.domain.ids import digest, ident
from barfinex.domain.signal import Bracket, ConditionScore, Signal, SignalKind
from barfinex.sdk.strategy import Strategy

TTL_MS_MIN = 2_000
"""A signal lives at least as long as an approval does by default: shorter, and nobody could act on it."""


def ttl_ms(strategy: Strategy, candle: Candles) -> int:
    """How long a signal on this candle may be acted on, in ms."""
    return max(strategy.ttl * candle.series.step_ms, TTL_MS_MIN)


def candle_hash(candle: Candles) -> str:
    """Sixteen hex digits that commit to the numbers of the (last) candle."""
    series, at = candle.series, candle.stop - 1
    columns = (series.ts, series.open, series.high, series.low, series.close, series.volume)
    return digest(series.instrument, series.timeframe, *[column.item(at) for column in columns])


def reasons_of(strategy: Strategy, rule: Rule, values: list[float]) -> list[ConditionScore]:
    """Each condition of a rule with its value."""
    return [
        ConditionScore(one.id, value, one.weight, value * one.weight)
        for one, value in zip(rule.conditions(strategy), values, strict=True)
    ]


def write(
    strategy: Strategy,
    rule: Rule,
    candle: Candles,
    scored: tuple[list[float], Bracket | None],
    trade_id: str | None,
    now: int,
    rests_on: Provenance = Provenance.FINAL,
) -> Signal:
    """The signal of a rule that fired at `candle`; conditions that fired come first."""
    values, bracket = scored
    kind, direction = rule.value
    reasons = reasons_of(strategy, rule, values)
    fired = [one for one in reasons if one.value > 0.0]
    seen = candle_hash(candle)
    return Signal(
        id=ident("sig", strategy.name, candle.instrument, candle.timeframe, rule.name, candle.last_ts, seen),
        strategy=strategy.name,
        instrument=candle.instrument,
        timeframe=candle.timeframe,
        kind=kind,
        direction=direction,
        score=sum(one.contribution for one in reasons),
        threshold=strategy.threshold if kind is SignalKind.ENTRY else strategy.exit_threshold,
        conditions=(*fired, *(one for one in reasons if one.value <= 0.0)),
        candle_ts=candle.last_ts,
        candle_hash=seen,
        price=candle.last_close,
        expires_at=now + ttl_ms(strategy, candle),
        bracket=bracket,
        trade_id=trade_id if kind is SignalKind.EXIT else None,
        rests_on=rests_on.name.lower(),
    )
