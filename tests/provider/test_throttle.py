"""Entries have a budget, what reduces risk has another, and a venue that wants quiet gets it (I10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random

import pytest

from barfinex.clock import VirtualClock
from barfinex.config import OrdersConfig
from barfinex.domain.order import Order, OrderRequest, OrderState, OrderType, Side
from barfinex.events.provider import OrderRejected, ThrottleTripped, VenueThrottled
from barfinex.provider.absence import AT_ONCE
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.module import ProviderModule
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconciliation.belief import Rules
from barfinex.provider.reconciliation.reconciler import Reconciler
from barfinex.provider.reconciliation.snapshot import Scope
from barfinex.provider.throttle import Budget, Throttle
from barfinex.provider.venues.errors import Outcome, OutcomeKind, VenueError
from tests.factories import START, approved, order_request
from tests.fakes import FakeJournal, FakePort, FakeVenue
from tests.provider.doubts import D

MINUTE = 60_000


class Recorder(FakeVenue):
    """Remembers when each request came, and answers as it is told to."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock
        self.times: list[int] = []
        self.asked_at: list[int] = []
        self.error: Exception | None = None
        self.questions: list[str] = []

    async def open_orders(self) -> Sequence[Order]:
        self.questions.append("open")
        return await super().open_orders()

    async def balances(self) -> Mapping[str, Decimal]:
        self.questions.append("balances")
        return {"cash": D(100_000)}

    async def submit(self, approved: object) -> None:
        self.times.append(self._clock.now())
        if self.error is not None:
            raise self.error
        await super().submit(approved)  # type: ignore[arg-type]

    async def cancel(self, order_id: str) -> None:
        self.asked_at.append(self._clock.now())
        await super().cancel(order_id)


class Desk:
    """A throttled gateway; whoever waits moves the clock."""

    def __init__(self, **limits: int) -> None:
        self.journal, self.clock = FakeJournal(), VirtualClock(START)
        self.port, self.venue = FakePort(self.journal, self.clock), Recorder(self.clock)
        throttle = Throttle(OrdersConfig(**limits), self._sleep)
        self.gateway = OrderGateway(self.venue, self.journal, durable_s=None, throttle=throttle)
        self.gateway.start(self.port)
        self.made = 0

    async def _sleep(self, seconds: float) -> None:
        self.clock.move(self.clock.now() + max(1, round(seconds * 1_000)))

    async def enter(self, **changes: object) -> str:
        """Send a new entry; returns the code it was refused with, or nothing."""
        return await self._send(order_request(f"ord-{self.made}-e", **changes))

    async def protect(self) -> str:
        stop = {"side": Side.SELL, "type": OrderType.STOP, "trigger": D(95), "reduce_only": True}
        return await self._send(order_request(f"ord-{self.made}-s", **stop))

    async def _send(self, request: OrderRequest) -> str:
        self.made += 1
        await self.gateway.send([approved(request, expires_at=self.clock.now() + 2_000)], self.port)
        refused = [e.code for e in self.journal.of(OrderRejected) if e.order_id == request.id]
        return refused[0] if refused else ""


@pytest.mark.parametrize("seed", range(20))
def test_no_window_ever_holds_more_than_the_budget(seed: int) -> None:
    """Wherever it begins: a bucket that refills would let twice as much through."""
    random, budget, now, times = Random(seed), Budget(5, 1_000), 0, list[int]()
    for _ in range(500):
        now += random.randrange(400)
        count = random.choice([1, 1, 2])
        if budget.wait_ms(now, count) == 0:
            budget.take(now, count)
            times += [now] * count
    assert len(times) > 200
    for at, first in enumerate(times):
        assert len([t for t in times[at:] if t < first + 1_000]) <= 5


async def test_a_burst_of_entries_never_shows_the_venue_more_than_is_configured() -> None:
    desk = Desk()
    for k in range(600):
        desk.clock.move(max(desk.clock.now(), START + k * 20))
        await desk.enter()
    times = desk.venue.times
    for at, first in enumerate(times):
        assert len([t for t in times[at:] if t < first + 1_000]) <= 5
        assert len([t for t in times[at:] if t < first + MINUTE]) <= 50
    assert len(times) == 50, "the minute's budget was used up"


async def test_an_entry_without_room_waits_a_moment_and_is_then_dropped() -> None:
    desk = Desk(entries_per_second_max=1)
    assert await desk.enter() == ""
    assert await desk.enter() == "THROTTLED"
    assert desk.clock.now() == START, "there will be no room in time, so it does not wait for it"
    desk.clock.move(START + 850)
    assert await desk.enter() == ""
    assert desk.venue.times == [START, START + 1_000]
    assert desk.gateway.orders["ord-1-e"].state is OrderState.REJECTED


async def test_cancels_and_protection_pass_when_the_entries_budget_is_spent() -> None:
    """The stop and the cancel leave at once."""
    desk = Desk(entries_per_second_max=1, entries_per_minute_max=1)
    await desk.enter()
    assert await desk.enter() == "THROTTLED"
    assert await desk.protect() == ""
    await desk.gateway.cancel("ord-0-e", desk.port)
    assert desk.venue.asked_at == [START]
    assert desk.venue.times == [START, START]


