"""B16: each trap springs, and each probe sees the leak when its guard is gone."""

from __future__ import annotations

import pytest

from tests.bench.advisor.b16_leakage import figures
from tests.bench.advisor.traps import TRAPS, Trap
from tests.bench.advisor.universe import decided


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.__name__)
def test_the_future_stays_out_and_is_seen_where_it_gets_in(trap: Trap) -> None:
    assert trap(True)
    assert not trap(False)


def test_none_of_the_sixteen_is_left_out() -> None:
    heads = [(trap.__doc__ or "").partition(":")[0].split(",")[0] for trap in TRAPS]
    numbers = {int(head) for head in heads if head.isdigit()}
    assert numbers == set(range(1, 17))
    assert all(one.passes for one in figures())


def test_the_market_that_is_there_all_along_is_decided_on() -> None:
    assert sum(kind == "advisor.decision_responded" for kind, _ in decided(None)) >= 5
