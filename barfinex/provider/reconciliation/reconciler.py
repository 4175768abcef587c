"""One path for start, recovery and every periodic check: look, compare, settle, report.

A difference counts only when it is the same before and after the venue was asked, so that what moves
meanwhile is no mismatch; while the market runs it must also still be there `confirm_ms` later. It is told
before it is repaired, and every repair follows from the venue's answer alone: whoever is interrupted and
begins anew ends in the same state, and a second time finds nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import get_args

from barfinex.bus.port import Port
from barfinex.domain.mismatch import MEANINGS, Mismatch, MismatchKind, Part, Severity, kind_of
from barfinex.events.base import Event
from barfinex.events.provider import (
    AccountReconciled,
    ExternalFillFound,
    MismatchFound,
    OrderFilled,
)
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconciliation.belief import Belief, Difference, Rules, VenueSnapshot, believe
from barfinex.provider.reconciliation.compare import compare
from barfinex.provider.reconciliation.naming import difference
from barfinex.provider.reconciliation.snapshot import Scope, look
from barfinex.provider.tracking import OrderFact
from barfinex.provider.venues.base import Venue

PASSES_MAX = 3
FAILURES_MAX = 3
_ORDER_FACTS = get_args(OrderFact)


class Reconciler:
    """Compares and settles; between its calls it remembers what it has seen once and not yet confirmed.
    `kinds` counts what was told."""

    def __init__(
        self,
        venue: Venue,
        gateway: OrderGateway,
        ledger: AccountLedger,
        rules: Rules,
        confirm_ms: int = 2_000,
    ) -> None:
        self._venue, self._gateway, self._ledger = venue, gateway, ledger
        self._rules, self._confirm_ms = rules, confirm_ms
        self._suspects: dict[Mismatch, int] = {}
        self._settled: set[str] = set()
        self._failures: Counter[Part] = Counter()
        self._unanswered: dict[Part, str] = {}
        self.silent = 0  # How many checks in a row nothing at all was answered.
        self.kinds: Counter[str] = Counter()

    async def start(self, port: Port) -> AccountReconciled:
        """Before the first order of a run: nothing moves yet, so what is found is settled at once, and looked
        at again until a pass settles nothing. A query that fails now keeps entries out."""
        report = _Report(Scope.START, self._open())
        there, found = await self._find(Scope.START, port)
        passes = 1
        while self._act(found, report, port) and passes < PASSES_MAX:
            passes += 1
            there, found = await self._find(Scope.START, port)
        for failed in self._silences(there, Scope.START):
            self._tell(failed.mismatch, report, port)
        return self._conclude(report, there, found, port)

    async def check(self, scope: Scope, port: Port) -> bool:
        """While the market runs; returns whether something was seen that waits to be confirmed. A venue that
        has banned us is not asked: each call would make it last longer."""
        if self._is_banned(port.now):
            return False
        report = _Report(scope, self._open())
        there, found = await self._find(scope, port)
        now, told, confirmed = port.now, self._ledger.told, []
        seen: dict[Mismatch, int] = {}
        for each in found:
            first = self._suspects.get(each.mismatch, now)
            if str(each.mismatch) in told or now - first >= self._confirm_ms:
                confirmed.append(each)
            else:
                seen[each.mismatch] = first
        waiting = {one: at for one, at in self._suspects.items() if not _judged(one.kind, there)}
        self._suspects = waiting | seen
        self._act(confirmed, report, port)
        for failed in self._silences(there, scope):
            self._tell(failed.mismatch, report, port)
        self._conclude(report, there, found, port)
        return bool(seen)

    @property
    def is_complete(self) -> bool:
        """Whether every question has been answered since it last failed."""
        return not self._unanswered

    @property
    def standing(self) -> Collection[str]:
        """The differences that have been told and are not over."""
        return self._ledger.told.keys()

    def _open(self) -> int:
        return sum(order.state.is_open for order in self._gateway.orders.values())

    def _is_banned(self, now: int) -> bool:
        throttle = self._gateway.throttle
        return throttle is not None and throttle.is_banned(now)

    async def _find(self, scope: Scope, port: Port) -> tuple[VenueSnapshot, list[Difference]]:
        """The venue's answer, and the differences that were there all the while it was given."""
        before = believe(self._gateway, self._ledger, port.now)
        banned = self._is_banned(port.now)
        there = await look(
            self._venue, before, scope, lambda error: self._gateway.heed(error, port), is_banned=banned
        )
        after = believe(self._gateway, self._ledger, port.now)
        earlier = {each.mismatch for each in self._compare(before, there)}
        return there, [each for each in self._compare(after, there) if each.mismatch in earlier]

    def _compare(self, belief: Belief, there: VenueSnapshot) -> tuple[Difference, ...]:
        return compare(belief, there, self._rules)

    def _act(self, found: list[Difference], report: _Report, port: Port) -> int:
        """Tell each, then repair it, but never one again that did not take; returns how many it repaired."""
        count = 0
        for mismatch, fact in found:
            self._tell(mismatch, report, port)
            text = str(mismatch)
            if fact is None or text in self._settled:
                report.standing[text] = None
                continue
            self._settled.add(text)
            report.repaired.append(mismatch)
            self._publish(fact, port)
            count += 1
        return count

    def _tell(self, mismatch: Mismatch, report: _Report, port: Port) -> None:
        text = str(mismatch)
        if mismatch.kind is MismatchKind.QUERY_FAILED:
            report.standing[text] = None
        if text in self._ledger.told:
            return
        told = MismatchFound(
            instrument=mismatch.instrument,
            kind=mismatch.kind,
            about=mismatch.subject,
            here=mismatch.here,
            there=mismatch.there,
            repair=mismatch.repair,
            severity=mismatch.severity,
        )
        report.new[text] = mismatch.kind
        self.kinds[mismatch.kind.value] += 1
        port.emit(told)
        self._ledger.take(told)

    def _publish(self, fact: Event, port: Port) -> None:
        if isinstance(fact, _ORDER_FACTS):
            ts = fact.fill.ts if isinstance(fact, OrderFilled) else port.now
            self._gateway.publish(fact, ts)
            return
        port.emit(fact, ts=fact.fill.ts if isinstance(fact, ExternalFillFound) else None)
        self._ledger.take(fact)

    def _silences(self, there: VenueSnapshot, scope: Scope) -> list[Difference]:
        """A query that failed, told once; at a start, or three times in a row, entries must wait. Where the
        venue does not let us in they wait for a person."""
        found = []
        self.silent = 0 if any(there.has(part) for part in Part) else self.silent + 1
        for part in Part:
            if part not in there.failed:
                if there.has(part):
                    del self._failures[part]
                    self._unanswered.pop(part, None)
                continue
            self._failures[part] += 1
            self._unanswered[part] = there.failed[part]
            often = self._failures[part] >= FAILURES_MAX
            blocks = often or scope is Scope.START
            here = f"asked {FAILURES_MAX} times" if often else "asked"
            severity = Severity.REDUCING if blocks else Severity.TOLD
            said = "no answer"
            if there.is_shut:
                severity, said = Severity.HALTED, "no admittance"
            found.append(difference(MismatchKind.QUERY_FAILED, part, "", here, said, severity=severity))
        return found

    def _conclude(
        self, report: _Report, there: VenueSnapshot, found: list[Difference], port: Port
    ) -> AccountReconciled:
        """Say what came of it, if there is anything to say; what was not judged stands as it stood."""
        texts = {str(each.mismatch) for each in found}
        self._settled = {text for text in self._settled if text in texts or not _judged(kind_of(text), there)}
        kept = [text for text in self._ledger.told if _stays(text, there)]
        standing = tuple(dict.fromkeys([*kept, *report.standing]))
        event = AccountReconciled(
            orders_checked=report.checked,
            fills_recovered=sum(one.kind is MismatchKind.FILL_MISSED for one in report.repaired),
            mismatches=tuple(dict.fromkeys([*report.new, *map(str, report.repaired)])),
            scope=report.scope,
            standing=standing,
            kinds=dict(sorted(Counter(kind.value for kind in report.new.values()).items())),
            failed=tuple(f"{part}: {why}" for part, why in sorted(self._unanswered.items())),
        )
        if report.scope is Scope.START or event.mismatches or set(standing) != set(self._ledger.told):
            port.emit(event)
            self._ledger.take(event)
        return event


class _Report:
    """What one call has told and done so far."""

    def __init__(self, scope: Scope, checked: int) -> None:
        self.scope, self.checked = scope, checked
        self.new: dict[str, MismatchKind] = {}
        self.repaired: list[Mismatch] = []
        self.standing: dict[str, None] = {}


def _judged(kind: MismatchKind, there: VenueSnapshot) -> bool:
    """Whether the answer was enough to find this kind, were it there."""
    return all(there.has(part) for part in MEANINGS[kind].needs)


def _stays(text: str, there: VenueSnapshot) -> bool:
    """Whether a mismatch that was told still stands because this answer does not say otherwise."""
    kind = kind_of(text)
    if kind is MismatchKind.QUERY_FAILED:
        part = Part(text.split(" ", 2)[1].rstrip(":"))
        return not there.has(part) and part not in there.failed
    return not _judged(kind, there)
