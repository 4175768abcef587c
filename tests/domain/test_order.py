"""The life of an order is one table, and what was ordered is filled or remains."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.domain.order import (
    TRANSITIONS,
    IllegalTransition,
    Order,
    OrderState,
    Side,
    Trigger,
)
from barfinex.domain.signal import Direction
from tests.factories import order_request

D, S, T = Decimal, OrderState, Trigger
ENDED = [state for state in S if not state.is_open]


# Written down a second time, by hand: a row is a state, a column what happens to it, a dot what cannot be.
LIFE = """
                  send       lose     accept            reject    recall          fill_part         fill_rest  cancel     expire
pending_send      submitted  .        .                 rejected  .               .                 .          .          .
submitted         .          unknown  accepted          rejected  submitted       partially_filled  filled     cancelled  expired
unknown           .          unknown  accepted          rejected  unknown         partially_filled  filled     cancelled  expired
accepted          .          .        .                 .         pending_cancel  partially_filled  filled     cancelled  expired
partially_filled  .          .        partially_filled  .         pending_cancel  partially_filled  filled     cancelled  expired
pending_cancel    .          .        pending_cancel    .         pending_cancel  pending_cancel    filled     cancelled  expired
filled            .          .        filled            .         .               .                 .          .          .
cancelled         .          .        cancelled         .         .               cancelled         filled     .          .
expired           .          .        expired           .         .               expired           filled     .          .
rejected          .          .        .                 .         .               .                 .          .          .
"""  # noqa: E501
HEAD, *ROWS = [line.split() for line in LIFE.strip().splitlines()]
CELLS = [(row[0], trigger, cell) for row in ROWS for trigger, cell in zip(HEAD, row[1:], strict=True)]


def test_every_state_and_every_trigger_is_in_the_table_of_this_test() -> None:
    assert {(state, trigger) for state, trigger, _ in CELLS} == {(s.value, t.value) for s in S for t in T}


@pytest.mark.parametrize(("state", "trigger", "after"), CELLS)
def test_each_trigger_in_each_state_does_this_or_cannot_be(state: str, trigger: str, after: str) -> None:
    """I15: the whole product, so that nothing is left to chance."""
    order = Order(order_request(), S(state), D("0.5"))
    if after == ".":
        with pytest.raises(IllegalTransition, match=f"{trigger} while {state}"):
            order.apply(T(trigger))
    else:
        assert order.apply(T(trigger)) == Order(order.request, S(after), D("0.5"))


def test_what_has_ended_never_opens_again() -> None:
    """It leaves its state by one door only: the fill that overtook its end."""
    for (state, trigger), after in TRANSITIONS.items():
        if not state.is_open:
            assert not after.is_open
            assert after is state or (trigger, after) == (T.FILL_REST, S.FILLED)


@pytest.mark.parametrize("trigger", list(T))
def test_nothing_happens_to_a_rejected_order(trigger: Trigger) -> None:
    with pytest.raises(IllegalTransition, match="while rejected"):
        Order(order_request(), S.REJECTED).apply(trigger)


@pytest.mark.parametrize("state", [state for state in S if state.is_open and state is not S.PENDING_SEND])
@pytest.mark.parametrize("trigger", [T.FILL_PART, T.FILL_REST, T.CANCEL, T.EXPIRE])
def test_an_open_order_may_fill_or_end(state: OrderState, trigger: Trigger) -> None:
    """I15: an order whose outcome is unknown may still fill."""
    assert (state, trigger) in TRANSITIONS


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ([T.FILL_REST, T.ACCEPT], S.FILLED),
        ([T.FILL_PART, T.ACCEPT], S.PARTIALLY_FILLED),
        ([T.ACCEPT, T.CANCEL, T.FILL_REST], S.FILLED),
        ([T.ACCEPT, T.CANCEL, T.FILL_PART], S.CANCELLED),
        ([T.CANCEL, T.ACCEPT], S.CANCELLED),
        ([T.LOSE, T.LOSE, T.ACCEPT], S.ACCEPTED),
        ([T.LOSE, T.REJECT], S.REJECTED),
        ([T.LOSE, T.FILL_REST], S.FILLED),
        ([T.LOSE, T.RECALL, T.ACCEPT, T.RECALL, T.CANCEL], S.CANCELLED),
        ([T.ACCEPT, T.RECALL, T.FILL_PART, T.CANCEL], S.CANCELLED),
        ([T.ACCEPT, T.RECALL, T.FILL_REST], S.FILLED),
        ([T.RECALL, T.FILL_PART, T.EXPIRE, T.FILL_REST], S.FILLED),
    ],
)
def test_answers_that_overtake_each_other_settle(path: list[Trigger], end: OrderState) -> None:
    order = Order(order_request())
    for trigger in path:
        order = order.apply(trigger)
    assert order.state is end


@pytest.mark.parametrize(
    ("state", "trigger"),
    [(S.ACCEPTED, T.REJECT), (S.ACCEPTED, T.LOSE), (S.FILLED, T.CANCEL), (S.FILLED, T.FILL_REST)],
)
def test_what_cannot_be_is_an_error(state: OrderState, trigger: Trigger) -> None:
    with pytest.raises(IllegalTransition, match=f"{trigger} while {state}"):
        Order(order_request(), state).apply(trigger)


@given(st.lists(st.decimals(D("0.001"), D(3), places=3), min_size=1, max_size=20))
def test_filled_and_remaining_are_always_what_was_ordered(slices: list[Decimal]) -> None:
    """I16: no quantity appears or disappears."""
    order = Order(order_request(quantity=D(5)), S.ACCEPTED)
    for quantity in slices:
        if quantity > order.remaining or not order.state.is_open:
            with pytest.raises(IllegalTransition):
                order.fill(quantity)
        else:
            order = order.fill(quantity)
        assert order.filled + order.remaining == D(5)
        assert (order.state is S.FILLED) == (order.remaining == 0)


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "1.0001"])
def test_a_fill_is_positive_finite_and_at_most_the_rest(quantity: str) -> None:
    with pytest.raises(IllegalTransition, match="remaining"):
        Order(order_request()).fill(D(quantity))


def test_sides_of_a_position() -> None:
    assert (Side.opening(Direction.LONG), Side.closing(Direction.LONG)) == (Side.BUY, Side.SELL)
    assert (Side.opening(Direction.SHORT), Side.closing(Direction.SHORT)) == (Side.SELL, Side.BUY)
    assert Side.BUY.sign == -Side.SELL.sign == Direction.LONG.sign == 1
