"""The strategies that come along: short, clean, honest, and quick enough for the embedded market."""

from __future__ import annotations

from pathlib import Path

import pytest

from barfinex.detector.checks import check
from barfinex.detector.loader import LoadedStrategy, load
from barfinex.detector.scoring import Rule, Scorer
from tests.detector.market import walk

FOLDER = Path(__file__).parents[2] / "strategies"
LOADED = {one.strategy.name: one for one in load(FOLDER).strategies}
SAMPLES = ("trend", "mean_reversion", "breakout")
SECONDS = walk(5_000, 11, step=0.0008, timeframe="1s")
MINUTES = walk(5_000, 11)


def test_all_of_them_load_under_the_names_of_their_files() -> None:
    assert sorted(LOADED) == ["breakout", "mean_reversion", "order_flow", "pullback", "reference", "trend"]
    assert {Path(one.file).stem for one in LOADED.values()} == set(LOADED)


@pytest.mark.parametrize("name", sorted(LOADED))
def test_each_is_short_and_passes_its_own_check(name: str) -> None:
    one = LOADED[name]
    assert len(Path(one.file).read_text(encoding="utf-8").splitlines()) <= 40
    assert check(one.strategy, MINUTES if one.strategy.warmup else SECONDS) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_trades_both_ways_every_minute_or_so(name: str) -> None:
    entries = {rule: _count(LOADED[name], rule) for rule in (Rule.LONG, Rule.SHORT)}
    assert min(entries.values()) > len(SECONDS.ts) / 120
    assert not LOADED[name].strategy.instruments


def _count(one: LoadedStrategy, rule: Rule) -> int:
    scorer = Scorer(one.strategy)
    scorer.deliver(SECONDS.block())
    return len(scorer._hits[rule].at)
