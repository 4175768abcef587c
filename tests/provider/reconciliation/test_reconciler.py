"""Before the first order and ever after: what the journal believes meets what the venue knows."""

from __future__ import annotations

import pytest

from barfinex.domain.mismatch import MEANINGS, MismatchKind
from barfinex.events.provider import AccountReconciled, MismatchFound
from tests.provider.reconciliation.desk import desk, facts
from tests.provider.reconciliation.plants import PLANTS, Plant

EACH = pytest.mark.parametrize("plant", PLANTS, ids=[plant.kind.value for plant in PLANTS])


def test_every_kind_is_planted_and_explained() -> None:
    """R42: no kind without its test, none without its sentence."""
    assert [plant.kind for plant in PLANTS] == list(MismatchKind) == list(MEANINGS)
    assert all(meaning.sentence.endswith(".") for meaning in MEANINGS.values())


async def test_books_that_agree_are_said_to() -> None:
    made = await desk()
    (report,) = await made.start()
    assert report == AccountReconciled(orders_checked=2, fills_recovered=0, mismatches=())


@EACH
async def test_each_kind_is_named_and_settled(plant: Plant) -> None:
    """R42: told before it is repaired, with what it does to trading, and in the report by its kind."""
    made = await desk()
    await plant.plant(made)
    events = await made.start()
    told = [event for event in events if isinstance(event, MismatchFound)]
    assert [event.kind for event in told] == [plant.kind]
    assert told[0].severity is plant.severity
    assert tuple(facts(events)) == plant.facts
    assert isinstance(events[0], MismatchFound)
    report = events[-1]
    assert isinstance(report, AccountReconciled)
    assert report.kinds == {plant.kind.value: 1}
    assert bool(report.standing) is not bool(plant.facts)


@EACH
async def test_a_second_start_adds_nothing(plant: Plant) -> None:
    """R46: reconcile after reconcile is reconcile, in the same process and in the next."""
    made = await desk()
    await plant.plant(made)
    await made.start()
    for later in (made, made.again()):
        before = later.state()
        events = await later.start()
        assert [type(event) for event in events] == [AccountReconciled]
        assert later.state() == before


@EACH
async def test_a_start_that_dies_anywhere_is_finished_by_the_next(plant: Plant) -> None:
    """R46: cut after any row of the repair, the next start tells and repairs what is left, and no more."""
    made = await desk()
    await plant.plant(made)
    rows = list(made.journal.rows)
    whole = await made.start()
    end = made.state()
    for cut in range(len(rows), len(made.journal.rows)):
        fresh = made.again(made.journal.rows[:cut])
        rest = await fresh.start()
        assert fresh.state() == end
        again = [*made.journal.events()[len(rows) : cut], *rest]
        assert again[:-1] == whole[:-1]
