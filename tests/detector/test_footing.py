"""What a signal rests on: the provenance furthest from final among the candles that were read."""

from __future__ import annotations

import pytest

from barfinex.detector.footing import READ_MAX, Footing
from barfinex.domain.candles import Candles, Provenance, series_of
from barfinex.domain.view import MarketView

STEP = 60_000


def block(first: int, *kinds: Provenance) -> Candles:
    rows = [[float((first + k) * STEP), 100.0, 101.0, 99.0, 100.0, 5.0] for k in range(len(kinds))]
    return series_of("BTC-USDT", "1m", rows, marks=list(kinds)).block()


FINAL, REPAIRED, SYNTHETIC = Provenance.FINAL, Provenance.REPAIRED, Provenance.SYNTHETIC


def test_one_repaired_candle_is_felt_for_so_long_and_no_longer() -> None:
    footing = Footing()
    footing.take(block(0, FINAL, SYNTHETIC, REPAIRED, FINAL))
    assert footing.worst(block(3, FINAL)) is SYNTHETIC
    assert footing.worst(block(READ_MAX + 1, FINAL)) is REPAIRED
    assert footing.worst(block(READ_MAX + 2, FINAL)) is FINAL


def test_a_candle_keeps_its_own_provenance_wherever_it_is_joined() -> None:
    """One made-up candle does not colour its neighbours."""
    view = MarketView()
    view.fold(block(0, FINAL, FINAL))
    view.fold(block(2, SYNTHETIC))
    held = view.fold(block(3, FINAL))
    assert held.marks.tolist() == [FINAL, FINAL, SYNTHETIC, FINAL]
    assert held.provenance is SYNTHETIC
    assert held.last().provenance is FINAL
    assert held.series.unsure(0, 4) == 1


@pytest.mark.parametrize("kinds", [(FINAL,), (FINAL, REPAIRED), (REPAIRED, REPAIRED)])
def test_the_journal_keeps_each_candles_provenance(kinds: tuple[Provenance, ...]) -> None:
    made = block(0, *kinds)
    again = Candles.from_plain(made.plain())
    assert again.marks.tolist() == list(kinds)
    assert again == made
