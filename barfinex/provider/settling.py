"""Orders in doubt are settled by evidence: what the venue says of them, or time enough to prove an absence.

A doubt is an order without an answer, or one that is wanted back and still open. The clock calls for each
until it is settled: later and later, never not at all. A question that fails proves nothing (I15).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio

from barfinex.bus.bus import NotThePublisher
from barfinex.bus.inbox import InboxOverflow
from barfinex.bus.port import JournalFailed, Port
from barfinex.domain.order import Order, OrderState
from barfinex.events.provider import OrderAccepted, OrderCancelled, OrderExpired, OrderFilled, OrderRejected
from barfinex.provider.absence import proof_of
from barfinex.provider.throttle import Throttle
from barfinex.provider.tracking import OrderFact, OrderMemory
from barfinex.provider.venues.base import Venue
from barfinex.provider.venues.errors import Outcome, OutcomeKind, VenueError, classify

OURS = (JournalFailed, NotThePublisher, InboxOverflow)  # Raised through a venue, but none of its doing.
ALERT = "order in doubt "
PROVEN_ABSENT = "PROVEN_ABSENT"
UNANSWERED_MS, RECALL_MS, RECALL_MS_MAX = 5_000, 2_000, 5_000
PAUSES_MS = (2_000, 2_000, 4_000, 8_000, 16_000, 30_000)
LAG_MS = 60_000  # The clocks of two machines, and then some.
AT_ONCE_MAX = 4


@dataclass(slots=True)
class Doubt:
    """`absent` are the times (ms UTC) at which the venue said that it does not know the order; `asked` counts
    the questions and `failed` those without an answer."""

    absent: list[int] = field(default_factory=list)
    asked: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the venue says of one order: itself, if it is anywhere, and whether fills of it were new."""

    order: Order | None
    has_fills: bool


