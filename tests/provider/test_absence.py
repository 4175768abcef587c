"""What proves that an order cannot exist: how often, and for how long (I15)."""

from __future__ import annotations

import pytest

from barfinex.provider.absence import AT_ONCE, proof_of
from barfinex.provider.venues.base import Capabilities


@pytest.mark.parametrize(
    ("times", "holds"),
    [
        ((), False),
        ((0,), False),
        ((0, 20_000), False),
        ((0, 1, 19_999), False),
        ((0, 1, 20_000), True),
        ((0, 1, 2, 3_600_000), True),
    ],
)
def test_three_answers_over_more_than_the_window(times: tuple[int, ...], holds: bool) -> None:
    assert proof_of(Capabilities()).holds(times) is holds


def test_a_venue_that_answers_for_its_own_file_is_believed_once() -> None:
    proof = proof_of(Capabilities(recv_window_ms=0, engine_timeout_ms=0))
    assert proof == AT_ONCE
    assert proof.holds((7,))
    assert not proof.holds(())


def test_half_a_window_is_a_window() -> None:
    assert not proof_of(Capabilities(recv_window_ms=0)).holds((0,))
