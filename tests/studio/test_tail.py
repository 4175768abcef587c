"""A line says in words what happened, in columns that stand still."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from rich.console import Console

from barfinex.domain.order import Side
from barfinex.events import provider
from barfinex.events.base import Envelope, Event
from barfinex.events.catalog import CATALOG
from barfinex.events.kernel import RunEnded
from barfinex.studio.figures import printable
from barfinex.studio.tail import Printer, is_detail, line, short
from tests.events.examples import example
from tests.factories import START, fill
from tests.studio.story import day, enter, leave, refuse

D = Decimal
DAY = list(day())


def printed(*events: Event) -> list[str]:
    return [
        line(Envelope(1, "run-1", event.publisher, START, START, 1, 0, event)).plain.rstrip()
        for event in events
    ]


def test_a_trade_reads_as_a_story() -> None:
    trade = [*enter("a1"), *leave("a1")]
    shown = [text for text, event in zip(printed(*trade), trade, strict=True) if not _detail(event)]
    assert shown == [
        "22:14:00.000  detector   BTC-USDT    signal        trend long at 60,000.00, score 0.82 of 0.60",
        "22:14:00.000  inspector  BTC-USDT    approved      trend buy 0.5 at market, 1/1 policies",
        "22:14:00.000  provider   BTC-USDT    filled        buy 0.5 at 60,000.00, fee 3.00",
        (
            "22:14:00.000  inspector  BTC-USDT    opened        trend long 0.5 at 60,000.00, "
            "stop 59,400.00, target 61,200.00"
        ),
        "22:14:00.000  inspector  BTC-USDT    protected     stop at the venue 27 ms after the fill",
        "22:14:00.000  provider   BTC-USDT    filled        sell 0.5 at 61,200.00, fee 3.00",
        (
            "22:14:00.000  inspector  BTC-USDT    closed        trend long +594.00 net (+1.98 R) "
            "by target at 61,200.00"
        ),
        "22:14:00.000  inspector              equity        100,594.00, peak 100,594.00, drawdown 0.00 %",
    ]


def test_a_future_tells_its_funding_and_its_end() -> None:
    settled = provider.FundingSettled(
        instrument="BTC-USDT", at=START, rate=D("0.0001"), mark=D(60_000), quantity=D("0.5"), amount=D(-3)
    )
    made = fill(id="liq.1", side=Side.SELL, price=D(54_000))
    ended = provider.ExternalFillFound(instrument="BTC-USDT", fill=made, reason=provider.LIQUIDATION)
    scored = provider.MarketQualityScored(instrument="BTC-USDT", score=0.5, parts={"depth": 0.25})
    funding, liquidated, data = printed(settled, ended, scored)
    assert "funding" in funding
    assert "on 0.5 at 0.0100%" in funding.replace(" %", "%")
    assert "LIQUIDATED" in liquidated
    assert "scored 0.50: depth 0.25" in data


def test_a_refusal_names_every_breach_with_its_limit() -> None:
    (text,) = printed(refuse("c1")[1])
    assert text.endswith(
        "mean_reversion: position size: 31,000.5 (limit 25,000); cooldown: 900 (limit 2,000)"
    )


@pytest.mark.parametrize("event", CATALOG.values(), ids=CATALOG)
def test_every_event_has_one_line_with_its_columns_in_place(event: type[Event]) -> None:
    made = example(event)
    text = line(Envelope(1, "run-1", event.publisher, START, START, 1, 0, made)).plain
    assert text.isprintable()
    assert text.startswith(f"22:14:00.000  {event.publisher:<9}  ")
    about = text.index("  ", 25 + len(printable(made.subject or ""))) + 2
    about = max(about, 37)
    assert text[about : about + 12].strip()
    assert text[about + 12 : about + 14] == "  "


def test_what_came_from_outside_cannot_command_the_terminal() -> None:
    (text,) = printed(RunEnded(reason="\x1b[2J\x1b]0;mine\x07\r\nnext line"))
    assert text == "22:14:00.000  kernel                 run ended     [2J ]0;mine next line"


def test_details_are_left_out_unless_everything_is_asked_for() -> None:
    few, all_of_them = io.StringIO(), io.StringIO()
    for out, everything in ((few, False), (all_of_them, True)):
        printer = Printer(Console(file=out, width=80), everything=everything)
        for envelope in DAY:
            printer.tap(envelope)
        printer.close()
    assert len(all_of_them.getvalue().splitlines()) == len(DAY)
    assert len(few.getvalue().splitlines()) == sum(not is_detail(envelope) for envelope in DAY)
    assert "candle 1m" not in few.getvalue()


def test_recorded_figures_are_shortened_and_words_are_not() -> None:
    assert [short(text) for text in ("0.123456789", "31000.5", "12345678.9", "none", "nan", "active")] == [
        "0.123457",
        "31,000.5",
        "12,345,679",
        "none",
        "nan",
        "active",
    ]


def _detail(event: Event) -> bool:
    return is_detail(Envelope(1, "run-1", event.publisher, START, START, 1, 0, event))


class Unread(io.StringIO):
    """A pipe whose reader has left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_terminal_that_nobody_reads_holds_nothing_up() -> None:
    """I10: lines are left out; the run does not notice."""
    printer = Printer(Console(file=Unread(), width=80))
    for _ in range(3):
        for envelope in DAY:
            printer.tap(envelope)
    printer.close()
    assert not printer._thread.is_alive()
