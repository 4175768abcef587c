"""A decision in real time comes out of the journal's rows again, and a difference is named to the number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.bus.bus import Bus
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock
from barfinex.config import Config
from barfinex.domain.candles import series_of
from barfinex.domain.errors import BadInput
from barfinex.domain.signal import Bracket, Signal
from barfinex.events.advisor import EvidenceWeighed
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected
from barfinex.events.kernel import RunStarted
from barfinex.events.provider import CandlesClosed
from barfinex.runtime.advising import advisor_of, config_of, recollect
from barfinex.runtime.kernel import attach
from barfinex.runtime.redeciding import differences, from_rows, recorded
from tests.cli.command import barfinex
from tests.factories import MINUTE, START, signal

CANDLES, EVERY = 400, 20
CONFIG = Config().model_copy(
    update={"advisor": Config().advisor.model_copy(update={"horizon_candles": 30, "base_rate": 0.55})}
)


@pytest.fixture
async def journal(tmp_path: Path) -> Path:
    """A run in which candles and signals arrive one by one, and the Advisor decides."""
    place = tmp_path / "run.db"
    clock, transport = VirtualClock(START), LockstepTransport()
    with SqliteJournal(place, sync="batch") as book:
        bus = Bus(transport, book, clock, "run-1", arriving=True, seq=0)
        attach(bus, transport, [advisor_of(CONFIG)])
        document = CONFIG.model_dump(mode="json")
        bus.publish(
            RunStarted(mode="paper", version="1", config=document, config_hash="", strategies={}, data={}),
            "kernel",
        )
        path = 100.0 * np.exp(np.cumsum(np.random.default_rng(4).normal(0.0, 0.002, CANDLES + 1)))
        for at in range(CANDLES):
            first, last = float(path[at]), float(path[at + 1])
            row = [START + at * MINUTE, first, max(first, last), min(first, last), last, 1.0]
            clock.move(START + (at + 1) * MINUTE)
            bus.publish(CandlesClosed(candles=series_of("BTC-USDT", "1m", [row]).block()), "provider")
            if at and not at % EVERY:
                bus.publish(SignalDetected(signal=entry(at, last, int(row[0]))), "detector")
            await transport.settle()
    return place


def entry(at: int, price: float, candle_ts: int) -> Signal:
    return signal(
        id=f"sig-{at:04d}",
        price=price,
        candle_ts=candle_ts,
        expires_at=candle_ts + 3 * MINUTE,
        bracket=Bracket(0.01, 0.02),
    )


@pytest.mark.parametrize("at", [EVERY, 10 * EVERY, 19 * EVERY])
async def test_a_decision_comes_out_of_the_rows_as_it_was(journal: Path, at: int) -> None:
    with Reader(journal) as reader:
        found = recorded(reader, f"dec-{at:04d}")
        kinds = [one.event.wire_type for one in found.said]
        assert kinds[0] == "advisor.decision_requested"
        assert kinds[-1] == "advisor.decision_responded"
        again = await from_rows(config_of(reader, found.first), reader, found)
        assert not differences(found.said, again)
        assert [one.body() for one in again] == [one.event.body() for one in found.said]


async def test_the_fold_knows_what_the_rows_tell(journal: Path) -> None:
    with Reader(journal) as reader:
        found = recollect(reader, "last")
        told = [one.event for one in reader.envelopes()]
    outcomes = [one for one in told if one.wire_type == "advisor.outcome_labelled"]
    assert found.labels == {"trend": len(outcomes)}
    assert len(found.results) == len(outcomes) > 10
    assert found.advisor.mind.accounts.decisions == (CANDLES - 1) // EVERY


async def test_the_command_reads_real_time_rows_without_files(journal: Path) -> None:
    from anyio.to_thread import run_sync

    answer = await run_sync(lambda: barfinex("advisor", "replay", "last", "--journal", journal))
    assert answer.code == 0, answer.err
    assert "identical (" in answer.out


async def test_what_is_no_decision_is_refused(journal: Path) -> None:
    with Reader(journal) as reader, pytest.raises(BadInput, match="decision dec-9: is not in"):
        recorded(reader, "dec-9")


def weighed(**changes: object) -> EvidenceWeighed:
    made = EvidenceWeighed(
        instrument="BTC-USDT",
        decision_id="dec-1",
        items=(("trend", 0.5), ("regime", 0.25)),
        logit=0.75,
        ml_logit=None,
        agreement=0,
    )
    return replace(made, **changes)


def row(seq: int, event: Event) -> Envelope:
    return Envelope(seq, "run-1", event.publisher, START, START, 1, 1, event)


def test_a_difference_is_named_to_the_number() -> None:
    [one] = differences([row(3, weighed())], [weighed(items=(("trend", 0.5), ("regime", 0.26)))])
    assert (one.seq, one.field, one.recorded, one.replayed) == (3, "items.regime", "0.25", "0.26")
    [more] = differences([row(3, weighed())], [weighed(ml_logit=0.1)])
    assert (more.field, more.recorded, more.replayed) == ("ml_logit", "None", "0.1")
    assert len(differences([row(3, weighed(logit=0.0))], [weighed(logit=-0.0)])) == 1, "bytes, not values"
    assert not differences([row(3, weighed())], [weighed()])


def test_an_event_more_or_less_does_not_shift_the_others() -> None:
    first, second = weighed(), SignalDetected(signal=signal())
    rows = [row(1, first), row(2, second)]
    [lost] = differences(rows, [second])
    assert (lost.seq, lost.recorded, lost.replayed) == (1, "advisor.evidence_weighed", "no such event")
    [new] = differences(rows[1:], [first, second])
    assert (new.seq, new.recorded, new.replayed) == (0, "no such event", "advisor.evidence_weighed")
    assert [one.seq for one in differences(rows, [])] == [1, 2]
