"""After a crash at any moment: the book is what the journal says, and no position stays unprotected."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from barfinex.domain.candles import series_of
from barfinex.domain.signal import Bracket
from barfinex.events.inspector import PositionOpened, ProtectionApproved
from barfinex.events.kernel import RunStarted
from barfinex.events.provider import CandlesClosed, OrderRejected
from tests.inspector.story import BTC, MINUTE, NOON, D, Story, drive, intent, leave, names, proposed

STARTED = RunStarted(mode="", version="", config={}, config_hash="", strategies={}, data={})


def lived() -> Story:
    """Two trades: one in slices and stopped out, one left by its strategy after its stop was rejected."""
    story = Story()
    story.price(100.0)
    story.propose(intent("1"))
    story.submit("ord-1-e")
    story.fill("ord-1-e", "100", "4")
    story.submit("ord-1-s", "ord-1-t")
    story.fill("ord-1-e", "100", "6")
    story.submit("ord-1-s2", "ord-1-t2")
    story.fill("ord-1-s", "98")
    story.cancel("ord-1-t")
    story.fill("ord-1-s2", "98")
    story.cancel("ord-1-t2")
    story.after(MINUTE)
    story.enter(intent("2", expires_at=NOON + 2 * MINUTE))
    story.reject("ord-2-s")
    story.reject("ord-2-t")
    story.submit("ord-2-s2", "ord-2-t2")
    story.propose(leave("2"))
    story.submit("ord-2-x")
    story.fill("ord-2-x", "101", "3")
    story.fill("ord-2-x", "101")
    story.cancel("ord-2-s2")
    story.cancel("ord-2-t2")
    assert not story.book.positions
    assert not story.book.orders
    return story


def test_a_crash_after_any_event_leaves_no_position_unprotected() -> None:
    """I5: what the last run had not done, recovery does; and no order is made twice under one id."""
    journal = lived().journal
    for length in range(len(journal) + 1):
        story = Story(journal=list(journal[:length]))
        story.clock.move(NOON + MINUTE)
        story.module = story.restored(story.journal)
        before = {p.id: p.left for p in story.book.positions.values()}
        story.feed(STARTED)
        drive(story.module.recover(story))
        known = [
            approval.order.id
            for envelope in story.journal
            if isinstance(envelope.event, ProtectionApproved)
            for approval in envelope.event.approvals
        ]
        assert len(known) == len(set(known))
        for position in story.book.positions.values():
            assert not position.naked
            assert sum(guard.slice.quantity for guard in position.guards) >= position.left
            assert position.left > 0 or position.entry in story.book.orders
            assert position.left == before[position.id]


def test_recovery_announces_what_nobody_was_told() -> None:
    """I5: the fill was the last thing written."""
    journal = lived().journal
    first = next(i for i, envelope in enumerate(journal) if isinstance(envelope.event, PositionOpened))
    story = Story(journal=list(journal[:first]))
    story.module = story.restored(story.journal)
    drive(story.module.recover(story))
    assert [type(e.event).__name__ for e in story.journal[first:]] == ["PositionOpened", "ProtectionApproved"]


def test_a_book_is_the_same_however_late_the_inspector_was() -> None:
    """I5, I16: the journal then holds its answers after events that it had not seen yet."""
    story = Story()
    story.price(100.0)
    story.feed_late(*[proposed(intent(name, strategy=name)) for name in ("1", "2")])
    story.submit("ord-1-e", "ord-2-e")
    parts = [story.slice("ord-1-e", "100", 4, 4), story.slice("ord-1-e", "100", 6, 10)]
    parts.append(story.slice("ord-2-e", "100", 10, 10))
    opened, covered = "PositionOpened", "ProtectionApproved"
    assert names(story.feed_late(*parts)) == [opened, covered, covered, opened, covered]
    pair = [OrderRejected(instrument=BTC, order_id=f"ord-2-{leg}", code="VENUE", reason="no") for leg in "st"]
    assert names(story.feed_late(*pair)) == ["ProtectionApproved"]


def test_what_was_never_sent_gives_its_room_back() -> None:
    story = Story()
    story.price(100.0)
    story.propose(intent())
    story.feed(STARTED)
    assert not story.book.orders
    assert not story.book.positions


def test_the_peak_is_remembered_when_the_old_candles_are_gone() -> None:
    """I4: a drawdown that was reached before a restart still stands after it."""
    story = Story()
    story.hold()
    story.fill("ord-1-t", "104")
    story.hold(intent("2"))
    story.fill("ord-2-s", "98")
    kept = [envelope for envelope in story.journal if not isinstance(envelope.event, CandlesClosed)]
    account = story.restored(kept).book.account
    assert (account.peak, account.drawdown()) == (D(100_040), D("0.000200"))


MOVES = st.sampled_from(["fill", "part", "reject", "cancel", "submit", "candle", "leave", "enter", "wait"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(MOVES, st.integers(0, 5)), max_size=25))
def test_whatever_the_venue_does_a_position_is_covered(moves: list[tuple[str, int]]) -> None:
    """I5, I16: a guard, an exit in flight or a halt; fills sum to the position; the journal holds it all."""
    story = Story()
    story.price(100.0)
    for number, (move, pick) in enumerate(moves):
        live = list(story.book.orders)
        order = live[pick % len(live)] if live else None
        step(story, move, order, number)
        account = story.book.account.portfolio
        held = account.positions.get(BTC)
        total = sum((p.left for p in story.book.positions.values()), D(0))
        assert story.book.halt or total == (D(0) if held is None else held.quantity)
        for position in story.book.positions.values():
            bare = position.left - sum((g.slice.quantity - g.done for g in position.guards), D(0))
            assert bare <= 0 or position.exits or story.book.halt


def step(story: Story, move: str, order: str | None, number: int) -> None:
    """One thing that can happen; what cannot, does not."""
    if move == "enter":
        story.propose(intent(f"a{number}", strategy=f"s{number}", bracket=Bracket(0.02, 0.04, 3 * MINUTE)))
    elif move == "leave" and story.book.positions:
        story.propose(leave(next(iter(story.book.positions)).removeprefix("trd-"), f"b{number}"))
    elif move == "candle":
        story.price(100.0)
    elif move == "wait":
        story.after(MINUTE)
    elif order is not None and move in ("fill", "part"):
        remaining = story.book.orders[order].remaining
        request = story.book.orders[order].request
        position = story.book.positions.get(request.trade_id)
        if request.reduce_only:  # The venue fills no more than is held.
            remaining = D(0) if position is None else min(remaining, position.left)
        if remaining:
            story.fill(order, "100", str(remaining if move == "fill" else remaining / 2))
    elif order is not None and move == "submit":
        story.submit(order)
    elif order is not None and move in ("reject", "cancel"):
        getattr(story, move)(order)


def test_a_position_is_quiet_until_its_time_is_up() -> None:
    """I8: the block ends at the candle that closes when the holding time does, however it is asked."""
    rows = [[NOON + k * MINUTE, 100.0, 100.0, 100.0, 100.0, 1.0] for k in range(10)]
    coming = series_of(BTC, "1m", rows)
    story = Story()
    assert story.module.quiet(coming.block()) == 10
    story.hold(intent(bracket=Bracket(0.02, 0.04, hold_ms_max=3 * MINUTE)))
    assert story.module.quiet(coming.block()) == 3
    assert story.module.quiet(coming.block(1)) == 2
    assert story.module.quiet(coming.block(5)) == 1
    assert story.module.quiet(coming.block(0, 2)) == 2
    assert story.module.quiet(series_of("ETH-USDT", "1m", rows).block()) == 10


def test_marks_of_coming_candles_are_not_seen_before_their_time() -> None:
    """I17: a block that was offered is read as of now."""
    rows = [[NOON + k * MINUTE, 100.0, 500.0, 100.0, 500.0, 1.0] for k in range(10)]
    story = Story()
    story.hold()
    story.module.quiet(series_of(BTC, "1m", [[NOON - MINUTE, *[100.0] * 4, 1.0], *rows]).block())
    story.after(1)
    story.book.account.value(story.now)
    assert story.book.account.equity == 100_000


def test_a_delivered_head_does_not_hide_the_rest_of_what_was_shown() -> None:
    """I8: another instrument's fill may ask for this one's close before the driver shows it again."""
    rows = [[NOON + k * MINUTE, *[100.0 + k] * 4, 1.0] for k in range(10)]
    series = series_of(BTC, "1m", rows)
    story = Story()
    story.module.quiet(series.block())
    story.after(MINUTE)
    story.feed(CandlesClosed(candles=series.block(0, 1)))
    assert story.book.account.marks.at(BTC, NOON + 5 * MINUTE) == (104.0, NOON + 5 * MINUTE)