async def test_entries_never_use_what_is_reserved_and_what_is_reserved_waits_its_turn() -> None:
    desk = Desk(reserved_per_second_max=2)
    for _ in range(4):
        await desk.enter()
    for _ in range(5):
        assert await desk.protect() == ""
    assert [at - START for at in desk.venue.times[4:]] == [0, 0, 1_000, 1_000, 2_000]


async def test_three_drops_in_a_minute_are_told_to_whoever_governs() -> None:
    desk = Desk(entries_per_second_max=1, entries_per_minute_max=1)
    await desk.enter()
    for expected in (0, 0, 1, 1, 1, 2):
        assert await desk.enter(strategy="loop") == "THROTTLED"
        assert len(desk.journal.of(ThrottleTripped)) == expected
    (first, _) = desk.journal.of(ThrottleTripped)
    assert (first.strategy, first.trips, first.window_ms) == ("loop", 3, MINUTE)


async def test_drops_that_are_far_apart_are_no_trip() -> None:
    desk = Desk(entries_per_second_max=1, entries_per_minute_max=1)
    for k in range(10):
        desk.clock.move(START + k * 61_000)
        assert await desk.enter() == ""
        assert await desk.enter() == "THROTTLED"
    assert desk.journal.of(ThrottleTripped) == []


async def test_a_venue_that_wants_quiet_gets_no_entry_until_then_and_still_takes_cancels() -> None:
    """429 with Retry-After: definite, so the order is refused and not UNKNOWN."""
    desk = Desk()
    desk.venue.error = VenueError("", "http", status=429, retry_after_ms=7_000)
    assert await desk.enter() == "THROTTLED"
    (told,) = desk.journal.of(VenueThrottled)
    assert (told.code, told.until) == ("THROTTLED", START + 7_000)
    desk.venue.error = None
    for at, code in ((START + 6_000, "THROTTLED"), (START + 7_000, "")):
        desk.clock.move(at)
        assert await desk.enter() == code
    assert desk.venue.times == [START, START + 7_000]


async def test_while_the_venue_wants_quiet_protection_goes_on() -> None:
    desk = Desk()
    desk.venue.error = VenueError("", "http", status=429, retry_after_ms=7_000)
    await desk.enter()
    desk.venue.error = None
    assert await desk.protect() == ""
    await desk.gateway.cancel("ord-1-s", desk.port)
    assert desk.venue.asked_at == [START]


async def test_a_banned_account_sends_nothing_at_all_until_the_ban_ends() -> None:
    """418: every call would make it last longer; what waits at the venue has to do."""
    desk = Desk()
    desk.venue.error = VenueError(f"IP banned until {START + 5_000}.", "venue", status=418, code=-1003)
    assert await desk.enter() == "BANNED"
    assert desk.journal.of(VenueThrottled)[0].until == START + 120_000, "never less than the venue's usual"
    desk.venue.error = None
    assert await desk.protect() == "BANNED"
    await desk.gateway.cancel("ord-0-e", desk.port)
    assert desk.venue.asked_at == []
    assert len(desk.venue.times) == 1
    desk.clock.move(START + 120_000)
    assert await desk.protect() == ""


async def test_a_restart_does_not_forget_a_ban() -> None:
    """Whoever starts anew and asks at once makes it last longer."""
    before, after = Desk(), Desk()
    before.venue.error = VenueError("IP banned", "venue", status=418, code=-1003)
    assert await before.enter() == "BANNED"
    for row in before.journal.rows:
        if type(row.event) in ProviderModule.restores:
            after.gateway.fold(row)
    ledger = AccountLedger(D(100_000))
    reconciler = Reconciler(after.venue, after.gateway, ledger, Rules(proof=AT_ONCE))
    started = await reconciler.start(after.port)
    assert len(started.failed) == 5
    assert after.venue.questions == []
    assert await after.protect() == "BANNED"
    after.clock.move(START + 120_000)
    await reconciler.check(Scope.FULL, after.port)
    assert reconciler.is_complete
    assert await after.protect() == ""


def quiet(until: int, kind: OutcomeKind = OutcomeKind.THROTTLED) -> Outcome:
    return Outcome(kind, "x", until)


@pytest.mark.parametrize("take", [Throttle.entries, Throttle.reserved])
def test_a_shorter_word_does_not_end_a_longer_quiet(take: Callable[[Throttle, int, int], int]) -> None:
    async def never(_: float) -> None: ...

    throttle = Throttle(OrdersConfig(), never)
    throttle.restrain(quiet(9_000, OutcomeKind.BANNED), 0)
    throttle.restrain(quiet(1_000, OutcomeKind.BANNED), 0)
    assert take(throttle, 0, 1) == 9_000
    assert throttle.is_banned(8_999)
    assert not throttle.is_banned(9_000)
