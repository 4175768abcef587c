"""The clock of funding: told and settled at its times, and remembered by whoever outlives the process."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from barfinex.audit.journal import HashJournal
from barfinex.bus.bus import Bus
from barfinex.bus.port import Port
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock
from barfinex.config import VenueConfig
from barfinex.domain.instrument import Instrument
from barfinex.domain.margin import Linear
from barfinex.events.base import Event
from barfinex.events.provider import ExternalFillFound, FundingFixed, FundingSettled
from barfinex.provider.funding import ALERT, Funding
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconciliation.belief import Rules
from barfinex.provider.reconciliation.reconciler import Reconciler
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.matching import MatchingEngine
from barfinex.provider.venues.rates import Rates, Steady
from barfinex.provider.venues.sim import SimVenue
from tests.factories import BTC, START
from tests.provider.venue import order

D = Decimal
HOUR = 3_600_000
RATES: dict[str, Rates] = {BTC: Steady(D("0.001"), HOUR)}
CASH = D(10_000)


class Desk:
    """One run of a venue in a file, up to where the process dies."""

    def __init__(self, path: Path, ledger: AccountLedger | None = None) -> None:
        self.ledger = ledger or AccountLedger(CASH, linear=[BTC])
        self.clock, self.journal = VirtualClock(START), HashJournal(keep=True)
        bus = Bus(LockstepTransport(), self.journal, self.clock, "run", arriving=True)
        self.port: Port = bus.port("provider", lambda _work: None)
        rules = Instrument(BTC, linear=Linear(D(5)))
        terms = VenueConfig(cash=CASH, fee=D("0.001"), liquidation_fee=D("0.01"))
        self.store = VenueStore(path)
        self.venue = SimVenue(MatchingEngine([rules], terms), self.clock, self.store)
        self.gateway = OrderGateway(self.venue, self.journal, ledger=self.ledger)
        self.gateway.start(self.port)
        self.funding = Funding(self.venue, RATES, self.ledger)
        self.funding.start(self.port)

    def hold(self, quantity: int) -> None:
        self.venue.tick(BTC, START, 100.0, 1.0)
        self.venue.engine.submit([order("buy", "market", quantity=D(quantity))], START)
        self.venue.tick(BTC, START, 100.0, 1.0)

    def pass_time(self, ms: int) -> None:
        until = self.clock.now() + ms
        while (at := self.clock.next_alert()) is not None and at <= until:
            self.clock.move(at)
            for alert in self.clock.due(at):
                self.funding.ring(alert.name, self.port)
        self.clock.move(until)

    def said(self, kind: type[Event]) -> list[Event]:
        return [each.event for each in self.journal.envelopes if type(each.event) is kind]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "venue.db"


def test_it_is_told_every_time_and_settled_for_what_is_held(path: Path) -> None:
    desk = Desk(path)
    desk.pass_time(HOUR)
    assert (len(desk.said(FundingFixed)), desk.said(FundingSettled)) == (1, [])
    desk.hold(20)
    desk.pass_time(2 * HOUR)
    first, second = desk.said(FundingSettled)
    assert isinstance(first, FundingSettled)
    assert isinstance(second, FundingSettled)
    assert (first.amount, second.at - first.at) == (D(-2), HOUR)
    fixed = desk.said(FundingFixed)[-1]
    assert isinstance(fixed, FundingFixed)
    assert (fixed.rate, fixed.next_at) == (D("0.001"), second.at + HOUR)
    desk.funding.ring("something else", desk.port)
    assert len(desk.said(FundingFixed)) == 3


async def test_the_balance_is_what_is_realised_and_paid(path: Path) -> None:
    """A future is not bought: what it costs stays in the balance, and its open result is none of it."""
    desk = Desk(path)
    desk.hold(20)
    desk.venue.tick(BTC, START, 110.0, 1.0)
    assert await desk.venue.balances() == {"cash": CASH - 2}
    desk.pass_time(HOUR)
    assert await desk.venue.balances() == {"cash": CASH - 2 - D("2.2")}


async def test_books_and_venue_agree_after_funding_and_a_liquidation(path: Path) -> None:
    """I16: of what the venue did by itself nothing is left to be found."""
    desk = Desk(path)
    desk.hold(20)
    reconciler = Reconciler(desk.venue, desk.gateway, desk.ledger, Rules())
    assert (await reconciler.start(desk.port)).mismatches == ()
    desk.pass_time(HOUR)
    assert (await reconciler.start(desk.port)).mismatches == ()
    desk.venue.tick(BTC, desk.clock.now(), 70.0, 1.0)
    closed = desk.said(ExternalFillFound)[-1]
    assert isinstance(closed, ExternalFillFound)
    assert (closed.reason, closed.fill.quantity) == ("liquidation", D(20))
    assert [fill.order_id for fill in desk.store.fills()][1:] == [closed.fill.order_id]
    assert (await reconciler.start(desk.port)).mismatches == ()
    assert await desk.venue.balances() == desk.ledger.owned()


def test_a_restart_holds_the_same_and_tells_what_no_journal_has(path: Path) -> None:
    """I16: what was settled when the process died is neither lost nor counted twice."""
    desk = Desk(path)
    desk.hold(20)
    desk.pass_time(2 * HOUR)
    desk.store.close()
    again = Desk(path, desk.ledger)
    assert again.venue.engine.cash == desk.venue.engine.cash
    assert again.venue.engine.margin.call(BTC) == desk.venue.engine.margin.call(BTC)
    again.funding.catch_up(again.port)
    assert again.said(FundingSettled) == []
    again.store.close()
    bereft = Desk(path)
    bereft.funding.catch_up(bereft.port)
    bereft.funding.catch_up(bereft.port)
    assert bereft.said(FundingSettled) == desk.said(FundingSettled)
    assert bereft.ledger.cash == CASH - 4
    bereft.store.close()


def test_while_nothing_runs_nothing_is_settled(path: Path) -> None:
    desk = Desk(path)
    desk.hold(20)
    desk.store.close()
    later = Desk(path)
    later.clock.move(START + 100 * HOUR)
    later.clock.due(later.clock.now())
    fresh = Funding(later.venue, RATES)
    fresh.start(later.port)
    fresh.catch_up(later.port)
    assert later.clock.next_alert() == (START // HOUR + 101) * HOUR
    assert ALERT.startswith("provider.")
    assert later.said(FundingSettled) == []
    later.store.close()
