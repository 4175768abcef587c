"""The periodic checks: the clock wakes them, a service carries them out one after the other."""

from __future__ import annotations

from collections.abc import Mapping

import anyio

from barfinex.bus.port import Port
from barfinex.config import ReconcileConfig
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconciliation.belief import Rules
from barfinex.provider.reconciliation.reconciler import Reconciler
from barfinex.provider.reconciliation.snapshot import Scope
from barfinex.provider.venues.base import Venue

ALERT = "reconcile:"
ABSENT_MARGIN_MS = 5_000


class Checks:
    """Each scope is due every so many ms of the clock; with a finding to confirm it comes again sooner.

    A scope asks for its next alert when it is done: a slow venue is asked less often, never in a queue (I10).
    """

    def __init__(self, reconciler: Reconciler, every_ms: Mapping[Scope, int], confirm_ms: int) -> None:
        self.reconciler, self._every_ms, self._confirm_ms = reconciler, every_ms, confirm_ms
        self._due: set[Scope] = set()
        self._woken = anyio.Event()

    def fired(self, name: str) -> None:
        """An alert has come back; those of others are none of ours."""
        if name.startswith(ALERT):
            self._due.add(Scope(name.removeprefix(ALERT)))
            self._woken.set()

    async def run(self, port: Port) -> None:
        """Check until cancelled."""
        for scope in self._every_ms:
            self._ask(scope, self._every_ms[scope], port)
        while True:  # bound: the task's cancellation
            await self._woken.wait()
            self._woken = anyio.Event()
            for scope in sorted(self._due):
                self._due.discard(scope)
                doubts = await self.reconciler.check(scope, port)
                self._ask(scope, self._confirm_ms if doubts else self._every_ms[scope], port)

    def _ask(self, scope: Scope, after_ms: int, port: Port) -> None:
        port.clock.alert(port.clock.now() + after_ms, f"{ALERT}{scope}")


def checks_of(config: ReconcileConfig, venue: Venue, gateway: OrderGateway, ledger: AccountLedger) -> Checks:
    """The checks as they are configured; how long an order may stay away follows from the venue."""
    able = venue.capabilities
    rules = Rules(
        absent_ms=able.recv_window_ms + able.engine_timeout_ms + ABSENT_MARGIN_MS,
        adopts=config.external == "adopt",
        fee_asset=config.fee_asset,
        fee_tolerance=config.fee_tolerance,
    )
    every_ms = {
        Scope.ORDERS: config.orders_every_ms,
        Scope.ACCOUNT: config.account_every_ms,
        Scope.FULL: config.full_every_ms,
    }
    reconciler = Reconciler(venue, gateway, ledger, rules, config.confirm_ms)
    return Checks(reconciler, every_ms, config.confirm_ms)
