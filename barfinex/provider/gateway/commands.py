"""What can be asked for through the API: to halt, to tighten, and, by a person, to loosen again (I13)."""

from __future__ import annotations

from collections.abc import Callable

import anyio
from aiohttp import web

from barfinex.domain.trading import Action
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import (
    AlertsAcknowledged,
    CancelRequested,
    ChangeRefused,
    EntriesThrottled,
    LimitLoosened,
    LimitTightened,
    LooseningRequested,
    TradingHalted,
    TradingReduced,
    TradingResumed,
)
from barfinex.events.studio import (
    AcknowledgementRequested,
    HaltRequested,
    LimitChangeRequested,
    ResumeRequested,
)
from barfinex.provider.gateway.auth import Guard
from barfinex.provider.gateway.bodies import AcknowledgeBody, HaltBody, LimitBody, ResumeBody, body_of
from barfinex.provider.gateway.fanout import Fanout
from barfinex.provider.gateway.limits import Limits
from barfinex.provider.gateway.refusal import answer

Wish = HaltRequested | ResumeRequested | LimitChangeRequested | AcknowledgementRequested
_PROOFS: dict[type[Event], tuple[type[Event], ...]] = {
    HaltRequested: (TradingHalted, TradingReduced, EntriesThrottled, CancelRequested),
    ResumeRequested: (TradingResumed, LooseningRequested),
    LimitChangeRequested: (LimitTightened, LimitLoosened, LooseningRequested),
    AcknowledgementRequested: (AlertsAcknowledged,),
}


class Commands:
    """The handlers of the commanding routes. `command` publishes a wish; the answer waits for what the
    Inspector says to it: 200 done, 409 refused, 202 not known yet."""

    def __init__(self, fanout: Fanout, command: Callable[[Wish], None], guard: Guard, limits: Limits) -> None:
        self._fanout, self._command, self._guard, self._limits = fanout, command, guard, limits

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/halt", self._halt),
            web.post("/resume", self._resume),
            web.post("/limits", self._limit),
            web.post("/acknowledge", self._acknowledge),
        ]

    async def _halt(self, request: web.Request) -> web.Response:
        body = await body_of(request, HaltBody)
        wish = HaltRequested(
            way="api", reason=body.reason, action=body.action, scope=body.scope, by=body.by or ""
        )
        return await self._ask(wish)

    async def _resume(self, request: web.Request) -> web.Response:
        body = await body_of(request, ResumeBody)
        wish = ResumeRequested(
            by=body.by,
            reason=body.reason,
            is_person=self._guard.is_person(request),
            scope=body.scope,
            confirmation=body.confirmation or "",
        )
        return await self._ask(wish)

    async def _limit(self, request: web.Request) -> web.Response:
        body = await body_of(request, LimitBody)
        wish = LimitChangeRequested(
            limit=body.limit,
            value=body.value,
            way="api",
            by=body.by,
            reason=body.reason,
            is_person=self._guard.is_person(request),
            confirmation=body.confirmation or "",
        )
        return await self._ask(wish)

    async def _acknowledge(self, request: web.Request) -> web.Response:
        body = await body_of(request, AcknowledgeBody)
        is_person = self._guard.is_person(request)
        return await self._ask(AcknowledgementRequested(by=body.by, reason=body.reason, is_person=is_person))

    async def _ask(self, wish: Wish) -> web.Response:
        """Publish, then wait a moment for the Inspector's word on just this wish."""
        with self._fanout.join(reserved=True) as heard:
            self._command(wish)
            asked = 0
            with anyio.move_on_after(self._limits.confirm_s):
                while envelope := await heard.next():
                    if envelope.event is wish:
                        asked = envelope.seq
                    elif asked and envelope.causation == asked and self._settles(wish, envelope):
                        return _said(wish, envelope)
        return answer({"asked": wish.wire_type, "confirmed": None}, 202)

    def _settles(self, wish: Wish, envelope: Envelope) -> bool:
        """A cancel is the last word only on a wish for cancels: a halt says its own."""
        event = envelope.event
        if isinstance(event, CancelRequested):
            return isinstance(wish, HaltRequested) and wish.action == Action.CANCEL_ENTRIES
        return isinstance(event, (*_PROOFS[type(wish)], ChangeRefused))


def _said(wish: Wish, envelope: Envelope) -> web.Response:
    event = envelope.event
    if isinstance(event, ChangeRefused):
        return answer({"error": event.reason}, 409)
    said = {"asked": wish.wire_type, "confirmed": envelope.seq, "event": event.wire_type}
    if isinstance(event, LooseningRequested):
        said |= {"confirmation": event.id, "due_at": event.due_at, "expires_at": event.expires_at}
    return answer(said)
