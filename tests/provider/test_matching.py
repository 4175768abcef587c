"""When, and at what price, the simulated venue fills: each rule, both sides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from barfinex.provider.venues.base import Accepted, Expired, Rejected
from tests.factories import BTC, MINUTE, START, candles
from tests.provider.venue import ended, engine, filled, holding, order, pair, passing, told

D = Decimal


def run(request: Any, *rows: tuple[float, ...], now: int = START, **config: Any) -> list[tuple[str, ...]]:
    """What happens to one order while candles pass."""
    venue = engine(**config)
    venue.submit([request], now)
    return told(passing(venue, candles(*rows)))


def test_a_market_order_fills_at_the_open_of_the_next_candle() -> None:
    assert run(order("buy", "market"), (100, 110, 90, 105), (106, 107, 105, 106)) == [("o", "1 @ 100.0")]
    assert run(order("buy", "market"), (100, 110, 90, 105), (106, 107, 105, 106), now=START + 1_000) == [
        ("o", f"1 @ {100 + 5 / 60!r}")
    ]


@pytest.mark.parametrize(
    ("latency", "price"), [(0, "100.0"), (15_000, "101.0"), (30_000, "102.0"), (60_000, "106.0")]
)
def test_latency_puts_a_market_order_on_the_line_from_open_to_close(latency: int, price: str) -> None:
    rows = (100, 110, 90, 104), (106, 107, 105, 106)
    assert run(order("buy", "market"), *rows, latency_ms=latency) == [("o", f"1 @ {price}")]


@pytest.mark.parametrize(
    ("side", "type_", "level", "row", "price"),
    [
        ("buy", "limit", 95.0, (100, 101, 95, 99), 95.0),
        ("buy", "limit", 95.0, (90, 99, 89, 98), 90.0),
        ("sell", "limit", 105.0, (100, 105, 99, 100), 105.0),
        ("sell", "limit", 105.0, (110, 111, 100, 101), 110.0),
        ("buy", "stop", 105.0, (100, 105, 99, 100), 105.0),
        ("buy", "stop", 105.0, (110, 111, 100, 101), 110.0),
        ("sell", "stop", 95.0, (100, 101, 95, 99), 95.0),
        ("sell", "stop", 95.0, (90, 99, 89, 98), 90.0),
        ("buy", "take_profit", 95.0, (100, 101, 94, 99), 95.0),
        ("buy", "take_profit", 95.0, (90, 99, 89, 98), 90.0),
        ("sell", "take_profit", 105.0, (100, 106, 99, 100), 105.0),
        ("sell", "take_profit", 105.0, (110, 111, 100, 101), 110.0),
    ],
)
def test_a_resting_order_fills_at_its_level_or_at_an_open_beyond_it(
    side: str, type_: str, level: float, row: tuple[float, ...], price: float
) -> None:
    """A gap is paid by stops and kept by limits and targets."""
    quiet = (100, 101, 99, 100)
    assert run(order(side, type_, level), quiet, quiet, row) == [("o", f"1 @ {price}")]
    assert run(order(side, type_, level), quiet, quiet) == []


@pytest.mark.parametrize(
    ("side", "trigger", "limit", "rows", "price"),
    [
        ("buy", 105, 106, [(100, 105, 99, 100)], "105.0"),
        ("buy", 105, 106, [(110, 111, 104, 105)], None),
        ("buy", 105, 106, [(110, 111, 104, 105), (105, 107, 104, 105)], "105.0"),
        ("buy", 105, 106, [(110, 111, 109, 110), (110, 111, 105, 110)], "106.0"),
        ("sell", 95, 94, [(100, 101, 95, 99)], "95.0"),
        ("sell", 95, 94, [(90, 96, 89, 95)], None),
        ("sell", 95, 94, [(90, 91, 89, 90), (92, 95, 91, 92)], "94.0"),
    ],
)
def test_a_triggered_stop_limit_never_pays_more_than_its_limit(
    side: str, trigger: int, limit: int, rows: list[tuple[float, ...]], price: str | None
) -> None:
    request = order(side, "stop_limit", trigger, price=D(limit))
    assert run(request, *rows) == ([] if price is None else [("o", f"1 @ {price}")])


def test_when_one_candle_touches_both_the_stop_fills_and_the_target_is_cancelled() -> None:
    venue = holding(1)
    venue.submit(pair(95, 105), START)
    assert told(passing(venue, candles((100, 110, 90, 108)))) == [("s", "1 @ 95.0"), ("t", "cancelled")]


def test_the_target_alone_cancels_the_stop() -> None:
    venue = holding(-1)
    venue.submit(pair(105, 95, side="buy"), START)
    assert told(passing(venue, candles((100, 101, 94, 95), (100, 120, 100, 120)))) == [
        ("t", "1 @ 95.0"),
        ("s", "cancelled"),
    ]
    assert not venue._working[BTC]


def test_an_order_that_arrives_inside_a_candle_can_be_stopped_in_it_but_not_rewarded() -> None:
    rows = (100, 110, 90, 100), (100, 106, 99, 100)
    late = {"now": START + 1}
    assert run(order("sell", "stop", 95), *rows, **late) == [("o", "1 @ 95.0")]
    assert run(order("sell", "take_profit", 105), *rows, **late) == [("o", "1 @ 105.0")]
    assert run(order("sell", "take_profit", 107), *rows, **late) == []
    assert run(order("buy", "limit", 95), *rows, **late) == []


def test_cancelling_one_leg_cancels_the_other_and_an_ended_order_stays_ended() -> None:
    venue = holding(1)
    venue.submit(pair(95, 105), START)
    assert ended(venue.cancel("t", START)) == ["t", "s"]
    assert venue.cancel("t", START) == []
    assert passing(venue, candles((100, 200, 1, 100))) == []


@pytest.mark.parametrize("held", [-1.0, 0.0, 0.4, 1.0, 5.0])
def test_a_reduce_only_order_never_turns_a_position_around(held: float) -> None:
    venue = holding(held)
    venue.submit([order("sell", "stop", 95, reduce_only=True)], START)
    reports = passing(venue, candles((100, 101, 90, 91), (91, 92, 90, 91)))
    assert sum(each.fill.quantity for each in filled(reports)) == max(D(0), min(D(repr(held)), D(1)))
    assert not venue._working[BTC]
    assert [type(each) for each in reports[-1:]] == ([Expired] if held < 1 else [type(reports[0])])


def test_two_exits_of_one_pair_that_wait_for_one_open_fill_once() -> None:
    venue = holding(1)
    exits = [replace(each, type=order("sell", "market").type, trigger=None) for each in pair(1, 2)]
    venue.submit(exits, START)
    assert told(passing(venue, candles((100, 101, 99, 100)))) == [("s", "1 @ 100.0"), ("t", "cancelled")]


def test_a_stop_that_finds_no_volume_is_triggered_all_the_same_and_takes_the_next_price() -> None:
    """Its partner is gone from then on: one position cannot be left twice."""
    venue = holding(1, volume_share=0.5)
    venue.submit(pair(95, 105), START)
    block = candles((100, 110, 90, 100, 0.0), (97, 98, 96, 97, 1.0), (96, 200, 96, 97, 9.0))
    assert told(passing(venue, block)) == [("t", "cancelled"), ("s", "0.50 @ 97.0"), ("s", "0.50 @ 96.0")]


def test_the_open_and_the_rest_of_a_candle_share_its_volume() -> None:
    venue = engine(lot="0.1", volume_share=0.25)
    venue.submit([order("buy", "market", name="m"), order("buy", "limit", 95, name="l")], START)
    block = candles((100, 101, 94, 99, 6.0), (100, 101, 94, 99, 6.0))
    assert told(passing(venue, block)) == [("m", "1 @ 100.0"), ("l", "0.5 @ 95.0"), ("l", "0.5 @ 95.0")]


def test_what_volume_leaves_of_a_market_order_takes_the_next_opens() -> None:
    rows = (100, 101, 99, 100, 0.5), (101, 102, 100, 101, 0.25), (102, 103, 101, 102, 9.0)
    assert run(order("buy", "market"), *rows, volume_share=1.0) == [
        ("o", "0.50 @ 100.0"),
        ("o", "0.250 @ 101.0"),
        ("o", "0.250 @ 102.0"),
    ]


@pytest.mark.parametrize(
    ("side", "type_", "level", "price"),
    [
        ("buy", "market", None, "100.5"),
        ("sell", "market", None, "100.0"),
        ("sell", "stop", 101.0, "100.0"),
        ("buy", "take_profit", 101.0, "100.5"),
        ("buy", "limit", 101.0, "100.5"),
        ("sell", "limit", 99.5, "100.0"),
    ],
)
def test_a_price_between_ticks_is_rounded_against_the_holder(
    side: str, type_: str, level: float | None, price: str
) -> None:
    found = run(order(side, type_, level), (100.3, 100.3, 100.3, 100.3), tick="0.5")
    assert found == [("o", f"1 @ {price}")]


def test_half_the_spread_and_the_slippage_are_paid_by_what_does_not_name_its_price() -> None:
    costs: Any = {"spread_bps": 20.0, "slippage_bps": 40.0}
    row = (100.0, 100.0, 100.0, 100.0)
    assert run(order("buy", "market"), row, **costs) == [("o", "1 @ 100.49999999999999")]
    assert run(order("sell", "stop", 100.0), row, **costs) == [("o", "1 @ 99.5")]
    assert run(order("buy", "limit", 100.0), row, **costs) == [("o", "1 @ 100.0")]


def test_the_fee_is_exact() -> None:
    """I16: quantity x price x fee, with every digit."""
    venue = engine(fee=D("0.00075"))
    venue.submit([order("buy", "market", quantity=D("0.12345678"))], START)
    (report,) = filled(passing(venue, candles((60123.45, 60124, 60123, 60124))))
    assert report.fill.fee == D("0.12345678") * D("60123.45") * D("0.00075")
    assert (report.fill.ts, report.fill.id) == (START, "o.1")


def test_orders_given_together_are_taken_or_refused_together() -> None:
    venue = holding(1, tick="0.5")
    bad = pair(95, 105.25)
    reports = venue.submit(bad, START)
    assert [(type(each), each.order_id) for each in reports if isinstance(each, Rejected)] == [
        (Rejected, "s"),
        (Rejected, "t"),
    ]
    assert not venue._working[BTC]
    assert [type(each) for each in venue.submit(pair(95, 105), START)] == [Accepted, Accepted]


def test_a_tick_is_a_candle_of_one_price() -> None:
    venue = engine(volume_share=0.5)
    venue.submit([order("buy", "market", name="m"), order("sell", "stop", 99.0, name="s")], START)
    assert told(venue.tick(BTC, START + 5, 100.0, 1.0)) == [("m", "0.50 @ 100.0")]
    assert told(venue.tick(BTC, START + 6, 98.0, 10.0)) == [("m", "0.50 @ 98.0"), ("s", "1 @ 98.0")]
    assert venue.tick(BTC, START + 7, 1.0, 1.0) == []


def test_an_order_put_back_after_a_restart_goes_on_where_it_was() -> None:
    """A stop that has begun to fill is released: it does not wait for its trigger again."""
    venue = holding(1)
    venue.place(pair(95, 105)[0], 0, D("0.6"), 1)
    (report,) = filled(passing(venue, candles((100, 101, 99, 100))))
    assert (report.fill.id, report.fill.quantity, report.filled) == ("s.2", D("0.4"), D("1.0"))


def test_only_orders_of_the_instrument_and_only_waiting_ones_await_an_open() -> None:
    venue = engine()
    assert not venue.awaits_open(BTC)
    venue.submit([order("buy", "limit", 50.0, name="l")], START)
    assert (venue.awaits_open(BTC), bool(venue._working[BTC])) == (False, True)
    venue.submit([order("buy", "market")], START + MINUTE)
    assert venue.awaits_open(BTC)
    assert venue.quiet(candles((1, 2, 0.5, 1), (1, 2, 0.5, 1))) == 1


def test_an_order_that_joins_a_pair_of_which_a_leg_was_filled_is_rejected() -> None:
    """I16: a stop can fill while an exit of the same slice is under way; the slice is not sold twice."""
    venue = holding(2.0)
    venue.submit(pair(95, 105), START)
    assert filled(passing(venue, candles((100, 101, 94, 95))))
    late = order("sell", "market", name="x", reduce_only=True, oco="pair")
    (report,) = venue.submit([late], START + MINUTE)
    assert isinstance(report, Rejected)
    assert report.code == "OCO_SPENT"
    assert not venue._working[BTC]


def test_an_order_may_join_a_pair_that_still_works() -> None:
    venue = holding(2.0)
    venue.submit(pair(95, 105), START)
    late = order("sell", "market", name="x", reduce_only=True, oco="pair")
    assert [type(report) for report in venue.submit([late], START)] == [Accepted]
    assert ended(passing(venue, candles((100, 101, 99, 100)))) == ["s", "t"]
