"""F11-F15 and F29-F40: endings, others on the account, and the stream, as they are written."""

from __future__ import annotations

from decimal import Decimal

from barfinex.domain.order import OrderType, Purpose, Side
from tests.factories import BTC, order_request
from tests.provider.faults.bench import Bench, met

D = Decimal


async def test_f11_the_fill_wins() -> None:
    bench = Bench("F11")
    await bench.hold()
    error = await bench.cancel("s")
    assert error is not None
    assert (error.code, bench.true("s"), bench.held()) == (-2011, "filled 1", D(0))
    assert bench.said[-2:] == ["s filled 1/1", "t cancelled"]


async def test_f12_the_order_is_gone_although_nobody_said_so() -> None:
    bench = Bench("F12")
    await bench.hold()
    before = list(bench.said)
    error = await bench.cancel("s")
    assert error is not None
    assert (error.kind, bench.true("s"), bench.said) == ("transport", "cancelled 0", before)


async def test_f13_the_order_lives_although_it_is_called_unknown() -> None:
    bench = Bench("F13")
    await bench.hold()
    error = await bench.cancel("s")
    assert error is not None
    assert (error.code, bench.true("s")) == (-2011, "accepted 0")


async def test_f14_the_old_one_is_gone_and_the_new_one_refused() -> None:
    bench = Bench("F14")
    await bench.hold()
    assert await bench.cancel("s") is not None
    error = await bench.protect()
    assert error is not None
    assert (error.code, bench.true("s")) == (-2021, "cancelled 0")


async def test_f15_a_stop_ends_without_a_word() -> None:
    bench = Bench("F15")
    await bench.hold()
    before = list(bench.said)
    bench.pass_by(100, 100)
    assert (bench.true("s"), bench.said) == ("expired 0", before)


async def test_f29_a_manual_trade_and_order_that_only_questions_find() -> None:
    bench = Bench("F29")
    await bench.hold()
    before = list(bench.said)
    bench.pass_by(*[100] * 4)
    assert (bench.held(), bench.said) == (D("1.5"), before)
    (resting,) = await bench.venue.open_orders()
    assert resting.request.id.startswith("web-")
    assert resting.request.type is OrderType.LIMIT


async def test_f30_a_second_program_trades_with_ids_like_ours() -> None:
    bench = Bench("F30")
    await bench.hold()
    bench.pass_by(*[100] * 8)
    foreign = [said for said in bench.said if said.startswith("ord-feed-") and "filled" in said]
    assert len(foreign) == 2
    assert bench.held() == 1


async def test_f31_an_id_is_taken_again_once_its_order_has_ended() -> None:
    bench = Bench("F31")
    await bench.enter()
    bench.pass_by(100)
    await bench.enter()
    bench.pass_by(100)
    assert (bench.held(), bench.faults) == (D(2), ["id-reused Reuse"])


async def test_f32_an_ended_order_cannot_be_asked_about() -> None:
    bench = Bench("F32")
    await bench.hold()
    error = await met(bench.venue.order("e"))  # type: ignore[arg-type]
    assert error is not None
    assert error.code == -2026
    assert await bench.venue.order("s") is not None


async def test_f34_nothing_trades_for_a_while() -> None:
    bench = Bench("F34")
    await bench.hold()
    bench.pass_by(100, 100, 100, 94)
    assert bench.true("s") == "accepted 0"
    error = await bench.enter("e2")
    assert error is not None
    assert (error.code, await bench.cancel("t")) == (-2010, None)
    bench.pass_by(*[94] * 31)
    assert await bench.enter("e3") is None


async def test_f35_the_venue_settles_what_is_held() -> None:
    bench = Bench("F35")
    await bench.hold()
    bench.pass_by(100, 100, 101)
    assert (bench.true("s"), bench.true("t"), bench.held()) == ("expired 0", "expired 0", D(0))
    assert bench.said[-1].startswith("settlement-")
    assert (await bench.enter("e2")) is not None


async def test_f37_the_stream_says_nothing_and_questions_are_answered() -> None:
    bench = Bench("F37")
    await bench.hold()
    bench.pass_by(94)
    assert bench.said == ["e accepted", "s accepted", "t accepted"]
    assert len(await bench.venue.fills()) == 2
    assert bench.faults == ["stream-dead Mute"]


async def test_f38_the_stream_comes_back_with_a_gap() -> None:
    bench = Bench("F38")
    await bench.hold()
    bench.pass_by(*[100] * 20, 94)
    assert bench.said == ["e accepted", "s accepted", "t accepted", "s filled 1/1", "t cancelled"]


async def test_f39_a_snapshot_repeats_what_was_told() -> None:
    bench = Bench("F39")
    await bench.hold()
    once = list(bench.said)
    bench.pass_by(100, 100)
    assert bench.said == once * 2


async def test_f40_the_stream_tells_of_what_is_not_ours() -> None:
    bench = Bench("F40")
    await bench.hold()
    bench.pass_by(*[100] * 4)
    assert [said.split()[1] for said in bench.said if said.startswith("web-")] == [
        "accepted",
        "accepted",
        "filled",
    ]
    assert bench.held() == D("1.2")


async def test_a_healed_venue_is_a_venue() -> None:
    bench = Bench("F33,F37,F29")
    await bench.hold()
    bench.pass_by(100, 100)
    bench.venue.heal()
    exit_ = order_request("x", side=Side.SELL, purpose=Purpose.EXIT, reduce_only=True, oco="pair")
    assert await bench.send(exit_) is None
    bench.pass_by(100, 100)
    assert (bench.held(), bench.said[-3:]) == (D(0), ["x filled 1/1", "s cancelled", "t cancelled"])
    assert BTC not in await bench.venue.positions()
