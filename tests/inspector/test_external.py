"""R43: what is on the account and not ours counts in every limit, and nothing is done to it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from barfinex.config import InspectorConfig
from barfinex.domain.order import OrderType, Side
from barfinex.domain.position import Position
from barfinex.domain.signal import Direction
from barfinex.events.base import Event
from barfinex.events.provider import (
    ExternalCashFound,
    ExternalFillFound,
    ExternalOrderEnded,
    ExternalOrderFound,
    ExternalPositionFound,
)
from barfinex.inspector.book import RiskBook
from barfinex.inspector.exposure import worst
from barfinex.inspector.policies.gross_exposure import gross_exposure
from barfinex.inspector.policies.opposing import opposing
from barfinex.inspector.policies.position_size import position_size
from barfinex.inspector.policies.trades_per_day import trades_per_day
from tests.factories import fill
from tests.inspector.policy_cases import book, proposal
from tests.inspector.story import BTC, NOON, D, intent

LIMITS = InspectorConfig(position_notional_max=D(5_000), gross_exposure_max=D(2))


def order(**changes: object) -> ExternalOrderFound:
    about: dict[str, object] = {
        "instrument": BTC,
        "order_id": "manual-1",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": D(45),
        "filled": D(5),
        "price": D(100),
        "trigger": None,
        "reduce_only": False,
    }
    return ExternalOrderFound(**{**about, **changes})  # type: ignore[arg-type]


def told(*events: Event) -> RiskBook:
    made = book()
    for event in events:
        made.fold(event, NOON + 1)
    return made


def bought(quantity: int) -> ExternalFillFound:
    made = fill(id="m-1", quantity=D(quantity), fee=D(0), side=Side.BUY if quantity > 0 else Side.SELL)
    return ExternalFillFound(instrument=BTC, fill=made)


@pytest.mark.parametrize(
    "event", [order(), bought(40), ExternalPositionFound(instrument=BTC, quantity=D(40))], ids=type
)
def test_it_takes_room_from_ours(event: Event) -> None:
    """Forty units are somebody's: of a limit of fifty, ten are left and not one more."""
    made = told(event)
    assert position_size.judge(proposal(quantity=D(10)), made, LIMITS).passed
    assert not position_size.judge(proposal(quantity=D("10.01")), made, LIMITS).passed
    assert worst(made, [BTC]) == D(4_000)
    assert gross_exposure.judge(proposal(quantity=D(10)), made, LIMITS).value == D(5_000)


def test_an_order_of_theirs_gives_the_room_back_when_it_ends_and_takes_none_when_it_only_reduces() -> None:
    ended = told(order(), ExternalOrderEnded(instrument=BTC, order_id="manual-1"))
    reducing = told(order(), order(reduce_only=True))
    for made in (ended, reducing):
        assert worst(made, [BTC]) == 0
        assert position_size.judge(proposal(quantity=D(50)), made, LIMITS).passed


def test_an_order_of_theirs_without_any_price_lets_nothing_pass_beside_it() -> None:
    """I4: its worth is not known, so it is taken as more than any limit."""
    made = RiskBook(D(100_000))
    made.fold(order(price=None, type=OrderType.MARKET, instrument="NEW-USDT"), NOON)
    assert not gross_exposure.judge(proposal(), made, LIMITS).passed


def test_it_is_no_entry_of_ours_that_a_halt_takes_back() -> None:
    made = told(order())
    assert made.entries() == []
    few = InspectorConfig(trades_per_day_max=1)
    assert trades_per_day.judge(proposal(), made, few).passed


def test_nobody_sells_what_is_not_ours() -> None:
    """A short entry would be netted against their holding."""
    made = told(ExternalPositionFound(instrument=BTC, quantity=D(1)))
    short = proposal(intent=intent(direction=Direction.SHORT))
    assert not opposing.judge(short, made, LIMITS).passed
    assert opposing.judge(proposal(), made, LIMITS).passed


def test_a_transfer_is_neither_gain_nor_loss() -> None:
    """A third is withdrawn, coins arrive: no drawdown and no loss of the day follow."""
    made = told(
        ExternalCashFound(asset="cash", amount=D(-30_000)),
        ExternalPositionFound(instrument=BTC, quantity=D(7)),
    )
    account = made.account
    assert account.equity == account.peak == account.counters.day_equity == D(70_700)
    assert account.drawdown() == 0
    made.fold(ExternalCashFound(asset="cash", amount=D(-30_000)), NOON + 2)
    made.fold(ExternalCashFound(asset="BNB", amount=D(9)), NOON + 2)
    assert account.equity == D(70_700)


def test_coins_that_come_and_go_realise_nothing() -> None:
    held = Position(BTC, D(4), D(400), D(10), D(1))
    assert held.moved(D(2)) == Position(BTC, D(6), D(400), D(10), D(1))
    assert held.moved(D(-1)) == Position(BTC, D(3), D(300), D(10), D(1))
    assert held.moved(D(-4)) == Position(BTC, D(0), Decimal(0), D(10), D(1))
    assert held.moved(D(-5)) == Position(BTC, D(-1), Decimal(0), D(10), D(1))
