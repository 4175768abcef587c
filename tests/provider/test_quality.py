"""The score of market data: each part by hand, told when it changes, and part of what decides."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.audit.journal import HashJournal
from barfinex.bus.bus import Bus
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import VirtualClock
from barfinex.domain.candles import Provenance, series_of
from barfinex.events.base import Event
from barfinex.events.provider import (
    BookSampled,
    CandlesClosed,
    DataChecked,
    FeedRecovered,
    FeedStalled,
    MarketQualityScored,
)
from barfinex.provider.quality import KEPT, WEIGHTS, MarketQuality, Observed, score_of
from tests.factories import BTC, MINUTE, START

Level = tuple[tuple[float, float], ...]
BIDS: Level = ((100.0, 2.0), (99.0, 3.0))
ASKS: Level = ((100.1, 2.0), (101.0, 9.0))


def closed(
    *closes: float, start: int = START, how: Provenance = Provenance.FINAL, step: str = "1m"
) -> CandlesClosed:
    ms = {"1m": MINUTE, "5m": 5 * MINUTE}[step]
    rows = [[start + n * ms, close, close, close, close, 1.0] for n, close in enumerate(closes)]
    return CandlesClosed(candles=series_of(BTC, step, rows, provenance=how).block())


def sampled(bids: Level = BIDS, asks: Level = ASKS) -> BookSampled:
    return BookSampled(instrument=BTC, bids=bids, asks=asks)


def checked(candles: int, **found: Any) -> DataChecked:
    quarantined = found.pop("quarantined", {})
    return DataChecked(instrument=BTC, source="f", candles=candles, findings=found, quarantined=quarantined)


class Desk:
    def __init__(self) -> None:
        self.clock, self.journal = VirtualClock(START), HashJournal(keep=True)
        self.bus = Bus(LockstepTransport(), self.journal, self.clock, "run", arriving=True)
        self.port = self.bus.port("provider", lambda _work: None)
        self.quality = MarketQuality()
        self.bus.tap(self.quality.see, *MarketQuality.consumes())

    def tell(self, *events: Event, at: int | None = None) -> list[MarketQualityScored]:
        """What is scored after these were published; `at` in ms after START."""
        for event in events:
            self.port.emit(event)
        self.clock.move(self.clock.now() if at is None else START + at)
        before = len(self.journal.envelopes)
        self.quality.tell(self.port)
        found = [each.event for each in self.journal.envelopes[before:]]
        return [each for each in found if isinstance(each, MarketQualityScored)]


def parts(*events: Event, at: int) -> dict[str, float]:
    desk = Desk()
    (told,) = desk.tell(*events, at=at)
    return told.parts


@pytest.mark.parametrize(
    ("late", "left"), [(0, 1.0), (MINUTE, 1.0), (2 * MINUTE, 1.0), (3 * MINUTE, 0.6667), (5 * MINUTE, 0.0)]
)
def test_freshness_falls_while_candles_are_overdue(late: int, left: float) -> None:
    assert parts(closed(1.0), at=MINUTE + late)["freshness"] == left


def test_continuity_counts_what_is_absent_and_what_is_not_final() -> None:
    seen = parts(closed(1.0, 1.0), closed(1.0, start=START + 4 * MINUTE), at=5 * MINUTE)
    assert seen["continuity"] == 0.6
    seen = parts(
        closed(*[1.0] * 3), closed(1.0, start=START + 3 * MINUTE, how=Provenance.SYNTHETIC), at=4 * MINUTE
    )
    assert seen["continuity"] == 0.75
    seen = parts(closed(1.0), closed(1.0, start=START + 9_999 * MINUTE), at=10_000 * MINUTE)
    assert seen["continuity"] == round(1 / KEPT, 4)


def test_longer_candles_beside_the_shortest_do_not_count() -> None:
    alone = parts(closed(*[1.0] * 5), at=5 * MINUTE)
    assert parts(closed(*[1.0] * 5), closed(9.0, step="5m"), at=5 * MINUTE) == alone


def test_outliers_take_away_twenty_times_their_share() -> None:
    calm = [100.0 + n % 2 for n in range(100)]
    assert parts(closed(*calm), at=100 * MINUTE)["outliers"] == 1.0
    assert parts(closed(*calm, 200.0), at=101 * MINUTE)["outliers"] == 0.8


def test_a_book_is_measured_by_what_it_usually_is() -> None:
    usual = [sampled()] * 9
    wide = sampled(asks=((100.4, 2.0), (101.0, 9.0)))
    thin = sampled(bids=((100.0, 1.0),))
    assert parts(*usual, at=0) == {"depth": 1.0, "spread": 1.0}
    share = 2 * (0.1 / 100.1) / (0.4 / 100.4)
    assert parts(*usual, wide, at=0)["spread"] == pytest.approx(share, abs=1e-4)
    assert parts(*usual, thin, at=0)["depth"] == pytest.approx(2 * 100 / 497, abs=1e-4)


@pytest.mark.parametrize("broken", [sampled(asks=((99.9, 1.0),)), sampled(bids=()), sampled(asks=())])
def test_a_book_that_is_none_leaves_nothing(broken: BookSampled) -> None:
    desk = Desk()
    (told,) = desk.tell(sampled(), broken)
    assert (told.score, told.parts["spread"]) == (0.0, 0.0)


def test_a_file_is_scored_by_what_its_check_has_found() -> None:
    assert parts(checked(1_000), at=0) == {"continuity": 1.0, "outliers": 1.0}
    seen = parts(
        checked(900, missing_runs=80, missing_candles=4_000, outliers=9, quarantined={"nan": 20}), at=0
    )
    assert seen == {"continuity": 0.9, "outliers": 0.8}
    both = parts(checked(900, missing_runs=100), checked(1_000), at=0)
    assert both["continuity"] == 0.9


def test_the_score_is_the_weighted_geometric_mean_of_what_is_known() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)
    assert score_of(dict.fromkeys(WEIGHTS, 1.0)) == 1.0
    assert score_of({"freshness": 0.25, "continuity": 1.0}) == 0.5
    assert score_of({**dict.fromkeys(WEIGHTS, 1.0), "depth": 0.0}) == 0.0


def test_only_a_change_that_matters_is_told() -> None:
    desk = Desk()
    assert desk.tell() == []
    assert [one.score for one in desk.tell(*[sampled()] * 9)] == [1.0]
    assert desk.tell(sampled()) == []
    slightly = sampled(bids=((100.0, 1.0), (99.0, 1.4)))
    assert desk.tell(slightly) == []
    assert [one.score for one in desk.tell(sampled(bids=()))] == [0.0]
    assert [one.score for one in desk.tell(sampled())] == [1.0]


def test_a_feed_that_falls_silent_is_told_without_an_event() -> None:
    """I4: nothing comes any more, and that is what is said."""
    desk = Desk()
    assert [one.score for one in desk.tell(closed(*[1.0] * 3), at=3 * MINUTE)] == [1.0]
    scores = [one.score for n in range(4, 12) for one in desk.tell(at=n * MINUTE)]
    assert scores[-1] == 0.0
    assert scores == sorted(scores, reverse=True)


def test_every_part_has_a_weight() -> None:
    seen = Observed()
    seen.close(closed(*[1.0] * 9).candles)
    seen.sample(sampled())
    assert seen.parts(START + 9 * MINUTE).keys() == WEIGHTS.keys()


def test_a_feed_that_is_not_believed_leaves_nothing_until_it_has_recovered() -> None:
    desk = Desk()
    assert [one.score for one in desk.tell(closed(*[1.0] * 3), at=3 * MINUTE)] == [1.0]
    assert [one.score for one in desk.tell(FeedStalled(instrument=BTC, reason="silent"))] == [0.0]
    assert [one.score for one in desk.tell(FeedRecovered(instrument=BTC, blind_ms=5))] == [1.0]
