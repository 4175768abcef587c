"""How much: from risk or by the unit, never rounded up."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from barfinex.config import SizingConfig
from barfinex.domain.signal import Bracket
from barfinex.inspector.sizing import size
from tests.inspector.story import D

ENOUGH = D("1e15")


def test_by_risk_the_stop_loses_the_configured_part_of_equity() -> None:
    config = SizingConfig(method="risk", risk_per_trade=D("0.005"))
    quantity = size(config, Bracket(0.02), D(100), D(100_000), D("0.001"), ENOUGH)
    assert quantity == 250
    assert quantity * 100 * D("0.02") == D("500.00")


def test_by_unit_it_is_the_unit_on_the_lot() -> None:
    config = SizingConfig(method="units", units=D("1.2345"))
    assert size(config, None, None, None, D("0.01"), ENOUGH) == D("1.23")
    assert size(config, None, None, None, None, ENOUGH) == D("1.2345")


def test_a_missing_fact_gives_nothing() -> None:
    """I4: and nothing is what the quantity policy refuses."""
    config = SizingConfig(method="risk")
    stop, price, equity = Bracket(0.02), D(100), D(1_000)
    assert size(config, None, price, equity, None, ENOUGH) == 0
    assert size(config, stop, None, equity, None, ENOUGH) == 0
    assert size(config, stop, price, None, None, ENOUGH) == 0
    assert size(config, stop, D(0), equity, None, ENOUGH) == 0


@given(
    equity=st.decimals(D(1), D("1e9"), places=2),
    price=st.decimals(D("0.01"), D("1e6"), places=2),
    stop=st.floats(0.0001, 0.9),
    lot=st.sampled_from([None, D("0.001"), D(1)]),
)
def test_it_never_risks_more_than_was_allowed(
    equity: Decimal, price: Decimal, stop: float, lot: Decimal | None
) -> None:
    """I16: rounded down, on the lot."""
    quantity = size(SizingConfig(method="risk"), Bracket(stop), price, equity, lot, ENOUGH)
    assert quantity >= 0
    assert quantity * price * D(repr(stop)) <= equity * D("0.005")
    assert lot is None or quantity % lot == 0


def test_a_tight_stop_never_asks_for_more_than_an_order_may_be_worth() -> None:
    config = SizingConfig(method="risk", risk_per_trade=D("0.01"))
    assert size(config, Bracket(0.001), D(100), D(100_000), D("0.001"), D(50_000)) == 500
