"""The periodic checks: the clock wakes them, a service carries them out one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import anyio

from barfinex.bus.port import Port
from barfinex.config import ReconcileConfig
from barfinex.provider.absence import proof_of
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconciliation.belief import Rules
from barfinex.provider.reconciliation.reconciler import Reconciler
from barfinex.provider.reconciliation.snapshot import Scope
from barfinex.provider.venues.base import Venue

ALERT = "reconcile:"
PATIENT, SILENT_MS_MAX = 3, 60_000


class Checks:
    """Each scope is due every so many ms of the clock; with a finding to confirm it comes again sooner.

    A scope asks for its next alert when it is done: a slow venue is asked less often, never in a queue (I10).
    """

    def __init__(self, reconciler: Reconciler, every_ms: Mapping[Scope, int], confirm_ms: int) -> None:
        self.reconciler, self._every_ms, self._confirm_ms = reconciler, every_ms, confirm_ms
        self._due: set[Scope] = set()
        self._asked: dict[Scope, set[int]] = {scope: set() for scope in every_ms}
        self._woken, self._started = anyio.Event(), anyio.Event()
        self._scope = anyio.CancelScope()

    async def start(self, port: Port) -> None:
        """The comparison before the first order; only then do the others begin to come."""
        await self.reconciler.start(port)
        self._started.set()

    def stop(self) -> None:
        """Nobody has to know any more."""
        self._scope.cancel()

    def fired(self, name: str) -> None:
        """An alert has come back; those of others are none of ours."""
        if name.startswith(ALERT):
            self.hurry(Scope(name.removeprefix(ALERT)))

    def hurry(self, scope: Scope = Scope.ACCOUNT) -> None:
        """Check now: something was heard of an order that nobody here knows."""
        self._due.add(scope)
        self._woken.set()

    async def run(self, port: Port) -> None:
        """Check, once started, until stopped."""
        await self._started.wait()
        with self._scope:
            for scope, every_ms in self._every_ms.items():
                soon = scope is Scope.ACCOUNT and not self.reconciler.is_complete
                self._ask(scope, self._confirm_ms if soon else every_ms, port)
            while True:  # bound: the task's cancellation
                await self._woken.wait()
                self._woken = anyio.Event()
                for scope in sorted(self._due):
                    self._due.discard(scope)
                    await self.look(scope, port)

    async def look(self, scope: Scope, port: Port) -> None:
        """Check now; the next time is sooner when there is something to confirm, and later and later, up to
        a minute, while the venue answers nothing."""
        doubts, every_ms = await self.reconciler.check(scope, port), self._every_ms[scope]
        if self.reconciler.silent > PATIENT:
            later = every_ms << min(self.reconciler.silent - PATIENT, 10)
            self._ask(scope, max(every_ms, min(SILENT_MS_MAX, later)), port)
        else:
            self._ask(scope, self._confirm_ms if doubts else every_ms, port)

    def _ask(self, scope: Scope, after_ms: int, port: Port) -> None:
        """Be woken after so long, unless an alert that was asked for before comes first."""
        now = port.clock.now()
        pending = self._asked[scope] = {at for at in self._asked[scope] if at > now}
        if not any(at <= now + after_ms for at in pending):
            pending.add(now + after_ms)
            port.clock.alert(now + after_ms, f"{ALERT}{scope}")


def checks_of(
    config: ReconcileConfig,
    venue: Venue,
    gateway: OrderGateway,
    ledger: AccountLedger,
    lots: Mapping[str, Decimal] | None = None,
) -> Checks:
    """The checks as they are configured; how long an order may stay away follows from the venue. `lots`: the
    quantity step of each instrument, base units."""
    rules = Rules(
        proof=proof_of(venue.capabilities),
        adopts=config.external == "adopt",
        fee_asset=config.fee_asset,
        fee_tolerance=config.fee_tolerance,
        lots=lots or {},
    )
    every_ms = {
        Scope.ORDERS: config.orders_every_ms,
        Scope.ACCOUNT: config.account_every_ms,
        Scope.FULL: config.full_every_ms,
    }
    reconciler = Reconciler(venue, gateway, ledger, rules, config.confirm_ms)
    checks = Checks(reconciler, every_ms, config.confirm_ms)
    gateway.suspect = checks.hurry
    return checks
