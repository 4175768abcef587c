"""I8: the same candles give the same journal, whatever blocks they travel in, down to one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenarios.world import config, play, walk

WHOLE: dict[str, str] = {}


def head(block: int, seed: int = 11) -> str:
    series = [
        walk("AAA-USD", seed, 1_200),
        walk("BBB-USD", seed + 1, 1_100, gap=0.001),
        walk("CCC-USD", seed + 2, 20, step_ms=60_000),
    ]
    return play(series, config(venue={"latency_ms": 20}), block=block)[1].head


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
