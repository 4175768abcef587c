"""Every fill is somebody's decision, and whatever breaks the line is named with its row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from barfinex.audit.complete import Completeness, prove
from barfinex.audit.reader import Reader
from barfinex.domain.order import Fill, OrderType, Purpose, Side
from barfinex.domain.verdict import Approved
from barfinex.events import provider
from barfinex.events.advisor import IntentProposed, SignalDeclined
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected
from barfinex.events.inspector import (
    IntentApproved,
    IntentRefused,
    PositionOpened,
    ProtectionApproved,
    TradeClosed,
)
from barfinex.events.kernel import ModuleFailed
from barfinex.events.provider import OrderAccepted, OrderFilled, OrderRejected, OrderSubmitted
from tests.audit.story import (
    NOON,
    approved,
    declined,
    entered,
    executed,
    left,
    order,
    permit,
    proposed,
    refused,
    sent,
    signal,
    stamped,
    told,
    write,
)

Story = list[Event]


def whole() -> Story:
    """Two trades, the first closed, a decline and a refusal."""
    return [*entered("aa"), *declined("bb"), *refused("cc"), *left("aa", by="dd"), *second()]


def second() -> Story:
    return [*entered("ee"), *left("ee", by="ff"), *declined("gg"), *refused("hh")]


def judged(folder: Path, *runs: Sequence[Event]) -> Completeness:
    path = folder / "journal.db"
    rows: list[Envelope] = []
    for number, events in enumerate(runs):
        rows += stamped(events, len(rows), f"run-{number}")
    write(path, rows)
    with Reader(path) as reader:
        return reader.complete()


def without(events: Sequence[Event], kind: type[Event], nth: int = 0) -> Story:
    found = [event for event in events if isinstance(event, kind)]
    return [event for event in events if event is not found[nth]]


def test_a_whole_story_is_complete(tmp_path: Path) -> None:
    result = judged(tmp_path, whole())
    assert (result.ok, result.orphans, result.unfinished, result.external) == (True, [], [], [])
    assert result.counts == {
        "signals": 8, "declined": 2, "intents": 6, "refused": 2, "approvals": 6, "orders": 6, "fills": 6,
        "trades": 2,
    }  # fmt: skip
    assert result.report()["ok"] is True


HOLES: list[tuple[type[Event], str, str, str]] = [
    (SignalDetected, "int-aa", "up", "its signal sig-aa is not on record"),
    (IntentProposed, "apr-aa-e", "up", "its intent int-aa is not on record"),
    (IntentProposed, "sig-aa", "down", "neither an intent nor a decline"),
    (SignalDeclined, "sig-bb", "down", "neither an intent nor a decline"),
    (IntentRefused, "int-cc", "down", "no verdict"),
    (IntentApproved, "ord-aa-e", "up", "its approval apr-aa-e is not on record"),
    (IntentApproved, "int-aa", "down", "no verdict"),
    (ProtectionApproved, "ord-aa-s", "up", "its approval apr-aa-s is not on record"),
    (OrderSubmitted, "ord-aa-e.0.5", "up", "no order ord-aa-e was sent"),
    (OrderFilled, "trd-aa", "up", "no fill of an entry opened this position"),
    (PositionOpened, "trd-aa", "up", "its position was never opened"),
    (PositionOpened, "trd-aa", "down", "no position was opened"),
    (TradeClosed, "trd-aa", "down", "its trade was not closed"),
]


@pytest.mark.parametrize(("kind", "name", "towards", "why"), HOLES)
def test_a_fact_that_is_missing_leaves_an_orphan(
    tmp_path: Path, kind: type[Event], name: str, towards: str, why: str
) -> None:
    result = judged(tmp_path, without(whole(), kind))
    assert not result.ok
    found = [one for one in result.orphans if (one.id, one.towards) == (name, towards) and why in one.why]
    assert len(found) == 1, result.orphans
    with Reader(tmp_path / "journal.db") as reader:
        assert reader.at(found[0].seq).event.wire_type == found[0].type


def test_an_earlier_fill_that_is_missing_is_seen_by_the_next(tmp_path: Path) -> None:
    result = judged(tmp_path, without(whole(), OrderFilled, 1))
    assert "a fill of order ord-aa-x before it is not on record" in [one.why for one in result.orphans]
    assert any("exits 0.3, it says 0.5" in one.why for one in result.orphans)


def test_an_order_that_nobody_heard_of_again_is_an_orphan_when_later_ones_were(tmp_path: Path) -> None:
    silent = [event for event in whole() if not (_is_about(event, "ord-aa-s"))]
    found = [(one.id, one.why) for one in judged(tmp_path, silent).orphans]
    assert found == [("ord-aa-s", "nothing was heard of this order")]


def _is_about(event: Event, order_id: str) -> bool:
    return getattr(event, "order_id", None) == order_id and event.publisher == "provider"


def test_an_approval_that_expired_without_a_word_is_an_orphan(tmp_path: Path) -> None:
    """Its answer was due before its end; a run that ended earlier cut it short."""
    entry = order("aa", "e", Purpose.ENTRY, "aa", Side.BUY)
    start: Story = [signal("aa"), proposed("aa", "aa"), approved("aa", entry)]
    result = judged(tmp_path, start)
    assert (result.ok, [one.id for one in result.unfinished]) == (True, ["ord-aa-e"])
    late = stamped([*start, *declined("bb")])
    write(tmp_path / "late.db", [replace(row, known_at=row.known_at + 3_000 * (row.seq > 3)) for row in late])
    with Reader(tmp_path / "late.db") as reader:
        found = reader.complete().orphans
    assert [(one.seq, one.id, one.towards) for one in found] == [(3, "ord-aa-e", "down")]


def test_a_rejected_approval_needs_no_order(tmp_path: Path) -> None:
    entry = order("aa", "e", Purpose.ENTRY, "aa", Side.BUY)
    no = OrderRejected(instrument="BTC-USDT", order_id="ord-aa-e", code="APPROVAL_EXPIRED", reason="late")
    assert judged(tmp_path, [signal("aa"), proposed("aa", "aa"), approved("aa", entry), no]).ok


@pytest.mark.parametrize("rows", range(1, len(entered("aa")) + 1))
def test_what_a_crash_cut_short_is_listed_apart(tmp_path: Path, rows: int) -> None:
    """The last question of a run was in somebody's inbox when it died. Positions survive: a later run that
    tended others must have tended this one too."""
    begun = entered("aa")[:rows]
    assert judged(tmp_path, begun).ok
    (tmp_path / "on").mkdir()
    result = judged(tmp_path / "on", begun, second())
    is_unopened = isinstance(begun[-1], OrderFilled)
    assert [one.id for one in result.orphans] == ["trd-aa"] * is_unopened


def test_a_module_that_failed_takes_its_question_with_it(tmp_path: Path) -> None:
    failed = ModuleFailed(module="advisor", error="ValueError", restarts=1)
    assert [one.id for one in judged(tmp_path, [signal("zz"), failed, *second()]).unfinished] == ["sig-zz"]
    (tmp_path / "well").mkdir()
    assert [one.id for one in judged(tmp_path / "well", [signal("zz"), *second()]).orphans] == ["sig-zz"]


def swap(events: Story, kind: type[Event], nth: int, change: Callable[[Event], Event]) -> Story:
    found = [event for event in events if isinstance(event, kind)][nth]
    return [change(event) if event is found else event for event in events]


def test_an_order_that_is_not_the_approved_one_is_found(tmp_path: Path) -> None:
    """I1: by hash over the order as it was written down."""
    big = replace(order("aa", "e", Purpose.ENTRY, "aa", Side.BUY), quantity=Decimal("0.6"))

    def grow(_: Event) -> Event:
        return provider.OrderSubmitted(instrument="BTC-USDT", approval_id="apr-aa-e", request=big)

    result = judged(tmp_path, swap(whole(), OrderSubmitted, 0, grow))
    assert [(one.id, one.why) for one in result.orphans] == [
        ("ord-aa-e", "its approval apr-aa-e is for another order")
    ]


def test_an_approval_that_holds_another_order_than_it_is_bound_to_is_found(tmp_path: Path) -> None:
    entry = order("aa", "e", Purpose.ENTRY, "aa", Side.BUY)
    loose = Approved("apr-aa-e", replace(entry, quantity=Decimal(9)), entry.fingerprint(), NOON + 2_000)

    def loosen(event: Event) -> Event:
        assert isinstance(event, IntentApproved)
        return IntentApproved(
            instrument=event.instrument, intent_id=event.intent_id, checks=event.checks, approval=loose
        )

    whys = [one.why for one in judged(tmp_path, swap(whole(), IntentApproved, 0, loosen)).orphans]
    assert "it is bound to another order than the one that it holds" in whys


def test_what_happens_twice_is_found(tmp_path: Path) -> None:
    """I3, I15: an approval, an order or a fill counted a second time."""
    again = order("aa", "e", Purpose.ENTRY, "aa", Side.BUY)
    result = judged(tmp_path, [*whole(), *sent(again), *executed(again, "1", "0.5")])
    whys = {one.why for one in result.orphans}
    assert {
        "an order of this id was sent before",
        "its approval apr-aa-e was used before",
        "the id was given before",
        "order ord-aa-e asked for 0.5 and got 1.0",
    } <= whys


def test_a_fact_before_its_cause_is_an_orphan(tmp_path: Path) -> None:
    events = whole()
    at = next(i for i, event in enumerate(events) if isinstance(event, OrderSubmitted))
    events[at], events[at + 1] = events[at + 1], events[at]
    found = judged(tmp_path, events).orphans
    assert [(one.seq, one.id, one.why) for one in found] == [
        (at + 1, "ord-aa-e", "no order of this id was sent")
    ]


def test_an_order_that_nobody_sent_is_an_orphan(tmp_path: Path) -> None:
    foreign = OrderAccepted(instrument="BTC-USDT", order_id="web_123")
    assert [one.id for one in judged(tmp_path, [*whole(), foreign]).orphans] == ["web_123"]


def test_what_is_not_of_our_making_is_listed_apart(tmp_path: Path) -> None:
    """Orders, fills, positions and cash found at the venue, and what is heard of them afterwards."""
    theirs = order("zz", "e", Purpose.ENTRY, "zz", Side.BUY)
    fill = Fill("f-9", "web_9", "BTC-USDT", Side.SELL, Decimal(1), Decimal(2), Decimal(0), NOON)
    found: Story = [
        provider.ExternalOrderFound(
            instrument="BTC-USDT", order_id="ord-zz-e", side=Side.BUY, type=OrderType.LIMIT,
            quantity=Decimal(1), filled=Decimal(0), price=Decimal(2), trigger=None, reduce_only=False,
        ),
        provider.ExternalPositionFound(instrument="ETH-USDT", quantity=Decimal(-1)),
        provider.ExternalFillFound(instrument="BTC-USDT", fill=fill),
        provider.ExternalCashFound(asset="cash", amount=Decimal(5)),
        *executed(theirs, "1", "0.5"),
        provider.OrderCancelled(instrument="BTC-USDT", order_id="ord-zz-e", reason="by hand"),
        provider.ExternalOrderEnded(instrument="BTC-USDT", order_id="ord-zz-e"),
    ]  # fmt: skip
    result = judged(tmp_path, [*whole(), *found])
    assert (result.ok, result.orphans) == (True, [])
    names = ["ord-zz-e", "ETH-USDT", "f-9", "cash", "ord-zz-e.0.5", "ord-zz-e"]
    assert [one.id for one in result.external] == names


@pytest.mark.parametrize(("quantity", "ok"), [("0.5", True), ("0.7", True), ("0.4", False)])
def test_a_trade_that_somebody_else_closed_has_its_exit_in_their_trades(
    quantity: str, ok: bool, tmp_path: Path
) -> None:
    """By hand, or the venue itself when the margin was used up: as much as the trade lacks, and no more."""
    amount, nothing = Decimal(quantity), Decimal(0)
    fill = Fill("liq.1", "liquidation-1", "BTC-USDT", Side.SELL, amount, Decimal(2), nothing, NOON)
    taken = provider.ExternalFillFound(instrument="BTC-USDT", fill=fill, reason=provider.LIQUIDATION)
    closed = next(event for event in left("aa", "dd") if isinstance(event, TradeClosed))
    found = judged(tmp_path, [*entered("aa"), taken, closed])
    about = [one for one in found.orphans if one.id == "trd-aa"]
    assert (about == []) is ok


def test_a_body_that_cannot_be_read_is_named() -> None:
    found = prove([(7, "run", "provider.order_filled", 0, '{"order_id":1}')]).orphans
    assert [(one.seq, one.towards) for one in found] == [(7, "up")]
    assert "cannot be read" in found[0].why


def test_the_told_story_has_one_open_position_and_no_orphan(tmp_path: Path) -> None:
    write(tmp_path / "told.db", told())
    with Reader(tmp_path / "told.db") as reader:
        result = reader.complete()
    assert (result.ok, result.orphans) == (True, [])


def test_permits_are_made_for_orders_only(tmp_path: Path) -> None:
    stray = provider.OrderSubmitted(
        instrument="BTC-USDT", approval_id="apr-none", request=order("zz", "e", Purpose.ENTRY, "zz")
    )
    assert permit(stray.request).id == "apr-zz-e"
    whys = [one.why for one in judged(tmp_path, [*whole(), stray]).orphans]
    assert whys == ["its approval apr-none is not on record"]