class Settling:
    """Asks the venue about orders in doubt; `answered` bounds a question, `publish` records a fact, `recall`
    asks for an order back once more, `heed` is told what the venue raised. A venue that has banned us is
    asked nothing, and no venue more than `throttle` allows."""

    def __init__(
        self,
        memory: OrderMemory,
        venue: Venue,
        answered: Callable[[Awaitable[Any]], Awaitable[Any]],
        publish: Callable[[OrderFact, int], None],
        recall: Callable[[str, Port], Awaitable[None]],
        heed: Callable[[Exception, Port], Outcome],
        throttle: Throttle | None = None,
    ) -> None:
        self._memory, self._venue, self._answered = memory, venue, answered
        self._publish, self._recall, self._heed, self._throttle = publish, recall, heed, throttle
        self.proof = proof_of(venue.capabilities)
        self._doubts: dict[str, Doubt] = {}
        self._due: set[str] = set()
        self._turns = anyio.Semaphore(AT_ONCE_MAX)

    def watch(self, order_id: str, port: Port, after_ms: int) -> None:
        """Look at this order after a while; one that is watched is not watched twice."""
        if order_id not in self._due:
            self._due.add(order_id)
            port.clock.alert(port.clock.now() + after_ms, ALERT + order_id)

    def watch_all(self, port: Port) -> None:
        """Look at every order in doubt soon, as after a start."""
        for order_id in list(self._memory.orders):
            if self._is_doubtful(order_id):
                self.watch(order_id, port, RECALL_MS)

    def absences(self) -> dict[str, tuple[int, ...]]:
        """When (ms UTC) the venue said of each order in doubt that it does not know it."""
        return {order_id: tuple(doubt.absent) for order_id, doubt in self._doubts.items()}

    async def check(self, order_id: str, port: Port) -> None:
        """Ask the venue, record what follows, and come again if the doubt remains."""
        self._due.discard(order_id)
        if not self._is_doubtful(order_id):
            self._doubts.pop(order_id, None)
            return
        wait = 0 if self._throttle is None else self._throttle.questions(port.clock.now())
        if wait > 0:
            self.watch(order_id, port, wait)
            return
        doubt = self._doubts.setdefault(order_id, Doubt())
        doubt.asked += 1
        try:
            async with self._turns:
                evidence = await self._look(order_id)
        except OURS:
            raise
        except Exception as error:
            doubt.failed += 1
            self._heed(error, port)
        else:
            self._weigh(order_id, doubt, evidence, port)
        if not self._is_doubtful(order_id):
            self._doubts.pop(order_id, None)
            return
        if self._memory.is_recalled(order_id):
            await self._recall(order_id, port)
        if self._is_doubtful(order_id):
            self.watch(order_id, port, self._pause_ms(order_id, doubt, port.clock.now()))

    def _is_doubtful(self, order_id: str) -> bool:
        order = self._memory.orders.get(order_id)
        if order is None or not order.state.is_open or order.state is OrderState.PENDING_SEND:
            return False
        return order.state.is_unanswered or self._memory.is_recalled(order_id)

    async def _look(self, order_id: str) -> Evidence:
        """Everything that may show the order; its fills are recorded before it is said how it ended."""
        venue, ask = self._venue, self._answered
        order: Any = await self._find(order_id)
        if order is None:
            listed = [*await ask(venue.open_orders()), *await ask(venue.conditional_orders())]
            order = next((one for one in listed if one.request.id == order_id), None)
        if order is not None and order.filled == self._memory.told(order_id):
            return Evidence(order, has_fills=False)
        known = self._memory.orders[order_id].request
        sent = self._memory.cause(order_id)
        trades: Any = await ask(venue.fills(0 if sent is None else sent.known_at - LAG_MS))
        new = [fill for fill in trades if fill.order_id == order_id and not self._memory.knows(fill)]
        for fill in new:
            filled = self._memory.told(order_id) + fill.quantity
            fact = OrderFilled(
                instrument=known.instrument,
                order_id=order_id,
                fill=fill,
                filled=filled,
                quantity=known.quantity,
            )
            self._publish(fact, fill.ts)
        return Evidence(order, has_fills=bool(new))

    async def _find(self, order_id: str) -> Order | None:
        """The order by its id; a venue may say with an error that it does not know it."""
        try:
            found: Order | None = await self._answered(self._venue.order(order_id))
        except VenueError as error:
            if classify(error).kind is not OutcomeKind.NOT_FOUND:
                raise
            return None
        return found

    def _weigh(self, order_id: str, doubt: Doubt, evidence: Evidence, port: Port) -> None:
        """Record what the evidence says; the stream may have said it meanwhile, and then it is no news."""
        now, believed = port.clock.now(), self._memory.orders.get(order_id)
        if believed is None:
            return
        if evidence.order is None and not evidence.has_fills:
            doubt.absent.append(now)
            if self.proof.holds(doubt.absent):
                self._publish(_absence(believed, doubt), now)
            return
        doubt.absent.clear()
        actual = evidence.order
        if actual is not None and actual.filled <= self._memory.told(order_id):
            fact = fact_of(believed, actual, is_acked=self._memory.is_acked(order_id))
            if fact is not None:
                self._publish(fact, now)

    def _pause_ms(self, order_id: str, doubt: Doubt, now: int) -> int:
        pause = PAUSES_MS[min(doubt.asked, len(PAUSES_MS)) - 1]
        if self._memory.is_recalled(order_id):
            pause = min(pause, RECALL_MS_MAX)  # Soon after a venue that was away is back, it has to go.
        if doubt.absent and len(doubt.absent) >= self.proof.times_min - 1:
            pause = min(pause, max(doubt.absent[0] + self.proof.window_ms - now, PAUSES_MS[0]))
        return pause


def fact_of(believed: Order, actual: Order, *, is_acked: bool) -> OrderFact | None:
    """The fact that turns what we believe of an order into what its venue says, fills apart."""
    about = {"instrument": believed.request.instrument, "order_id": believed.request.id}
    if not believed.state.is_open:
        return None
    match actual.state:
        case OrderState.REJECTED:
            return OrderRejected(**about, code="REJECTED", reason="the venue shows it as rejected")
        case OrderState.CANCELLED:
            return OrderCancelled(**about, reason="the venue shows it as cancelled")
        case OrderState.EXPIRED:
            return OrderExpired(**about, reason="the venue shows it as expired")
    return None if is_acked else OrderAccepted(**about)


def _absence(believed: Order, doubt: Doubt) -> OrderFact:
    """The order cannot exist any more; the evidence goes with the fact."""
    about = {"instrument": believed.request.instrument, "order_id": believed.request.id}
    first, last, times = doubt.absent[0], doubt.absent[-1], len(doubt.absent)
    evidence = (
        f"not found by id nor among open and conditional orders {times} times from {first} to {last}, "
        f"and no own trade of it; {doubt.failed} of {doubt.asked} questions failed"
    )
    if believed.state.is_unanswered:
        return OrderRejected(**about, code=PROVEN_ABSENT, reason=evidence)
    return OrderExpired(**about, reason=f"{PROVEN_ABSENT}: {evidence}")
