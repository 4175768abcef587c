"""Entries under way: proposed and not yet answered, and those that may still become positions."""

from __future__ import annotations

from barfinex.advisor.sizing.correlation import HELD_MAX, Held
from barfinex.domain.ids import kin
from barfinex.domain.intent import ExecutionIntent
from barfinex.events.advisor_response import IntentExpired

KEPT_MAX = 4_096
"""Nobody answers any more when there are as many: the oldest is not missed."""
NEVER = 2**63 - 1
GRACE_MS = 2_000
"""How long after an intent's end its answer may still be under way."""


class UnderWay:
    """Folds what was proposed, and what became of it. An exit passes without a decision, and is none."""

    def __init__(self) -> None:
        self._waiting: dict[str, ExecutionIntent] = {}
        self._proposed: dict[str, None] = {}
        self._coming: dict[str, tuple[Held, int]] = {}
        self._next_end = NEVER

    def propose(self, intent: ExecutionIntent) -> None:
        """The Inspector will answer."""
        if intent.conviction is None:
            return
        self._waiting[intent.id], self._proposed[intent.id] = intent, None
        held = Held(intent.trade_id, intent.instrument, intent.direction.sign)
        self._coming[intent.trade_id] = held, intent.expires_at + GRACE_MS
        self._next_end = min(self._next_end, intent.expires_at)
        for kept in (self._waiting, self._proposed, self._coming):
            if len(kept) > KEPT_MAX:
                del kept[next(iter(kept))]

    def answered(self, intent_id: str) -> None:
        """Approved, or told to have expired: it may still be filled."""
        self._waiting.pop(intent_id, None)

    def refused(self, intent_id: str) -> None:
        self.answered(intent_id)
        self.ended(kin("trd", intent_id))

    def ended(self, trade_id: str) -> None:
        """It became a position, which counts from there on."""
        self._coming.pop(trade_id, None)

    def has_proposed(self, intent_id: str) -> bool:
        return intent_id in self._proposed

    def coming(self, now: int) -> list[Held]:
        """What may become a position at `now`, ms UTC, or later: as many as are compared."""
        found = []
        for held, until in self._coming.values():
            if now <= until:
                found.append(held)
                if len(found) == HELD_MAX:
                    break
        return found

    def expire(self, now: int) -> list[IntentExpired]:
        """What nobody has answered in time by `now`, ms UTC, is let go."""
        while self._coming and now > next(iter(self._coming.values()))[1]:
            del self._coming[next(iter(self._coming))]
        if not now > self._next_end + GRACE_MS:
            return []
        late = [one for one in self._waiting.values() if now > one.expires_at + GRACE_MS]
        for one in late:
            del self._waiting[one.id]
        self._next_end = min((one.expires_at for one in self._waiting.values()), default=NEVER)
        return [
            IntentExpired(
                instrument=one.instrument,
                decision_id=kin("dec", one.id),
                intent_id=one.id,
                reason="no answer before its end",
            )
            for one in late
        ]
