"""What else is known: the account, what is held, who is halted and why, and whose data is believed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

import barfinex.advisor.standing as subject
from barfinex.advisor.standing import Standing
from barfinex.config import Config
from barfinex.domain.signal import Direction
from barfinex.domain.trading import Cause, Level, Scope
from barfinex.events.base import Event
from barfinex.events.inspector import (
    DayOpened,
    EquityMarked,
    PositionOpened,
    TradeClosed,
    TradingHalted,
    TradingResumed,
)
from barfinex.events.kernel import JournalRecovered, JournalStalled, RunStarted
from barfinex.events.provider import (
    AccountReconciled,
    BookSampled,
    FeedRecovered,
    FeedStalled,
    MarketQualityScored,
)
from tests.advisor.builders import round_trip

ALL, VENUE = Scope(), Scope(Level.VENUE, "binance")
OURS, BTC = Scope(Level.STRATEGY, "sample"), Scope(Level.INSTRUMENT, "BTC-USDT")


def standing(*events: Event) -> Standing:
    made = Standing()
    for event in events:
        made.fold(event, 1_000, 1_000)
    return made


def halted(scope: Scope, cause: Cause = Cause.KILL) -> TradingHalted:
    return TradingHalted(way="api", reason="a test", scope=scope, cause=cause)


def resumed(scope: Scope, cause: Cause | None = None) -> TradingResumed:
    return TradingResumed(by="somebody", reason="a test", scope=scope, cause=cause)


def started(waits: bool) -> RunStarted:
    return RunStarted(mode="m", version="1", config={}, config_hash="", strategies={}, data={}, waits=waits)


RECONCILED = AccountReconciled(orders_checked=0, fills_recovered=0, mismatches=())
STALLED, RECOVERED = (
    FeedStalled(instrument="BTC-USDT", reason="silent"),
    FeedRecovered(instrument="BTC-USDT", blind_ms=9),
)


def opened(trade_id: str, strategy: str = "sample", instrument: str = "BTC-USDT") -> PositionOpened:
    return PositionOpened(
        instrument=instrument,
        trade_id=trade_id,
        strategy=strategy,
        direction=Direction.SHORT,
        quantity=Decimal(1),
        entry_price=Decimal(100),
        entry_ts=0,
        stop=Decimal(102),
        target=None,
    )


def test_nobody_spoke_so_nothing_is_wrong_and_the_account_is_unknown() -> None:
    made = standing()
    assert (made.waits, made.journal_stalled, made.equity, made.drawdown) == (False, False, None, 0.0)
    assert (made.kill_of(), made.halt_of("sample", "BTC-USDT")) == (None, None)
    assert not made.is_stalled("BTC-USDT")


def test_a_start_waits_until_the_account_is_reconciled() -> None:
    assert standing(started(True)).waits
    assert not standing(started(False)).waits
    assert not standing(started(True), RECONCILED).waits
    assert standing(started(True), RECONCILED, started(True)).waits


def test_an_account_of_which_a_part_was_not_answered_is_not_reconciled() -> None:
    """Failed before: a comparison that had asked in vain ended the waiting."""
    silent = replace(RECONCILED, failed=("balances",))
    assert standing(started(True), silent).waits
    assert not standing(started(True), silent, RECONCILED).waits
    assert not standing(started(True), RECONCILED, silent).waits, "as later, while the market runs"
    assert not standing(silent).waits


def test_a_start_forgets_feeds_and_journal_but_no_halt_and_no_position() -> None:
    stalled = JournalStalled(reason="full")
    made = standing(STALLED, stalled, halted(ALL), opened("trd-1"), started(True))
    assert not made.is_stalled("BTC-USDT")
    assert not made.journal_stalled
    assert made.kill_of() == ALL
    assert made.holds("sample", "BTC-USDT")


def test_a_feed_is_not_believed_until_it_recovers() -> None:
    assert standing(STALLED).is_stalled("BTC-USDT")
    assert not standing(STALLED).is_stalled("ETH-USDT")
    assert not standing(STALLED, STALLED, RECOVERED).is_stalled("BTC-USDT")


def test_a_journal_is_stalled_until_it_recovers() -> None:
    stalled, recovered = JournalStalled(reason="full"), JournalRecovered(stalled_ms=5)
    assert standing(stalled).journal_stalled
    assert not standing(stalled, recovered).journal_stalled


@pytest.mark.parametrize("scope", [ALL, VENUE])
def test_a_halt_of_everything_is_a_kill_and_about_no_strategy(scope: Scope) -> None:
    made = standing(halted(scope))
    assert made.kill_of() == scope
    assert made.halt_of("sample", "BTC-USDT") is None


@pytest.mark.parametrize("scope", [OURS, BTC])
def test_a_halt_of_a_strategy_or_an_instrument_reaches_it_alone(scope: Scope) -> None:
    made = standing(halted(scope))
    assert made.kill_of() is None
    assert made.halt_of("sample", "BTC-USDT") == scope
    assert made.halt_of("another", "ETH-USDT") is None


def test_each_cause_holds_by_itself_and_is_lifted_by_itself() -> None:
    made = standing(halted(ALL, Cause.KILL), halted(ALL, Cause.DRAWDOWN), resumed(ALL, Cause.DRAWDOWN))
    assert made.kill_of() == ALL
    made.fold(resumed(ALL, Cause.KILL), 0, 0)
    assert made.kill_of() is None


def test_a_resume_without_a_cause_lifts_its_scope_and_one_of_everything_all() -> None:
    halts = (halted(ALL), halted(OURS), halted(OURS, Cause.DRAWDOWN), halted(BTC))
    made = standing(*halts, resumed(OURS))
    assert made.halt_of("sample", "ETH-USDT") is None
    assert made.halt_of("sample", "BTC-USDT") == BTC
    assert made.kill_of() == ALL
    made = standing(*halts, resumed(ALL))
    assert (made.kill_of(), made.halt_of("sample", "BTC-USDT")) == (None, None)


def test_a_resume_of_another_scope_or_cause_lifts_nothing() -> None:
    for given in (resumed(BTC), resumed(OURS, Cause.DRAWDOWN), resumed(ALL, Cause.KILL)):
        assert standing(halted(OURS), given).halt_of("sample", "BTC-USDT") == OURS


def test_too_many_halts_to_tell_apart_halt_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded, and it does not fail open."""
    monkeypatch.setattr(subject, "HALTS_MAX", 3)
    many = [halted(Scope(Level.STRATEGY, f"s{number}")) for number in range(4)]
    assert standing(*many[:3]).kill_of() is None
    assert standing(*many).kill_of() == ALL


