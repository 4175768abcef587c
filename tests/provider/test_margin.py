"""Linear futures at the simulated venue: margin, funding, liquidation, and what a maker pays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from barfinex.config import VenueConfig
from barfinex.domain.instrument import Instrument
from barfinex.domain.margin import Linear
from barfinex.provider.venues.base import Accepted, Funded, Liquidated, Rejected, Report
from barfinex.provider.venues.matching import MatchingEngine
from tests.factories import BTC, MINUTE, START, candles, fill, series
from tests.provider.venue import order, pair, told

D = Decimal
FEES: dict[str, Any] = {"fee": D("0.001"), "liquidation_fee": D("0.01")}
CALM = (100.0, 100.0, 100.0, 100.0)


def futures(leverage: int = 10, **config: Any) -> MatchingEngine:
    rules = Instrument(BTC, linear=Linear(D(leverage), D("0.005")))
    terms = {"cash": D(1_000), "fee": D(0), "liquidation_fee": D(0), **config}
    made = MatchingEngine([rules], VenueConfig(**terms))
    made.margin.see(BTC, START, 100.0)
    return made


def enter(venue: MatchingEngine, side: str = "buy", quantity: int = 10) -> None:
    venue.submit([order(side, "market", name="in", quantity=D(quantity))], START)
    venue.open(candles(CALM))


def meets(venue: MatchingEngine, *rows: tuple[float, ...]) -> list[Report]:
    block = candles(*rows, start=START + MINUTE)
    return venue.sweep(block) if venue.meets(block.head(venue.quiet(block))) else []


def test_a_position_is_closed_where_its_margin_is_used_up() -> None:
    """1,000 held on 100 of margin: at 90.45 a loss of 95.5 leaves 0.5 % of 904.5."""
    venue = futures()
    enter(venue)
    assert meets(venue, (99, 99, 90.46, 95)) == []
    (closed,) = meets(venue, (96, 97, 90.4, 95))
    assert isinstance(closed, Liquidated)
    assert (closed.fill.quantity, round(closed.fill.price, 4)) == (D(10), D("90.4523"))
    assert venue.held() == {BTC: D(0)}
    assert abs(venue.cash - D("904.5226")) < D("0.0001")


def test_a_short_is_closed_above_its_entry() -> None:
    venue = futures()
    enter(venue, "sell")
    (closed,) = meets(venue, (100, 110, 100, 100))
    assert isinstance(closed, Liquidated)
    assert round(closed.fill.price, 4) == D("109.4527")


def test_a_gap_beyond_the_margin_is_the_accounts_loss() -> None:
    venue = futures(**FEES)
    enter(venue)
    (closed,) = meets(venue, (80, 81, 79, 80))
    assert isinstance(closed, Liquidated)
    assert (closed.fill.price, closed.fill.fee) == (D(80), D(8))
    assert venue.cash == 1_000 - 1 - 200 - 8


def test_a_position_paid_in_full_is_never_closed() -> None:
    venue = futures(leverage=1)
    enter(venue)
    assert venue.quiet(candles((1, 1, 0.01, 1), (1, 1, 0.01, 1), start=START + MINUTE)) == 2


def test_a_stop_that_stands_nearer_goes_first() -> None:
    venue = futures()
    enter(venue)
    venue.submit(pair(95.0, 120.0, quantity=D(10)), START)
    assert told(meets(venue, (99, 99, 50, 60))) == [("s", "10 @ 95.0"), ("t", "cancelled")]


def test_a_stop_beyond_the_margin_comes_too_late_and_is_ended() -> None:
    venue = futures()
    enter(venue)
    venue.submit(pair(85.0, 120.0, quantity=D(10)), START)
    closed, *ended = meets(venue, (99, 99, 50, 60))
    assert isinstance(closed, Liquidated)
    assert told(ended) == [("s", "expired"), ("t", "expired")]


def test_funding_is_paid_on_what_is_held_at_the_last_price() -> None:
    venue = futures()
    enter(venue)
    venue.margin.see(BTC, START + MINUTE, 102.0)
    (paid,) = venue.fund(BTC, START + 2 * MINUTE, D("0.0001"))
    assert paid == Funded(BTC, START + 2 * MINUTE, D("0.0001"), D("102.0"), D(10), D("-0.10200000"))
    (received,) = venue.fund(BTC, START + 3 * MINUTE, D("-0.0002"))
    assert isinstance(received, Funded)
    assert received.amount == D("0.204")
    assert venue.cash == D("0.102")
    assert venue.fund("ETH-USDT", START, D("0.0001")) == []


def test_funding_that_was_paid_brings_the_liquidation_nearer() -> None:
    venue = futures()
    enter(venue)
    before = venue.margin.call(BTC)
    venue.fund(BTC, START, D("0.01"))
    after = venue.margin.call(BTC)
    assert before is not None
    assert after is not None
    assert after.level == pytest.approx(before.level + 1 / 0.995)


@pytest.mark.parametrize("reduces", [False, True])
def test_an_order_without_margin_is_rejected(reduces: bool) -> None:
    venue = futures()
    said = venue.submit([order("buy", "market", quantity=D("100.1"), reduce_only=reduces)], START)
    assert isinstance(said[0], Rejected) is not reduces
    if isinstance(said[0], Rejected):
        assert (said[0].code, said[0].reason) == (
            "INSUFFICIENT_FUNDS", "margin of 1001.00000000 is needed, 1000.00000000 is free"
        )  # fmt: skip


def test_what_waits_and_what_is_held_is_not_free() -> None:
    venue, more = futures(), [order("buy", "market", name="more", quantity=D(5))]
    enter(venue, quantity=60)
    low = order("buy", "limit", 90.0, "low", quantity=D(40))
    assert isinstance(venue.submit([low], START)[0], Accepted)
    assert isinstance(venue.submit(more, START)[0], Rejected)
    venue.cancel("low", START)
    assert isinstance(venue.submit(more, START)[0], Accepted)


def test_without_a_price_there_is_no_margin_to_reckon() -> None:
    venue = MatchingEngine([Instrument(BTC, linear=Linear(D(10)))], VenueConfig(cash=D(1_000)))
    (said,) = venue.submit([order("buy", "market")], START)
    assert isinstance(said, Rejected)
    assert "no price of BTC-USDT is known" in said.reason


def test_a_maker_is_who_gets_its_own_price() -> None:
    venue = futures(**{**FEES, "fee_maker": D("0.0002")})
    venue.submit([order("buy", "limit", 99.0, "waits"), order("buy", "limit", 101.0, "takes")], START)
    fees = {each.fill.order_id: each.fill.fee for each in venue.sweep(series((100, 100, 98, 98)).block())}  # type: ignore[union-attr]
    assert fees == {"takes": D("0.1000"), "waits": D("0.0198")}


def test_what_was_before_a_restart_is_held_again() -> None:
    venue, again = futures(**FEES), futures(**FEES)
    enter(venue)
    settled = [one for one in venue.fund(BTC, START + MINUTE, D("0.001")) if isinstance(one, Funded)]
    bought = fill(id="in.1", quantity=D(10), price=D("100.0"), fee=D("1.0"))
    again.recount([bought], settled)
    assert (again.cash, again.held()) == (venue.cash, venue.held())
    assert again.margin.call(BTC) == venue.margin.call(BTC)
