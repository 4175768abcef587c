"""Timeframes as text and as milliseconds."""

from __future__ import annotations

import pytest

from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import pair_of, quote_of, timeframe_ms, timeframe_of


@pytest.mark.parametrize(
    ("text", "step"), [("1s", 1_000), ("5m", 300_000), ("4h", 14_400_000), ("1d", 86_400_000)]
)
def test_a_timeframe_is_a_count_and_a_unit(text: str, step: int) -> None:
    assert timeframe_ms(text) == step
    assert timeframe_of(step) == text


@pytest.mark.parametrize("text", ["", "m", "0m", "-1m", "1.5m", "1 m", "1M", "60", "1w"])
def test_any_other_text_is_bad_input_that_is_named(text: str) -> None:
    with pytest.raises(BadInput, match="is not a count and a unit") as caught:
        timeframe_ms(text)
    assert repr(text) in str(caught.value)


def test_a_step_has_its_shortest_name() -> None:
    assert timeframe_of(120_000) == "2m"
    assert timeframe_of(90_000) == "90s"


@pytest.mark.parametrize("step", [0, -60_000, 999, 1_500])
def test_a_step_that_is_not_whole_seconds_is_bad_input(step: int) -> None:
    with pytest.raises(BadInput, match="whole seconds"):
        timeframe_of(step)


@pytest.mark.parametrize(
    ("symbol", "pair", "quote"),
    [
        ("BTC-USDT", "BTC-USDT", "USDT"),
        ("BTC-USDT:USDT", "BTC-USDT", "USDT"),
        ("BTC/USD:BTC", "BTC/USD", "USD"),
        ("BTC", "BTC", ""),
    ],
)
def test_a_symbol_tells_what_is_traded_for_what(symbol: str, pair: str, quote: str) -> None:
    assert (pair_of(symbol), quote_of(symbol)) == (pair, quote)
