"""The catalogue is whole, names are unambiguous, and one seed makes one story."""

from __future__ import annotations

import pytest

from barfinex.domain.errors import BadInput
from barfinex.domain.order import Purpose
from barfinex.provider.venues.faults.catalogue import FAULTS, faults_named
from barfinex.provider.venues.faults.director import Director
from barfinex.provider.venues.faults.script import TIMEOUT, At, Fault, Refuse, Step, When
from tests.factories import order_request
from tests.provider.faults.bench import Bench


def test_there_are_forty_faults_each_with_a_script_and_an_expectation() -> None:
    assert [fault.id for fault in FAULTS] == [f"F{nth}" for nth in range(1, 41)]
    assert len({fault.name for fault in FAULTS}) == 40
    assert all(
        fault.script and fault.sentence.endswith(".") and fault.expects.endswith(".") for fault in FAULTS
    )


def test_a_fault_is_called_by_name_or_number_each_once() -> None:
    assert [fault.id for fault in faults_named("answer-lost, f7,F2")] == ["F2", "F7"]


@pytest.mark.parametrize("names", ["", "F41", "answer-lost,", "nonsense"])
def test_what_is_no_fault_is_refused_by_name(names: str) -> None:
    with pytest.raises(BadInput, match="--fault list"):
        faults_named(names)


def struck(when: When, seed: int = 1, calls: int = 6) -> list[int]:
    """Of so many calls, a second apart, those that were struck."""
    fault = Fault("F0", "test", ".", ".", (Step(when, Refuse(TIMEOUT)),))
    director = Director([fault], seed)
    return [at for at in range(calls) if list(director.strikes(At.SUBMIT, order_request(), at * 1_000))]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (When(At.SUBMIT), [0]),
        (When(At.SUBMIT, nth=3, times=2), [2, 3]),
        (When(At.SUBMIT, times=0), [0, 1, 2, 3, 4, 5]),
        (When(At.SUBMIT, times=0, from_ms=2_000, until_ms=4_000), [2, 3, 4]),
        (When(At.SUBMIT, times=0, lasts_ms=1_500), [0, 1]),
        (When(At.SUBMIT, times=0, purpose=Purpose.STOP), []),
        (When(At.CANCEL, times=0), []),
    ],
)
def test_a_step_strikes_when_it_is_written_to(when: When, expected: list[int]) -> None:
    assert struck(when) == expected


def test_chance_is_seeded() -> None:
    when = When(At.SUBMIT, times=0, chance=0.5)
    runs = [struck(when, seed, 40) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert 8 < len(runs[0]) < 32


async def test_equal_seeds_tell_equal_stories() -> None:
    async def story(seed: int) -> list[str]:
        bench = Bench("F4,F8,F9", seed)
        await bench.hold()
        bench.pass_by(*[100] * 60)
        return bench.said

    assert await story(5) == await story(5) != await story(6)


async def test_without_faults_it_is_the_simulated_venue() -> None:
    bench = Bench("F31")
    await bench.hold()
    bench.pass_by(94)
    assert bench.said == [
        "e accepted",
        "e filled 1/1",
        "s accepted",
        "t accepted",
        "s filled 1/1",
        "t cancelled",
    ]
    assert bench.faults == []
