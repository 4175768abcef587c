"""F28 to F40: whatever happens to the account, one more cycle and our books are the venue's."""

from __future__ import annotations

import pytest

from barfinex.config import VenueConfig
from barfinex.domain.mismatch import MismatchKind, Severity
from barfinex.domain.order import OrderRequest, OrderState
from barfinex.events.provider import ExternalFillFound, ExternalOrderFound, MismatchFound, OrderFilled
from barfinex.provider.ledger import AccountLedger
from barfinex.provider.orders import OrderGateway
from barfinex.provider.reconciliation.belief import Rules
from barfinex.provider.reconciliation.reconciler import Reconciler
from barfinex.provider.reconciliation.snapshot import Scope
from barfinex.provider.venues.errors import VenueError
from tests.factories import approved
from tests.fakes import FakePort
from tests.provider.faults.bench import Bench, D

K = MismatchKind


class Account(Bench):
    """The bench with our books beside it, compared every two seconds."""

    def __init__(self, names: str) -> None:
        super().__init__(names)
        self.ledger = AccountLedger(VenueConfig().cash)
        self.port = FakePort(self.journal, self.clock)
        self.gateway = OrderGateway(self.venue, self.journal, ledger=self.ledger)
        self.gateway.suspect = lambda: None  # The next check comes soon enough.
        self.gateway.start(self.port)
        rules = Rules(fee_asset="BNB", fee_tolerance=D(1))
        self.reconciler = Reconciler(self.venue, self.gateway, self.ledger, rules)

    async def send(self, *orders: OrderRequest) -> VenueError | None:
        until = self.clock.now() + 2_000
        await self.gateway.send([approved(order, expires_at=until) for order in orders], self.port)
        return None

    async def live(self, seconds: int, price: float = 100.0, scope: Scope = Scope.ACCOUNT) -> None:
        for at in range(seconds):
            self.pass_by(price)
            if at % 2:
                await self.reconciler.check(scope, self.port)

    def told(self) -> dict[MismatchKind, Severity]:
        return {event.kind: event.severity for event in self.journal.of(MismatchFound)}

    async def agrees(self) -> bool:
        """Every fill once, every quantity and every cent."""
        held = {name: quantity for name, quantity in self.ledger.held().items() if quantity}
        ours = [event.fill.id for event in self.journal.of(OrderFilled)]
        owned = {asset: amount for asset, amount in (await self.venue.balances()).items() if asset == "cash"}
        assert len(set(ours)) == len(ours)
        return held == await self.venue.positions() and self.ledger.owned()["cash"] == owned["cash"]


async def after(name: str, seconds: int = 20) -> Account:
    """A protected position, and then the fault."""
    account = Account(name)
    await account.hold()
    await account.live(seconds)
    return account


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("F28", {}),
        ("F29", {K.FILL_FOREIGN: Severity.TOLD, K.ORDER_FOREIGN: Severity.TOLD}),
        ("F30", {K.TWIN_FOUND: Severity.HALTED}),
        ("F31", {}),
        ("F35", {K.FILL_FOREIGN: Severity.TOLD}),
        ("F39", {}),
        ("F40", {K.FILL_FOREIGN: Severity.TOLD, K.ORDER_FOREIGN: Severity.TOLD}),
    ],
)
async def test_what_others_do_on_the_account_is_found_and_the_books_balance(
    name: str, expected: dict[MismatchKind, Severity]
) -> None:
    account = await after(name)
    assert account.told() == expected
    assert await account.agrees()


async def test_f29_what_is_not_ours_goes_on() -> None:
    account = await after("F29")
    assert [e.fill.order_id.split("-")[0] for e in account.journal.of(ExternalFillFound)] == ["web"]
    (order,) = account.journal.of(ExternalOrderFound)
    known = await account.venue.order(order.order_id)
    assert known is not None
    assert known.state.is_open


async def test_f32_an_archived_order_keeps_its_record() -> None:
    account = Account("F32")
    await account.hold()
    await account.live(6, scope=Scope.FULL)
    assert account.gateway.orders["e"].state is OrderState.FILLED
    assert await account.agrees()


async def test_f33_a_revoked_key_halts_at_once_and_nothing_is_concluded() -> None:
    account = await after("F33")
    assert account.told() == {K.QUERY_FAILED: Severity.HALTED}
    states = {name: order.state for name, order in account.gateway.orders.items()}
    assert states == {"e": OrderState.FILLED, "s": OrderState.ACCEPTED, "t": OrderState.ACCEPTED}
    assert account.ledger.held() == {"BTC-USDT": 1}


async def test_f36_a_trade_that_was_rolled_back_halts_for_a_person() -> None:
    account = await after("F36")
    assert account.told()[K.FILL_REVOKED] is Severity.HALTED
    assert await account.agrees()


@pytest.mark.parametrize("name", ["F37", "F38"])
async def test_a_stream_that_says_nothing_is_made_up_for_by_asking(name: str) -> None:
    """Found within ten seconds, each fill once, although nobody told us of any."""
    account = Account(name)
    await account.hold()
    await account.live(10)
    assert await account.agrees()
    await account.live(10, price=94.0)
    assert account.gateway.orders["s"].state is OrderState.FILLED
    assert account.told().keys() >= {K.FILL_MISSED}
    assert await account.agrees()
    assert account.ledger.held() == {"BTC-USDT": 0}
