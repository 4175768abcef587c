"""A decision's facts are of its moment: nothing later, nothing of another, and all of it bounded."""

from __future__ import annotations

from dataclasses import replace as changed
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

import barfinex.advisor.gathering as subject
from barfinex.advisor.carry import Carry
from barfinex.advisor.features.table import NAMES, TABLE, Source
from barfinex.advisor.gathering import NOWHERE, Gathering, Market
from barfinex.advisor.learning.learner import Learner
from barfinex.advisor.standing import Standing
from barfinex.advisor.trace import Case
from barfinex.config import AdvisorConfig
from barfinex.domain.signal import Direction, Regime
from barfinex.domain.trading import Level, Scope
from barfinex.events.inspector import TradingHalted
from barfinex.events.provider import FeedStalled, FundingFixed, MarketQualityScored
from tests.advisor.builders import STEP, market, signal
from tests.advisor.learning_road import waves
from tests.advisor.told import label

KEY = ("BTC-USDT", "1m")


class Desk:
    """A gathering and what it reads."""

    def __init__(self, instruments: frozenset[str] = frozenset(), refit_every: int = 1_000_000) -> None:
        config = AdvisorConfig()
        self.market, self.standing, self.carry = Market(refit_every), Standing(), Carry()
        self.learner = Learner(config, self.market.view)
        self.gathering = Gathering(
            config, instruments, 2.0, self.market, self.standing, self.learner, self.carry
        )

    def case(self, at: int = 299, **changes: Any) -> Case:
        sent = signal(at=at, **changes)
        return Case.of(sent, sent.candle_ts + STEP)


def missing_of(source: Source) -> set[str]:
    return {one.name for one in TABLE if one.source is source}


def test_before_any_candle_nothing_is_known_but_the_signal() -> None:
    made = Desk()
    facts = made.gathering.facts(made.case())
    assert (facts.motion.candles, facts.quote.source, facts.regime) == (0, "candle", NOWHERE)
    assert missing_of(Source.CANDLES) <= set(facts.features.missing)
    assert facts.regime.label is Regime.UNKNOWN
    assert (facts.score, facts.parts, facts.is_stalled, facts.is_repeated) == (None, (), False, False)


def test_with_candles_the_features_are_there_and_of_that_moment() -> None:
    made = Desk()
    made.market.fold(market().block())
    facts = made.gathering.facts(made.case())
    assert set(facts.features.missing) <= missing_of(Source.FLOW) | missing_of(Source.CONTEXT)
    assert facts.features.known_at == 300 * STEP
    assert facts.quote.middle == pytest.approx(market().close.item(-1))


def test_candles_that_close_later_change_no_fact() -> None:
    """I17: the block may hold more than the moment knows."""
    early, late = Desk(), Desk()
    early.market.fold(market().block(0, 250))
    late.market.fold(market().block())
    for made in (early, late):
        made.market.follow(KEY)
    case = early.case(249)
    one, two = early.gathering.facts(case), late.gathering.facts(case)
    assert replace(one, regime=NOWHERE) == replace(two, regime=NOWHERE)


def test_a_regime_is_the_same_whether_it_was_followed_before_or_begins_now() -> None:
    """Candles are kept long enough to catch up: who is asked of first matters to nobody."""
    series = waves(900)
    followed, asked = Desk(), Desk()
    followed.market.fold(series.block(0, 30))
    followed.market.follow(KEY)
    for begin in range(30, 900, 29):
        followed.market.fold(series.block(begin, min(900, begin + 29)))
    asked.market.fold(series.block())
    assert followed.market.follow(KEY) is not None
    one, two = (made.gathering.facts(made.case(899)).regime for made in (followed, asked))
    assert one == two
    assert one != NOWHERE


def test_facts_of_the_instrument_and_the_strategy_only() -> None:
    made = Desk(frozenset({"BTC-USDT"}))
    made.market.fold(market().block())
    for event in (
        FeedStalled(instrument="ETH-USDT", reason="silent"),
        MarketQualityScored(instrument="BTC-USDT", score=0.8, parts={"b": 0.1, "a": 0.2}),
        TradingHalted(way="api", reason="a test", scope=Scope(Level.STRATEGY, "sample")),
    ):
        made.standing.fold(event, 0, 0)
    ours = made.gathering.facts(made.case())
    theirs = made.gathering.facts(made.case(instrument="ETH-USDT", strategy="another"))
    assert (ours.is_known, ours.is_stalled, ours.score) == (True, False, 0.8)
    assert ours.parts == (("a", 0.2), ("b", 0.1))
    assert ours.account.halted == "strategy sample"
    assert (theirs.is_known, theirs.is_stalled, theirs.score) == (False, True, None)
    assert theirs.account.halted == ""


def test_a_signal_is_remembered_and_the_next_of_its_side_knows_when() -> None:
    made = Desk()
    made.market.fold(market().block())
    first, second = made.case(199, number=1), made.case(299, number=2)
    before = made.gathering.facts(second).features
    made.gathering.remember(first)
    assert made.gathering.facts(first).is_repeated
    assert not made.gathering.facts(second).is_repeated
    assert made.gathering.facts(second).features.get("since_signal") == pytest.approx(4.6151, abs=1e-3)
    other = made.case(299, number=3, direction=Direction.SHORT)
    assert made.gathering.facts(other).features.get("since_signal") == before.get("since_signal")


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "SEEN_MAX", 3)
    monkeypatch.setattr(subject, "TRACKERS_MAX", 2)
    made = Desk()
    for number in range(6):
        made.gathering.remember(made.case(number=number, strategy=f"s{number}"))
        block = changed(market(), instrument=f"COIN{number}-USDT").block()
        made.market.fold(block)
        made.market.follow(block.key)
    assert list(made.gathering.decided) == [f"sig-{number:016x}" for number in (3, 4, 5)]
    assert len(made.market.trackers) == 2
    assert made.gathering.facts(made.case(instrument="COIN5-USDT")).regime == NOWHERE


def test_funding_speaks_against_who_pays_it() -> None:
    made = Desk()
    made.market.fold(market().block())
    made.carry.fix(FundingFixed(instrument="BTC-USDT", at=0, rate=Decimal("0.001"), next_at=None))
    long = made.gathering.facts(made.case()).features.get("funding")
    short = made.gathering.facts(made.case(direction=Direction.SHORT)).features.get("funding")
    assert long is not None
    assert short is not None
    assert long < 0.0 < short


def test_how_the_strategy_fared_is_a_feature_known_since_it_was_learned() -> None:
    made = Desk()
    made.market.fold(market().block())
    for number in range(4):
        made.learner.strategies.learn(label(number, won=False))
    made.gathering.learned_at = 300 * STEP + 5
    features = made.gathering.facts(made.case()).features
    assert (features.get("losing_streak"), features.get("drawdown_r")) == (4.0, 4.0)
    assert features.known_at == 300 * STEP + 5
    assert len(features.values) == len(NAMES)


def test_nothing_is_followed_that_nobody_asks_about() -> None:
    made = Market(1_000)
    assert made.follow(KEY) is None
    assert made.fold(market().block(0, 100)) == []
    assert (made.trackers, made.peek(market().block(100, 300))) == ({}, 200)
