"""What a language model is shown of a decision: the facts by path, and no probability to copy."""

from __future__ import annotations

from collections.abc import Iterator

from barfinex.advisor.features.table import TABLE
from barfinex.advisor.llm.context import Context, build_context
from barfinex.advisor.llm.leaves import Kind, Leaf, Plain, Unit
from barfinex.advisor.llm.quantities import kind_of
from barfinex.advisor.stages.calibration import Calibration

UNITS = {"share": Unit.FRAC, "fraction": Unit.FRAC, "ratio": Unit.RATIO, "trades": Unit.COUNT}
"""Of features; the others are told in deviations of some kind."""

Fact = tuple[str, Plain, Unit]
Shown = tuple[str, Plain, Unit, Kind]
MEASURE, SIDED = Kind.MEASURE, Kind.DIRECTIONAL


def context_of(calibration: Calibration) -> Context:
    """The context of a decision, blind to its symbol and prices; with what moved the conviction, which is not
    shown.

    Raises:
        BadInput, ValueError: a fact cannot be shown: a name with blanks, a number beyond 1e15.
    """
    leaves = {path: Leaf(value, unit, kind) for path, value, unit, kind in _leaves(calibration)}
    evidence = calibration.conviction.evidence
    weights = {f"/features/{name}": weight for name, weight in evidence.terms}
    weights |= {f"/rules/{name}": weight for name, weight in evidence.items}
    return build_context(leaves, attribution=weights)


def _leaves(calibration: Calibration) -> Iterator[Shown]:
    for path, value, unit in (*_trade(calibration), *_state(calibration)):
        yield path, value, unit, kind_of(path, unit)
    signal, evidence = calibration.case.signal, calibration.conviction.evidence
    features, sign = evidence.quality.context.facts.features, signal.direction.sign
    for feature, value in zip(TABLE, features.values, strict=True):
        if feature.name in features.missing:
            continue
        unit = UNITS.get(feature.unit, Unit.Z)
        # They are kept turned to the signal's side; a reader takes what is above zero for the market's up.
        told = (value * sign, unit, SIDED) if feature.signed else (value, unit, MEASURE)
        yield f"/features/{feature.name}", *told
    for name, weight in evidence.items:
        yield f"/rules/{name}", weight, Unit.Z, MEASURE


def _trade(calibration: Calibration) -> Iterator[Fact]:
    signal, facts = calibration.case.signal, calibration.conviction.evidence.quality.context.facts
    sign = signal.direction.sign
    yield "/signal/symbol", signal.instrument, Unit.ID
    yield "/signal/side", signal.direction.value, Unit.ENUM
    yield "/signal/entry", facts.quote.entry(sign), Unit.PRICE
    if signal.bracket is not None:
        yield "/signal/stop", signal.price * (1.0 - sign * signal.bracket.stop), Unit.PRICE
        if signal.bracket.reward_risk is not None:
            reach = signal.bracket.stop * signal.bracket.reward_risk
            yield "/signal/target", signal.price * (1.0 + sign * reach), Unit.PRICE
            yield "/economics/reward_risk", signal.bracket.reward_risk, Unit.RATIO


def _state(calibration: Calibration) -> Iterator[Fact]:
    quality, known = calibration.conviction.evidence.quality, calibration.conviction.known
    facts = quality.context.facts
    yield "/quality/score", quality.grade, Unit.FRAC
    yield "/quality/spread", facts.quote.spread_bps, Unit.BPS
    yield "/regime/label", facts.regime.label.value, Unit.ENUM
    yield "/regime/age_bars", facts.regime.age, Unit.COUNT
    yield "/regime/change_hint", facts.regime.change_hint, Unit.BOOL
    yield "/evidence/n_eff", known.n_eff, Unit.COUNT
    yield "/evidence/base_rate", known.base, Unit.PROB
    yield "/portfolio/open_positions", facts.account.positions, Unit.COUNT
    yield "/portfolio/drawdown", facts.account.drawdown, Unit.FRAC
