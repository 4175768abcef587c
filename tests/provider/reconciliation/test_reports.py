"""What each account makes of a start and of the checks after it, row by row; and what is asked on the way."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from barfinex.bus.port import JournalFailed
from barfinex.config import ReconcileConfig
from barfinex.domain.mismatch import Part
from barfinex.domain.order import Order
from barfinex.events.base import Event
from barfinex.events.provider import AccountReconciled
from barfinex.provider.absence import proof_of
from barfinex.provider.reconciliation.belief import Rules, VenueSnapshot, believe
from barfinex.provider.reconciliation.checks import checks_of
from barfinex.provider.reconciliation.compare import compare
from barfinex.provider.reconciliation.snapshot import ASKED_MAX, OVERLAP_MS, Scope, look
from barfinex.provider.settling import LAG_MS
from barfinex.provider.venues.errors import Outcome, OutcomeKind, VenueError
from barfinex.provider.venues.rejects import NO_KEY
from tests.factories import order_request
from tests.provider.reconciliation.desk import LIMIT, RULES, desk
from tests.provider.reconciliation.plants import LOST, PLANTS

# Of each plant a line, then the rows of its start, of the first check that sees it and of the one after.
LINES = (Path(__file__).parent / "reports.txt").read_text(encoding="utf-8").splitlines()


def rows(label: str, events: Sequence[Event]) -> list[str]:
    return [label, *(f"  {type(one).__name__} {one.body().decode()}" for one in events)]


async def every_report() -> list[str]:
    said = []
    for plant in PLANTS:
        made = await desk()
        await plant.plant(made)
        said += rows(f"{plant.kind} at a start", await made.start())
        made = await desk()
        await made.start()
        await plant.plant(made)
        for label, after_ms in (("at once", 0), ("soon", 1_999), ("confirmed", 1), ("again", 10_000)):
            said += rows(f"{plant.kind} {label}", await made.check(Scope.FULL, after_ms=after_ms))
        made.exchange.deaf = {"fills", "orders"}
        said += rows(f"{plant.kind} half unanswered", await made.check(Scope.FULL, after_ms=10_000))
        said.append(f"  kinds {dict(sorted(made.reconciler.kinds.items()))}")
    return said


async def test_what_is_written_of_every_plant() -> None:
    assert await every_report() == LINES


async def test_the_checks_are_as_they_are_configured() -> None:
    made = await desk()
    config = ReconcileConfig(external="halt", fee_asset="BNB", fee_tolerance=Decimal(2), confirm_ms=700)
    checks = checks_of(config, made.exchange, made.gateway, made.ledger)
    rules = Rules(
        proof_of(made.exchange.capabilities), adopts=False, fee_asset="BNB", fee_tolerance=Decimal(2)
    )
    assert checks.reconciler._rules == rules
    assert checks.reconciler._confirm_ms == checks._confirm_ms == 700
    assert made.gateway.suspect == checks.hurry
    assert checks_of(ReconcileConfig(), made.exchange, made.gateway, made.ledger).reconciler._rules.adopts


@pytest.mark.parametrize(("later", "absent"), [(-1, 1), (0, 1), (1, 0)])
async def test_trades_that_were_not_asked_for_prove_no_absence(later: int, absent: int) -> None:
    """I15: an answer that begins after the order was sent, clocks allowed for, does not hold its trades."""
    made = await desk()
    made.exchange.silent = {LOST.id}
    await made.send(LOST)
    belief = believe(made.gateway, made.ledger, made.port.now)
    working = made.exchange.working()
    fills = tuple(made.exchange.made)
    since = belief.sent_at[LOST.id] - LAG_MS + later
    there = VenueSnapshot({LOST.id: None}, tuple(working), (), fills, since)
    assert len(compare(belief, there, RULES)) == absent


@pytest.mark.parametrize(
    ("scope", "since", "asked"),
    [(Scope.START, 0, 0), (Scope.FULL, 0, 2), (Scope.ACCOUNT, -OVERLAP_MS, 0), (Scope.ORDERS, None, 0)],
)
async def test_each_scope_asks_for_what_is_its_own(scope: Scope, since: int | None, asked: int) -> None:
    """R44: from the beginning or from an hour before the latest trade; a full check trusts no list."""
    made = await desk()
    seen = await look(made.exchange, believe(made.gateway, made.ledger, made.port.now), scope)
    latest = max(each.ts for each in made.exchange.made)
    assert len(seen.asked) == asked
    assert (seen.fills is None, seen.positions is None, seen.balances is None) == (since is None,) * 3
    if since is not None:
        assert seen.since == (since and latest + since)
        assert (seen.positions, seen.balances) == (made.exchange.held, made.exchange.owned)
        assert seen.fills == tuple(made.exchange.made)
    assert {one.request.id for one in seen.open or ()} == {LIMIT.id}
    assert len(seen.conditional or ()) == 1
    assert (dict(seen.failed), seen.is_shut) == ({}, False)


@pytest.mark.parametrize(("scope", "asked"), [(Scope.ACCOUNT, ASKED_MAX), (Scope.START, ASKED_MAX + 5)])
async def test_orders_that_no_list_shows_are_asked_for_a_few_at_a_time(scope: Scope, asked: int) -> None:
    made = await desk()
    for n in range(ASKED_MAX + 5):
        made.submit_unheard(order_request(f"ord-{n + 10}-e", trade_id=f"trd-{n + 10}"))
    seen = await look(made.exchange, believe(made.gateway, made.ledger, made.port.now), scope)
    assert len(seen.asked) == asked
    assert set(seen.asked.values()) == {None}


async def test_one_question_of_many_that_fails_is_remembered_and_the_others_count() -> None:
    made = await desk()

    async def order(order_id: str) -> Order | None:
        if order_id == LIMIT.id:
            raise VenueError("busy", "http", status=500)
        return made.exchange.orders.get(order_id)

    made.exchange.order = order  # type: ignore[method-assign]
    seen = await look(made.exchange, believe(made.gateway, made.ledger, made.port.now), Scope.FULL)
    assert set(seen.asked) == {"ord-1-s"}
    assert seen.failed == {Part.ORDERS: "VenueError: busy"}
    assert not seen.is_shut


@pytest.mark.parametrize(
    ("outcome", "is_shut", "asked", "positions"),
    [
        (Outcome(OutcomeKind.BANNED, "BANNED"), True, 1, "not asked, for the venue has banned us"),
        (Outcome(OutcomeKind.REJECTED, NO_KEY), True, 7, "VenueError: no"),
        (Outcome(OutcomeKind.UNKNOWN, "OTHER"), False, 7, "VenueError: no"),
        (Outcome(OutcomeKind.NOT_FOUND, "NO_ORDER"), False, 7, "VenueError: no"),
    ],
)
async def test_who_is_banned_asks_no_more_and_who_has_no_key_is_shut_out(
    outcome: Outcome, is_shut: bool, asked: int, positions: str
) -> None:
    made = await desk()
    made.exchange.deaf, made.exchange.error = {part.value for part in Part}, VenueError("no")
    belief = believe(made.gateway, made.ledger, made.port.now)
    seen = await look(made.exchange, belief, Scope.START, lambda _: outcome)
    assert (seen.is_shut, len(made.exchange.asked)) == (is_shut, asked)
    assert seen.failed[Part.POSITIONS] == positions
    unknown = outcome.kind is OutcomeKind.NOT_FOUND
    assert set(seen.failed) == set(Part) - ({Part.ORDERS} if unknown else set())
    assert seen.asked == (dict.fromkeys(("ord-1-s", "ord-2-e")) if unknown else {})
    parts = (seen.open, seen.conditional, seen.fills, seen.positions, seen.balances)
    assert parts == (None,) * 5


def test_a_snapshot_knows_which_of_its_parts_are_there() -> None:
    """Nothing that was answered is still an answer."""
    answers: dict[Part, VenueSnapshot] = {
        Part.OPEN: VenueSnapshot(open=()),
        Part.CONDITIONAL: VenueSnapshot(conditional=()),
        Part.FILLS: VenueSnapshot(fills=()),
        Part.POSITIONS: VenueSnapshot(positions={}),
        Part.BALANCES: VenueSnapshot(balances={}),
    }
    for part, snapshot in answers.items():
        assert [each for each in Part if snapshot.has(each)] == [
            each for each in Part if each in (part, Part.ORDERS)
        ]
        assert not snapshot.is_listed
    assert VenueSnapshot(open=(), conditional=()).is_listed
    assert not VenueSnapshot(failed={Part.ORDERS: "why"}).has(Part.ORDERS)


class Banned:
    """A throttle under which nothing may be asked."""

    def is_banned(self, now: int) -> bool:
        return True


async def test_a_venue_that_has_banned_us_is_not_asked_at_all() -> None:
    made = await desk()
    made.gateway.throttle = Banned()  # type: ignore[assignment]
    made.exchange.held.clear()
    assert not await made.reconciler.check(Scope.FULL, made.port)
    assert made.exchange.asked == []
    assert made.journal.of(AccountReconciled) == []


async def test_an_error_of_our_own_is_no_answer_of_the_venue() -> None:
    made = await desk()
    made.exchange.deaf, made.exchange.error = {"fills"}, JournalFailed("the disk is full")
    with pytest.raises(JournalFailed, match="the disk is full"):
        await made.start()
