"""An intent's verdict: its size, its checks, its reservation."""

from __future__ import annotations

from barfinex.config import InspectorConfig, SizingConfig
from barfinex.domain.instrument import Instrument
from barfinex.domain.order import Fill, OrderType, Purpose, Side
from barfinex.domain.signal import Bracket, Direction
from barfinex.events.inspector import IntentApproved, IntentRefused, TradingHalted
from barfinex.events.provider import OrderFilled
from barfinex.inspector.policies import POLICIES
from tests.inspector.story import BTC, NOON, D, Story, intent, leave, names, only


def test_an_entry_that_passes_becomes_an_approved_order() -> None:
    """I1, I3: bound by hash, for two seconds."""
    story = Story()
    story.price(100.0)
    approved = only(story.propose(intent(direction=Direction.SHORT)), IntentApproved)
    approval, order = approved.approval, approved.approval.order
    assert (order.id, approval.id, order.trade_id, order.intent_id) == (
        "ord-1-e",
        "apr-1-e",
        "trd-1",
        "int-1",
    )
    assert (order.side, order.type, order.quantity) == (Side.SELL, OrderType.MARKET, D(10))
    assert (order.purpose, order.reduce_only) == (Purpose.ENTRY, False)
    assert approval.order_hash == order.fingerprint()
    assert approval.expires_at == NOON + 2_000
    assert [check.policy for check in approved.checks] == [policy.name for policy in POLICIES]
    assert all(check.passed and check.value and check.limit for check in approved.checks)


def test_a_refusal_names_every_breach_and_not_only_the_first() -> None:
    """I4: without a candle, nothing is known of the market."""
    story = Story(InspectorConfig(gross_exposure_max=D("0.001")))
    refused = only(story.propose(intent(expires_at=NOON - 1)), IntentRefused)
    assert (refused.signal_id, refused.strategy, refused.quantity) == ("sig-1", "trend", D(10))
    assert {breach.code for breach in refused.breaches} == {"EXPIRY", "GROSS_EXPOSURE", "MISSING_FACT"}
    assert len(refused.checks) == len(POLICIES)


def test_a_price_that_is_no_number_is_refused() -> None:
    """I4: NaN is a missing price."""
    story = Story(sizing=SizingConfig(method="risk"))
    story.price(100.0)
    refused = only(story.propose(intent(price=float("nan"))), IntentRefused)
    assert {"quantity", "position_size", "price_collar"} <= {breach.policy for breach in refused.breaches}
    assert refused.quantity == 0


def test_an_entry_without_a_stop_is_refused() -> None:
    """I5: no position without protection."""
    story = Story()
    story.price(100.0)
    refused = only(story.propose(intent(bracket=None)), IntentRefused)
    assert [(b.policy, b.code) for b in refused.breaches] == [
        ("bracket", "MISSING_FACT"),
        ("trade_risk", "MISSING_FACT"),
    ]


def test_risk_sizing_rounds_down_to_the_lot() -> None:
    story = Story(sizing=SizingConfig(method="risk"), instrument=Instrument(BTC, lot=D("0.1")))
    story.price(101.0)
    approved = only(story.propose(intent(price=101.0, bracket=Bracket(0.03))), IntentApproved)
    assert approved.approval.order.quantity == D("16.5")


def test_two_intents_in_one_millisecond_do_not_share_the_room_for_one() -> None:
    """I4: the first reserves what the second then lacks; a rejected order gives it back."""
    story = Story(InspectorConfig(gross_exposure_max=D("0.015")))
    story.price(100.0)
    assert names(story.propose(intent("1"))) == ["IntentApproved"]
    second = only(story.propose(intent("2", strategy="other")), IntentRefused)
    breach = second.breaches[0]
    assert (breach.code, breach.value, breach.limit) == ("GROSS_EXPOSURE", "2000.0", "1500.000")
    story.reject("ord-1-e")
    assert names(story.propose(intent("3", strategy="other"))) == ["IntentApproved"]


def test_a_reservation_lives_until_the_fill_and_the_position_takes_its_place() -> None:
    story = Story(InspectorConfig(position_notional_max=D(1_500)))
    story.price(100.0)
    story.propose(intent("1"))
    for step in (lambda: story.submit("ord-1-e"), lambda: story.fill("ord-1-e", "100", "4")):
        step()
        refused = only(story.propose(intent(str(story.fills + 5), strategy="other")), IntentRefused)
        assert refused.breaches[0].value == "2000.0"


def test_a_strategy_does_not_enter_twice_and_a_signal_is_used_once() -> None:
    story = Story()
    story.hold()
    again = only(story.propose(intent("2")), IntentRefused)
    assert [(b.code, b.value) for b in again.breaches] == [("DUPLICATE", "trd-1")]
    reused = only(story.propose(intent("3", signal_id="sig-1", strategy="other")), IntentRefused)
    assert [b.code for b in reused.breaches] == ["DUPLICATE_SIGNAL"]


def test_an_exit_without_a_position_is_refused() -> None:
    story = Story()
    refused = only(story.propose(leave()), IntentRefused)
    assert [breach.code for breach in refused.breaches] == ["NO_POSITION", "MISSING_FACT"]


def test_a_holding_without_a_price_refuses_entries_but_no_exit() -> None:
    """I4: equity that cannot be known is not guessed; a position can be left all the same."""
    story = Story()
    story.hold()
    foreign = Fill("f9", "ord-foreign", "ETH-USDT", Side.BUY, D(1), D(10), D(0), NOON)
    event = OrderFilled(
        instrument="ETH-USDT", order_id="ord-foreign", fill=foreign, filled=D(1), quantity=D(1)
    )
    halted = only(story.feed(event), TradingHalted)
    assert halted.reason == "fill f9 belongs to no open position"
    refused = only(story.propose(intent("2", strategy="other")), IntentRefused)
    missing = {breach.policy for breach in refused.breaches if breach.code == "MISSING_FACT"}
    assert {"gross_exposure", "net_exposure", "reserve_balance", "drawdown", "daily_loss"} <= missing
    assert names(story.propose(leave())) == ["IntentApproved"]
