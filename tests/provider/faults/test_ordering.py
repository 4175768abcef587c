"""F1-F6, F16-F26 and F33: what goes wrong when an order is sent happens as it is written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from barfinex.domain.order import OrderState, OrderType, Purpose, Side
from barfinex.provider.venues.faults.script import At
from tests.factories import order_request
from tests.provider.faults.bench import Bench, met

D = Decimal


async def test_f1_the_request_is_lost_and_the_next_one_is_not() -> None:
    bench = Bench("F1")
    error = await bench.enter()
    assert error is not None
    assert (error.kind, bench.true("e"), bench.said) == ("transport", "absent", [])
    assert await bench.enter("e2") is None
    assert bench.faults == ["request-lost Refuse"]


async def test_f2_the_order_is_there_although_nobody_said_so() -> None:
    bench = Bench("answer-lost")
    error = await bench.enter()
    assert error is not None
    assert (error.kind, bench.true("e"), bench.said) == ("transport", "accepted 0", [])
    bench.pass_by(100)
    assert bench.said == ["e filled 1/1"]


async def test_f3_the_venue_takes_what_it_answers_with_an_error() -> None:
    bench = Bench("F3")
    first = await bench.enter()
    bench.pass_by(100)
    second = await bench.protect()
    assert first is not None
    assert second is not None
    assert (first.kind, first.status, second.kind, second.code) == ("http", 502, "venue", -1006)
    assert [bench.true(order) for order in "est"] == ["filled 1", "accepted 0", "accepted 0"]
    assert bench.said == []


async def test_f4_an_acknowledgement_comes_later_and_once() -> None:
    bench = Bench("F4", seed=3)
    await bench.enter()
    assert bench.said == []
    bench.pass_by(*[100] * 61)
    assert sorted(bench.said) == ["e accepted", "e filled 1/1"]


async def test_f4_past_the_clients_patience_the_call_times_out() -> None:
    met_errors = {type(await Bench("F4", seed=seed).enter()) for seed in range(24)}
    assert len(met_errors) == 2


async def test_f5_the_fill_comes_first() -> None:
    bench = Bench("F5")
    assert await bench.enter() is None
    bench.pass_by(100)
    assert bench.said == ["e filled 1/1", "e accepted"]


async def test_f6_a_query_finds_it_after_two_seconds() -> None:
    bench = Bench("F6")
    assert await bench.enter() is not None
    bench.pass_by(100)
    assert (bench.true("e"), bench.said, await bench.venue.order("e")) == ("filled 1", [], None)
    assert await bench.venue.fills() == []
    bench.pass_by(100)
    found = await bench.venue.order("e")
    assert found is not None
    assert (found.state, len(await bench.venue.fills())) == (OrderState.FILLED, 1)


async def test_f16_a_coarser_step_refuses_what_fitted() -> None:
    bench = Bench("F16")
    assert await bench.enter(quantity=D("0.015")) is None
    assert (bench.said, bench.true("e")) == (["e rejected"], "rejected 0")
    await bench.enter("e2", quantity=D("0.02"))
    assert bench.said[-1] == "e2 accepted"


@pytest.mark.parametrize(
    ("name", "code", "times"),
    [("F17", -2010, 1), ("F18", -1021, 1), ("F22", -1015, 3)],
)
async def test_an_entry_is_refused_for_certain(name: str, code: int, times: int) -> None:
    bench = Bench(name)
    for nth in range(times):
        error = await bench.enter(f"e{nth}")
        assert error is not None
        assert (error.kind, error.code, bench.true(f"e{nth}")) == ("venue", code, "absent")
    assert await bench.enter("last") is None


@pytest.mark.parametrize(("name", "status"), [("F19", 429), ("F21", 403)])
async def test_the_door_closes_for_new_orders_and_not_for_what_reduces(name: str, status: int) -> None:
    bench = Bench(name)
    await bench.enter()
    bench.pass_by(100)
    error = await bench.enter("e2")
    assert error is not None
    assert (error.kind, error.status) == ("http", status)
    assert await bench.protect() is None
    assert await bench.cancel("s") is None
    assert await met(bench.venue.positions()) is not None  # type: ignore[arg-type]
    bench.pass_by(*[100] * 31)
    assert await bench.enter("e3") is None


async def test_f19_a_new_order_in_that_time_earns_a_ban() -> None:
    bench = Bench("F19")
    await bench.enter()
    await bench.enter("e2")
    error = await bench.enter("e3")
    assert error is not None
    assert error.status == 429
    banned = await bench.cancel("e")
    assert banned is not None
    assert (banned.status, bench.venue.doors.escalated) == (418, 1)


@pytest.mark.parametrize(("name", "sign"), [("F20", 418), ("F33", 401)])
async def test_the_door_closes_for_everything_while_we_hold(name: str, sign: int) -> None:
    bench = Bench(name)
    await bench.hold()
    bench.pass_by(100, 100)
    for call in (bench.venue.cancel("s"), bench.venue.order("e"), bench.venue.balances()):
        error = await met(call)  # type: ignore[arg-type]
        assert error is not None
        assert error.status == sign
    assert [at for _, at in bench.venue.doors.knocks] == [At.CANCEL, At.ASK, At.ASK]
    bench.pass_by(94)
    assert bench.true("s") == "filled 1"


@pytest.mark.parametrize(("name", "code"), [("F23", -1013), ("F24", -2010)])
async def test_a_stop_is_refused(name: str, code: int) -> None:
    bench = Bench(name)
    bench.pass_by(100)
    await bench.enter()
    bench.pass_by(100)
    error = await bench.protect()
    assert error is not None
    assert (error.code, bench.true("s"), bench.true("t")) == (code, "absent", "absent")
    assert (await bench.protect() is None) == (name == "F24")


async def test_f25_one_leg_stands_alone() -> None:
    bench = Bench("F25")
    await bench.hold()
    assert bench.said[-2:] == ["t accepted", "s rejected"]
    assert (bench.true("s"), bench.true("t")) == ("rejected 0", "accepted 0")


async def test_f26_only_a_stop_limit_is_taken_and_a_gap_leaves_it_behind() -> None:
    bench = Bench("F26")
    bench.pass_by(100)
    await bench.enter()
    bench.pass_by(100)
    error = await bench.protect()
    assert error is not None
    assert error.code == -1116
    limited: dict[str, Any] = {"type": OrderType.STOP_LIMIT, "trigger": D(95), "price": D(94)}
    stop = order_request("l", side=Side.SELL, purpose=Purpose.STOP, reduce_only=True, **limited)
    assert await bench.send(stop) is None
    bench.pass_by(90, 91)
    assert (bench.true("l"), bench.held()) == ("accepted 0", D(1))
