"""The order gateway: the only way to a venue. Approved, unexpired, unused, durable; sent once, then heard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import anyio
from msgspec.structs import replace

from barfinex.bus.port import Journal, JournalFailed, Port
from barfinex.domain.order import Order, OrderRequest, OrderState, Trigger
from barfinex.domain.verdict import Approved
from barfinex.events.base import Envelope
from barfinex.events.inspector import CancelRequested
from barfinex.events.provider import (
    ApprovalReused,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderUnconfirmed,
    VenueThrottled,
)
from barfinex.provider.killswitch import KillSwitch
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.line import Line
from barfinex.provider.permits import Fault, Permits, fault_of, reduces
from barfinex.provider.room import room
from barfinex.provider.settling import ALERT, OURS, RECALL_MS, UNANSWERED_MS, Settling
from barfinex.provider.throttle import Throttle
from barfinex.provider.tracking import OrderFact, OrderMemory, Taken, account_fact, contradiction, event_of
from barfinex.provider.venues.base import AccountReport, Funded, Liquidated, Report, Venue, order_of
from barfinex.provider.venues.errors import Outcome, OutcomeKind, classify
from barfinex.provider.venues.rejects import NO_FUNDS


class OrderGateway:
    """Turns approvals into orders at the venue, and the venue's reports into events.

    `durable_s` bounds the wait for the disk: past it an entry is dropped, never delayed (None: the journal
    does not wait, since the venue dies with this process). What only reduces risk is sent even when the
    journal fails (audit failure blocks entries, never exits). `answer_s` bounds the wait for the venue, and
    `throttle` what is sent to it; both only where time is real. `ledger` is told what is published, where the
    account is to be compared with the venue's.
    """

    def __init__(
        self,
        venue: Venue,
        journal: Journal,
        *,
        durable_s: float | None = 1.0,
        answer_s: float | None = None,
        throttle: Throttle | None = None,
        ledger: AccountLedger | None = None,
    ) -> None:
        self._venue, self._journal, self.throttle = venue, journal, throttle
        self._line = None if throttle is None else Line(throttle)
        self._durable_s, self._answer_s, self._ledger = durable_s, answer_s, ledger
        self.memory = OrderMemory()
        self.settling = Settling(
            self.memory, venue, self._answered, self.publish, self._ask, self.heed, throttle
        )
        self.kill, self._withdrawn = KillSwitch(), set[str]()
        self._port: Port | None = None
        self.suspect: Callable[[], None] | None = None

    @property
    def orders(self) -> dict[str, Order]:
        return self.memory.orders

    def start(self, port: Port) -> None:
        """Begin to hear the venue; its reports are published through `port`."""
        self._port = port
        self._venue.listen(self._hear)

    async def send(self, permits: Permits, port: Port) -> None:
        """Send orders that belong together; one that may not go keeps all of them back."""
        if self.admit(permits, port):
            await self.deliver(permits, port)

    def admit(self, permits: Permits, port: Port) -> bool:
        """Use approvals up: from now on their orders are on their way, and can be withdrawn."""
        again = [permit for at, permit in enumerate(permits) if self._is_taken(permit, permits[:at])]
        for permit in again:
            order = permit.order
            port.emit(ApprovalReused(instrument=order.instrument, approval_id=permit.id, order_id=order.id))
        if again:
            return False
        now = port.clock.now()
        fault = next((fault for permit in permits if (fault := fault_of(permit, now))), None)
        if fault is not None:
            self._refuse([permit.order for permit in permits], fault, port)
            return False
        for permit in permits:
            self.memory.open(permit.id, permit.order, OrderState.PENDING_SEND)
        return True

    async def deliver(self, permits: Permits, port: Port) -> None:
        """Send what was admitted; where room is scarce a target goes after its stop, if that came to be."""
        later: Permits = ()
        if self._line is not None and reduces(permits):
            permits, later = self._line.parts(permits, port.clock.now())
        await self._deliver(permits, port)
        if later and all(self._works(permit.order.id) for permit in permits):
            await self._deliver(later, port)
        elif later:
            self._refuse([permit.order for permit in later], ("WITHDRAWN", "its stop is gone"), port)

    def _works(self, order_id: str) -> bool:
        order = self.orders.get(order_id)
        return order is not None and order.state.is_open

    async def _deliver(self, permits: Permits, port: Port) -> None:
        """Wait for room and for the disk, look once more, then send: once, whatever becomes of it."""
        orders = [permit.order for permit in permits]
        fault = None if self._line is None else await room(self._line, permits, port)
        if fault is None and not await self._written(permits, port):
            fault = "NOT_DURABLE", "the journal did not confirm the order in time"
        if fault is None:
            fault = self.kill.fault(permits) or self._late_fault(permits, port.clock.now())
        if self._withdrawn:
            self._withdrawn.difference_update([order.id for order in orders])
        if fault is not None:
            self._refuse(orders, fault, port)
            return
        for order in orders:
            self.memory.step(order.id, Trigger.SEND)
        try:
            submission = self._venue.submit(permits)
            await (submission if self._answer_s is None else self._answered(submission))
        except OURS:
            raise
        except Exception as error:
            self._fail(orders, error, port)
        for order in self._unanswered(orders):
            self.settling.watch(order.id, port, UNANSWERED_MS)

    def recall(self, order_id: str) -> bool:
        """Somebody wants this order back; returns whether the venue has to be asked for it."""
        order = self.orders.get(order_id)
        if order is not None and order.state is OrderState.PENDING_SEND:
            self._withdrawn.add(order_id)
            return False
        self.memory.recall(order_id)
        return True

    async def cancel(self, order_id: str, port: Port | None = None) -> None:
        """Ask for an order back, again and again until it has ended; silence never means that it is gone."""
        port = port or self._port
        assert port is not None, "the gateway asks nothing before start()"
        if not self.recall(order_id):
            return
        await self._ask(order_id, port)
        order = self.orders.get(order_id)
        if order is not None and order.state.is_open:
            self.settling.watch(order_id, port, RECALL_MS)

    def fold(self, envelope: Envelope) -> None:
        """Take a past order event in, after a restart."""
        event = envelope.event
        if self._ledger is not None:
            self._ledger.take(event)
        if isinstance(event, OrderSubmitted):
            self.memory.open(event.approval_id, event.request, OrderState.SUBMITTED)
            self.memory.submitted(event.request.id, envelope)
        elif isinstance(event, CancelRequested):
            self.memory.recall(event.order_id)
        elif isinstance(event, OrderFact | OrderUnconfirmed):
            self.memory.take(event)
        elif isinstance(event, VenueThrottled) and self.throttle is not None:
            self.throttle.remember(event.code, event.until)

    def ring(self, name: str, port: Port) -> None:
        """The clock calls for an order in doubt."""
        if name.startswith(ALERT):
            port.spawn(partial(self.settling.check, name.removeprefix(ALERT), port))

    def publish(self, event: OrderFact, ts: int) -> None:
        """Record a fact about an order that the venue, or a query to it, has established; once."""
        assert self._port is not None, "the gateway hears nothing before start()"
        order_id, known = event.order_id, self.orders.get(event.order_id)
        if isinstance(event, OrderFilled) and known is not None:
            filled = self.memory.told(order_id) + event.fill.quantity
            if filled != event.filled:  # Fills come in any order: the total is of those that were told.
                event = replace(event, filled=filled)
        sent = self.memory.cause(order_id)
        taken = self.memory.take(event)
        if taken is Taken.REPEATED:
            return
        if self._ledger is not None:
            self._ledger.take(event)
        self._port.emit(event, ts=ts, cause=sent)
        if taken is Taken.IMPOSSIBLE and known is not None:
            self._port.emit(contradiction(known, event), ts=ts, cause=sent)

    def _hear(self, report: Report) -> None:
        """The venue speaks, at any time: publish it as an answer to the order's submission."""
        if isinstance(report, Funded | Liquidated):
            self._settle(report)
            return
        known = self.orders.get(order_of(report))
        if known is None and self.suspect is not None:
            self.suspect()  # Of what is not ours the venue is asked, not taken at its word.
        else:
            self.publish(*event_of(report, known.request.instrument if known else ""))

    def _settle(self, report: AccountReport) -> None:
        """The venue has done something to the account by itself."""
        assert self._port is not None, "the gateway hears nothing before start()"
        event, ts = account_fact(report)
        if self._ledger is None or self._ledger.settle(event):
            self._port.emit(event, ts=ts)

    def _is_taken(self, permit: Approved[OrderRequest], before: Permits) -> bool:
        if self.memory.is_used(permit.id, permit.order.id):
            return True
        return any(permit.id == other.id or permit.order.id == other.order.id for other in before)

    async def _written(self, permits: Permits, port: Port) -> bool:
        seq = 0
        try:
            for permit in permits:
                order = permit.order
                event = OrderSubmitted(instrument=order.instrument, approval_id=permit.id, request=order)
                envelope = port.emit(event)
                self.memory.submitted(order.id, envelope)
                seq = envelope.seq
            if self._durable_s is None:
                await self._journal.durable(seq)
            else:
                with anyio.fail_after(self._durable_s):
                    await self._journal.durable(seq)
        except (JournalFailed, TimeoutError):
            return reduces(permits)
        return True

    def _late_fault(self, permits: Permits, now: int) -> Fault | None:
        if self._withdrawn and any(permit.order.id in self._withdrawn for permit in permits):
            return "WITHDRAWN", "it was wanted back before it left"
        if any(permit.expires_at < now for permit in permits):
            return "APPROVAL_EXPIRED", "the approval expired while the journal was written"
        return None

    def _unanswered(self, orders: Sequence[OrderRequest]) -> list[OrderRequest]:
        known = self.memory.orders
        return [order for order in orders if order.id in known and known[order.id].state.is_unanswered]

    def _fail(self, orders: Sequence[OrderRequest], error: Exception, port: Port) -> None:
        """The venue raised: a definite no ends what it has not answered, anything else leaves it UNKNOWN."""
        silent, reason = self._unanswered(orders), f"{type(error).__name__}: {error}"
        outcome = self.heed(error, port)  # Of some orders the venue may have told us.
        if outcome.code == NO_FUNDS and self.suspect is not None:
            self.suspect()  # By our books there is enough.
        if outcome.is_definite:
            self._refuse(silent, (outcome.code, reason), port)
            return
        for order in silent:
            self.memory.step(order.id, Trigger.LOSE)
            event = OrderUnconfirmed(instrument=order.instrument, order_id=order.id, reason=reason)
            port.emit(event, cause=self.memory.cause(order.id))

    def heed(self, error: Exception, port: Port) -> Outcome:
        """What the venue's error means; when it wants to be left alone that is said, and kept to."""
        outcome = classify(error)
        if outcome.kind in (OutcomeKind.THROTTLED, OutcomeKind.BANNED):
            now = port.clock.now()
            throttle, reason = self.throttle, f"{type(error).__name__}: {error}"
            until = now + outcome.quiet_ms if throttle is None else throttle.restrain(outcome, now)
            port.emit(VenueThrottled(code=outcome.code, until=until, reason=reason))
        return outcome

    def _refuse(self, orders: Sequence[OrderRequest], fault: Fault, port: Port) -> None:
        for order in orders:
            sent = self.memory.cause(order.id)
            self.memory.step(order.id, Trigger.REJECT)
            event = OrderRejected(
                instrument=order.instrument, order_id=order.id, code=fault[0], reason=fault[1]
            )
            port.emit(event, cause=sent)

    async def _ask(self, order_id: str, port: Port) -> None:
        """Ask the venue for an order back; whatever it raises, the order is as it was."""
        if self._line is not None and not await self._line.cancel(order_id, port.clock):
            return
        try:
            await self._answered(self._venue.cancel(order_id))
        except OURS:
            raise
        except Exception as error:
            self.heed(error, port)

    async def _answered(self, call: Awaitable[Any]) -> Any:
        """Raises TimeoutError when the venue takes too long."""
        if self._answer_s is None:
            return await call
        with anyio.fail_after(self._answer_s):
            return await call
