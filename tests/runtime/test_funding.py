"""A run over real futures pays the funding that brute force over the same files says, to the last digit."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from pyarrow import parquet

from barfinex.audit.journal import HashJournal
from barfinex.cli.inputs import candle_files, inputs_of
from barfinex.config import Config, load
from barfinex.detector.loader import load as load_strategies
from barfinex.domain.errors import BadInput
from barfinex.events.provider import FundingSettled
from barfinex.provider.venues.rates import load_rates
from barfinex.runtime.history import Outcome, run_history
from tests.cli.command import ROOT

DATA = ROOT.parent / "shared" / "data"
CANDLES = DATA / "ohlcv/binance_usdm"
RATES = DATA / "funding/binance_usdm/SOL-USDT_funding.parquet"
needs_data = pytest.mark.skipif(not RATES.exists(), reason=f"{RATES} is absent")
MINUTE = 60_000


def linear(**terms: Any) -> Config:
    made = load(ROOT / "config/reference.toml")
    return Config.model_validate(
        {
            **made.model_dump(),
            "instruments": [{"symbol": "SOL-USDT", "market": "linear", "leverage": 10, **terms}],
        }
    )


def candles_of(symbol: str) -> Path:
    return CANDLES / f"{symbol}_1m_2025-05_2025-06.parquet"


def run(settings: Config, rates: tuple[Path, ...], symbol: str = "SOL-USDT") -> tuple[Outcome, HashJournal]:
    loaded = load_strategies(ROOT / "strategies", settings.strategies.names)
    inputs = inputs_of(candle_files([candles_of(symbol)], None, None), None, rates)
    journal = HashJournal(keep=True)
    outcome = anyio.run(lambda: run_history(settings, inputs, loaded, journal, mode="backtest"))
    journal.flush()
    return outcome, journal


@needs_data
@pytest.mark.parametrize("symbol", ["SOL-USDT", "LAYER-USDT"])
def test_a_run_pays_what_brute_force_says(symbol: str) -> None:
    """Every eight hours, and for LAYER every one or four, twice at the cap of 2 %."""
    path = RATES.with_name(f"{symbol}_funding.parquet")
    outcome, journal = run(linear(symbol=symbol), (path,), symbol)
    candles, rates = parquet.read_table(candles_of(symbol)).to_pydict(), parquet.read_table(path).to_pydict()
    closes = {ts + MINUTE: close for ts, close in zip(candles["ts"], candles["close"], strict=True)}
    total, count = Decimal(0), 0
    for stamped, rate in zip(rates["ts"], rates["rate"], strict=True):
        at = round(stamped / MINUTE) * MINUTE
        before = [fill for fill in outcome.collector.fills if fill.ts < at]
        held = sum((fill.quantity * fill.side.sign for fill in before), Decimal(0))
        if held and at <= candles["ts"][-1] + MINUTE:
            amount = -held * Decimal(repr(closes[at])) * Decimal(repr(rate))
            total += amount.quantize(Decimal("1e-8"), ROUND_HALF_EVEN)
            count += 1
    settled = [one.event for one in journal.envelopes if isinstance(one.event, FundingSettled)]
    assert len(settled) == count > 10
    assert outcome.collector.funding == sum((one.amount for one in settled), Decimal(0)) == total
    report = outcome.report(linear())
    cash = 1_000_000_000 + sum(
        -fill.quantity * fill.side.sign * fill.price - fill.fee for fill in outcome.collector.fills
    )
    last = sum(fill.quantity * fill.side.sign for fill in outcome.collector.fills)
    expected = float(cash + total) + float(last) * candles["close"][-1]
    assert report["final_equity"] == pytest.approx(expected, abs=0.01)


@needs_data
def test_rates_are_for_futures_that_are_traded() -> None:
    with pytest.raises(BadInput, match='Set market = "linear"'):
        run(linear(market="spot"), (RATES,))
    with pytest.raises(BadInput, match="BTC-USDT, which has no candles"):
        run(linear(), (RATES.with_name("BTC-USDT_funding.parquet"),))
    with pytest.raises(BadInput, match="has rates already"):
        run(linear(), (RATES, RATES))


@needs_data
def test_rates_are_found_by_what_is_traded() -> None:
    """A future may be called after the asset that it settles in, and its file is not."""
    files = candle_files([candles_of("SOL-USDT")], ["SOL-USDT:USDT"], None)
    (made,) = inputs_of(files, None, (RATES,))
    assert made.rates is not None
    assert made.rates.instrument == "SOL-USDT:USDT"


@needs_data
def test_all_shared_rates_are_read() -> None:
    for path in sorted(RATES.parent.glob("*.parquet")):
        one = load_rates(path)
        table = parquet.read_table(path).to_pydict()
        assert [at - at % MINUTE for at in one.ts] == list(one.ts)
        assert [round(ts / MINUTE) * MINUTE for ts in table["ts"]] == list(one.ts)
        assert [float(rate) for rate in one.rates] == table["rate"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("BTC-USDT.csv", "ts,rate\n", "not named after an instrument"),
        ("BTC-USDT_funding.csv", "ts,rate\n", "holds a header and no rates"),
        ("BTC-USDT_funding.csv", "ts,price\n1746316800000,1\n", "has no column rate"),
        ("BTC-USDT_funding.csv", "ts,rate\n1746316800000,0.0001\n1746316800002,0.0001\n", "row 2"),
        ("BTC-USDT_funding.csv", "ts,rate\n1746316800000,\n", "no rate inside"),
        ("BTC-USDT_funding.csv", "ts,rate\n1746316800000,7\n", "no rate inside"),
        ("BTC-USDT_funding.csv", "ts,rate\n1746316800000,x\n", "'x' is no number"),
    ],
)
def test_bad_rates_are_told(name: str, text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        load_rates(path)