def test_positions_are_held_until_they_close() -> None:
    made = standing(opened("trd-1"), opened("trd-2", instrument="ETH-USDT"))
    assert made.holds("sample", "BTC-USDT")
    assert made.holds("sample", "ETH-USDT")
    assert not made.holds("another", "BTC-USDT")
    assert made.open["trd-1"].sign == -1
    closed = TradeClosed(instrument="BTC-USDT", trade=round_trip("trd-1", "1"), r_net=1.0)
    made.fold(closed, 0, 0)
    made.fold(closed, 0, 0)
    assert (made.holds("sample", "BTC-USDT"), list(made.open)) == (False, ["trd-2"])


def test_the_account_is_as_it_was_marked_last() -> None:
    marked = EquityMarked(equity=Decimal("900.5"), peak=Decimal(1_000), drawdown=Decimal("0.0995"))
    made = standing(marked, replace(marked, equity=Decimal(950), drawdown=Decimal("0.05")))
    assert (made.equity, made.drawdown) == (950.0, 0.05)


def test_the_account_is_what_it_began_with_until_a_day_opens() -> None:
    """Failed before: it was unknown until the first trade closed."""
    begun = replace(started(False), config=Config().model_dump(mode="json"))
    made = standing(begun)
    assert made.equity == 100_000.0
    made.fold(DayOpened(day=86_400_000, equity=Decimal(950)), 86_500_000, 86_500_000)
    made.fold(begun, 86_600_000, 86_600_000)
    assert made.equity == 950.0


def test_what_a_day_began_with_is_older_than_what_was_marked_in_it() -> None:
    made, marked = Standing(), EquityMarked(equity=Decimal(900), peak=Decimal(900), drawdown=Decimal(0))
    day = 86_400_000
    made.fold(marked, day + 5, day + 5)
    made.fold(DayOpened(day=day, equity=Decimal(950)), day + 9, day + 9)
    assert made.equity == 900.0
    made.fold(DayOpened(day=2 * day, equity=Decimal(850)), 2 * day + 9, 2 * day + 9)
    assert made.equity == 850.0


def test_a_book_and_the_quality_of_data_are_kept_by_instrument() -> None:
    scored = MarketQualityScored(instrument="BTC-USDT", score=0.7, parts={"freshness": 0.5})
    made = Standing()
    made.fold(scored, 1_000, 1_000)
    made.fold(BookSampled(instrument="BTC-USDT", bids=((9.0, 1.0),), asks=((11.0, 1.0),)), 1_000, 1_400)
    assert made.quality["BTC-USDT"].score == 0.7
    quote = made.quotes.of("BTC-USDT", 10.0, 1_000, 2.0)
    assert (quote.source, quote.bid, quote.ahead_ms) == ("book", 9.0, 400)


def test_every_event_it_asks_for_changes_something() -> None:
    assert set(Standing.consumes) == {
        RunStarted,
        AccountReconciled,
        DayOpened,
        EquityMarked,
        PositionOpened,
        TradingHalted,
        TradingResumed,
        FeedStalled,
        FeedRecovered,
        JournalStalled,
        JournalRecovered,
        MarketQualityScored,
        BookSampled,
    }
