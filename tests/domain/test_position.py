"""I16: positions are the sum of fills, and cash is conserved to the last digit."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill, Side
from barfinex.domain.position import Portfolio, Position
from tests.factories import BTC, fill

D = Decimal
PRICE = st.decimals(D("0.01"), D(100_000), places=2)
SLICES = st.tuples(
    st.sampled_from(Side),
    st.decimals(D("0.0001"), D(100), places=4),
    PRICE,
    st.sampled_from([BTC, "ETH-USDT"]),
)


def fills_of(slices: list[tuple[Side, Decimal, Decimal, str]]) -> list[Fill]:
    return [
        fill(side=side, quantity=quantity, price=price, instrument=name, fee=quantity * price * D("0.001"))
        for side, quantity, price, name in slices
    ]


@given(st.lists(SLICES, max_size=30), PRICE)
def test_cash_and_positions_are_what_the_fills_make_them(
    slices: list[tuple[Side, Decimal, Decimal, str]], mark: Decimal
) -> None:
    """I16: Σ fills = position; cash, cost, realised and open results add up with no rounding at all."""
    fills, start = fills_of(slices), D(100_000)
    book = Portfolio(start)
    for each in fills:
        book.apply(each)
    for name, held in book.positions.items():
        own = [each for each in fills if each.instrument == name]
        assert held.quantity == sum((each.quantity * each.side.sign for each in own), ZERO)
        assert held.fees == sum((each.fee for each in own), ZERO)
    with localcontext(prec=80):  # The comparison itself must not round.
        positions = list(book.positions.values())
        spent = sum((each.quantity * each.price * each.side.sign + each.fee for each in fills), ZERO)
        assert book.cash == start - spent
        assert book.cash + sum((p.cost for p in positions), ZERO) == start + sum(
            (p.realised - p.fees for p in positions), ZERO
        )
        equity = book.equity({p.instrument: mark for p in positions})
        result = sum((p.realised + p.open_pnl(mark) - p.fees for p in positions), ZERO)
        assert equity - start == result


@given(st.lists(SLICES, max_size=30))
def test_a_flat_position_costs_nothing(slices: list[tuple[Side, Decimal, Decimal, str]]) -> None:
    held = Position(BTC)
    for each in fills_of(slices):
        held = held.apply(each)
        assert held.is_flat == (held.quantity == 0)
        assert not held.is_flat or held.cost == held.entry_price == 0


def test_a_fill_through_zero_realises_the_old_side_and_opens_the_new() -> None:
    held = Position(BTC).apply(fill(quantity=D(2), price=D(100)))
    held = held.apply(fill(side=Side.SELL, quantity=D(3), price=D(110)))
    assert (held.quantity, held.entry_price, held.realised) == (D(-1), D(110), D(20))


def test_a_partial_close_realises_against_the_average_entry() -> None:
    held = Position(BTC).apply(fill(price=D(100))).apply(fill(price=D(110)))
    held = held.apply(fill(side=Side.SELL, price=D(120)))
    assert (held.quantity, held.entry_price, held.realised) == (D(1), D(105), D(15))


def test_an_unknown_price_is_never_read_as_zero() -> None:
    book = Portfolio(D(1_000))
    book.apply(fill())
    with pytest.raises(KeyError, match=BTC):
        book.equity({})


@given(st.lists(SLICES, max_size=30))
def test_a_fee_taken_in_kind_is_counted_once(slices: list[tuple[Side, Decimal, Decimal, str]]) -> None:
    """What is held and owned is what the venue says: it kept base units back, and took no money for it."""
    held: dict[str, Decimal] = {}
    portfolio, owned = Portfolio(D(1_000)), D(1_000)
    for side, quantity, price, name in slices:
        kept = quantity * D("0.001") if side is Side.BUY else ZERO
        paid = ZERO if side is Side.BUY else quantity * price * D("0.001")
        owned += -side.sign * quantity * price - paid
        held[name] = held.get(name, ZERO) + side.sign * quantity - kept
        fee = paid + kept * price
        portfolio.apply(
            fill(side=side, quantity=quantity, price=price, instrument=name, fee=fee, withheld=kept)
        )
    assert portfolio.cash == owned
    assert {name: one.quantity for name, one in portfolio.positions.items()} == held
