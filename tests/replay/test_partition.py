"""I8: the same candles give the same journal, whatever blocks they travel in, down to one by one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenarios.world import FOLLOWING, MOVING, config, play, walk

WHOLE: dict[str, str] = {}


def head(block: int, seed: int = 11) -> str:
    series = [
        walk("AAA-USD", seed, 1_200),
        walk("BBB-USD", seed + 1, 1_100, gap=0.001),
        walk("CCC-USD", seed + 2, 20, step_ms=60_000),
    ]
    return play(series, config(venue={"latency_ms": 20}), block=block)[1].head


def moving(block: int, seed: int = 11, **venue: Any) -> str:
    """The head of a run in which stops follow the price, on ticks and lots."""
    instruments = [{"symbol": s, "tick": "0.01", "lot": "0.01"} for s in ("AAA-USD", "BBB-USD")]
    series = [walk("AAA-USD", seed, 500), walk("BBB-USD", seed + 1, 450, gap=0.001)]
    series += [walk("AAA-USD", seed + 2, 8, step_ms=60_000)]
    settings = config(venue={"latency_ms": 20, **venue}, instruments=instruments)
    return play(series, settings, names=FOLLOWING, folder=MOVING, block=block)[1].head


@pytest.mark.parametrize(
    ("seed", "venue"), [(11, {}), (29, {"latency_ms": 1_500}), (13, {"volume_share": 0.02})]
)
def test_stops_that_follow_and_targets_in_parts_do_not_look_ahead(seed: int, venue: dict[str, Any]) -> None:
    """I8, I17: one by one gives what long blocks give."""
    assert moving(1, seed, **venue) == moving(0, seed, **venue)


@settings(max_examples=4, deadline=None)
@given(block=st.integers(2, 300))
def test_stops_that_follow_move_at_the_same_candles_in_any_partition(block: int) -> None:
    """I8: also where a block ends between two moves."""
    whole = WHOLE.setdefault("moving", moving(0))
    assert moving(block) == whole


@pytest.mark.parametrize("seed", [11, 29])
def test_one_by_one_gives_the_journal_of_long_blocks(seed: int) -> None:
    """I8, I17: one by one nothing can see ahead, so what long blocks give did not look ahead."""
    assert head(1, seed) == head(0, seed)


@settings(max_examples=6, deadline=None)
@given(block=st.integers(2, 400))
def test_any_partition_gives_the_same_journal(block: int) -> None:
    """I8: a partition into blocks of any length."""
    whole = WHOLE.setdefault("head", head(0))
    assert head(block) == whole
