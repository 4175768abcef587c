"""R45, I15: a question that was not answered proves nothing, in whatever state the account is."""

from __future__ import annotations

import pytest

from barfinex.domain.mismatch import MEANINGS, MismatchKind, Part
from barfinex.events.provider import AccountReconciled, MismatchFound
from barfinex.provider.reconciliation.snapshot import Scope
from tests.provider.reconciliation.desk import LIMIT, desk, facts, kinds
from tests.provider.reconciliation.plants import PLANTS, Plant

PLANTED = [plant for plant in PLANTS if plant.kind is not MismatchKind.QUERY_FAILED]
EACH = pytest.mark.parametrize("plant", PLANTED, ids=[plant.kind.value for plant in PLANTED])
ABSENCES = {
    MismatchKind.FILL_REVOKED,
    MismatchKind.INTENT_ABSENT,
    MismatchKind.ORDER_GONE,
    MismatchKind.EXTERNAL_ENDED,
    MismatchKind.FILLED_DIFFERS,
    MismatchKind.STOP_MISSING,
    MismatchKind.POSITION_LARGER,
    MismatchKind.POSITION_SMALLER,
    MismatchKind.POSITION_OPPOSITE,
    MismatchKind.POSITION_FOREIGN,
    MismatchKind.CASH_DIFFERS,
}
QUERIES = [part.value for part in Part]


@EACH
async def test_without_the_answers_that_a_kind_rests_on_it_is_not_concluded(plant: Plant) -> None:
    """Each kind, with each question unanswered: found as it is or not at all, and never another in its place;
    what would follow from something being absent needs every answer."""
    for query in QUERIES:
        made = await desk()
        await plant.plant(made)
        made.exchange.deaf = {query}
        before = made.state()[:4]
        events = await made.start()
        found = set(kinds(events)) - {MismatchKind.QUERY_FAILED}
        assert found <= {plant.kind}, query
        assert tuple(facts(events)) == (plant.facts if found else ()), query
        if plant.kind in ABSENCES and Part(query) in MEANINGS[plant.kind].needs:
            assert not found or query not in made.exchange.asked, query
        if not found:
            assert made.state()[:4] == before


@EACH
async def test_a_venue_that_answers_nothing_changes_nothing(plant: Plant) -> None:
    """All six at once: nothing is flat, nothing is cancelled, nothing is adopted; entries have to wait."""
    made = await desk()
    await plant.plant(made)
    before = made.state()[:4]
    made.exchange.deaf = set(QUERIES)
    events = await made.start()
    assert set(kinds(events)) == {MismatchKind.QUERY_FAILED}
    assert facts(events) == []
    assert made.state()[:4] == before
    told = [event for event in events if isinstance(event, MismatchFound)]
    assert all(event.severity == "reducing" and event.instrument == "" for event in told)
    made.exchange.deaf.clear()
    assert plant.kind in kinds(await made.start())


async def test_a_list_that_fails_makes_no_order_disappear() -> None:
    """The order is asked for by its id, and it is there."""
    made = await desk()
    made.exchange.deaf = {"open_orders"}
    events = await made.start()
    assert facts(events) == []
    assert made.gateway.orders[LIMIT.id].state.is_open


async def test_an_error_nobody_foresaw_is_a_failed_query_too() -> None:
    made = await desk()
    made.exchange.deaf, made.exchange.error = {"balances"}, KeyError("balance")
    events = await made.start()
    report = events[-1]
    assert isinstance(report, AccountReconciled)
    assert report.failed == ("balances: KeyError: 'balance'",)


async def test_a_failing_query_is_told_once_keeps_entries_out_at_the_third_and_is_over_when_it_answers() -> (
    None
):
    made = await desk()
    await made.start()
    made.exchange.deaf = {"positions"}
    told = [await made.check(after_ms=30_000) for _ in range(5)]
    severities = [[e.severity for e in events if isinstance(e, MismatchFound)] for events in told]
    assert severities == [["told"], [], ["reducing"], [], []]
    assert [len(events) for events in told] == [2, 0, 2, 0, 0]
    assert await made.check(Scope.ORDERS, after_ms=10_000) == []
    made.exchange.deaf.clear()
    (over,) = await made.check(after_ms=30_000)
    assert isinstance(over, AccountReconciled)
    assert over.standing == over.failed == ()
