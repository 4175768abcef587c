"""All forty-eight events of the Advisor happen: each row of the table in a run on the real bus."""

from __future__ import annotations

import json
from dataclasses import replace as with_
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.injection import Suspicion
from barfinex.advisor.llm.reply import Abstention, Reply, Source
from barfinex.advisor.llm.rules import RuleSynthesizer
from barfinex.advisor.llm.schema import Stance, VetoCode
from barfinex.advisor.llm.synthesis import SynthesisResult
from barfinex.advisor.module import AdvisorModule
from barfinex.advisor.stages.calibration import Calibration
from barfinex.advisor.stages.review import Review
from barfinex.config import AdvisorConfig
from barfinex.domain.candles import Series
from barfinex.domain.ids import kin
from barfinex.domain.signal import Bracket, Direction
from barfinex.events.advisor_learning import ModelTrained
from barfinex.events.base import Event
from barfinex.events.catalog import CATALOG
from barfinex.events.inspector import PositionOpened
from barfinex.events.provider import CandlesClosed
from tests.advisor.builders import STEP, market, signal
from tests.advisor.learning_road import EVERY, HORIZON, travel, waves
from tests.advisor.road import Road, advisor, names
from tests.wide import TRUSTING

ROWS = [
    "DecisionRequested",
    "ContextGathered",
    "ContextDegraded",
    "QualityGraded",
    "QualityBlocked",
    "EvidenceWeighed",
    "OutlierDetected",
    "ConvictionScored",
    "ConvictionAttributed",
    "ConvictionCalibrated",
    "LowConfidenceFound",
    "SynthesisRequested",
    "SynthesisCompleted",
    "SynthesisAbstained",
    "HallucinationDetected",
    "InjectionSuspected",
    "VetoRaised",
    "ExecutionValidated",
    "SignalDeclined",
    "IntentProposed",
    "IntentExpired",
    "DecisionResponded",
    "CounterfactualRecorded",
    "RegimeObserved",
    "RegimeRotated",
    "RegimeRefitted",
    "OutcomeLabelled",
    "OutcomeAttributed",
    "ModelTrained",
    "ModelValidated",
    "ModelPromoted",
    "ModelRolledBack",
    "ModelSwitched",
    "CalibrationUpdated",
    "CalibrationReported",
    "DriftDetected",
    "LadderUpdated",
    "CircuitOpened",
    "CircuitClosed",
    "BudgetExhausted",
    "SynthesisValued",
    "InfluenceChanged",
    "AllocationRecommended",
    "SizeRecommended",
    "CorrelationCapped",
    "EfficiencyReported",
    "ProbationChanged",
    "HealthReported",
]
LEARNING: dict[str, Any] = {"horizon_candles": HORIZON, "regime_refit_candles": 500}
pytestmark = pytest.mark.anyio


async def learned() -> list[Event]:
    """Eighty days of a market's minutes made short: models, regimes, calibration; and one trade."""
    road, series = Road(**LEARNING), waves(3_000)
    said = await travel(road, series, 0, 3_000)
    sent = signal(9, 2_999, price=series.close.item(-1))
    said += await road.signal(sent)
    return said + await road.outcome(sent, "0.01")


async def refused() -> list[Event]:
    """Candles that are not final, and a model that is too old."""
    road = Road()
    series = market()
    await road.candles(with_(series, provenance=type(series.provenance).PROVISIONAL))
    said = await road.signal(signal())
    aged = Road(**LEARNING, model_age_ms_max=60 * STEP)
    return said + await travel(aged, waves(2_000), 0, 2_000)


async def judged() -> list[Event]:
    """A challenger comes to the gates."""
    road = Road(**LEARNING)
    said = await travel(road, waves(1_500), 0, 1_500)
    trained = [event for event in said if isinstance(event, ModelTrained)][-1]
    evidence = {
        "n_eff": 250.0, "wins": 100, "losses": 100, "visits": [3, 3, 0, 0, 0], "own_losses": [0.6] * 15,
        "champion_losses": [0.7] * 15, "skill": 0.1, "ece": 0.02, "ece_excess": 0.0, "slope": 1.0,
        "regimes": [[0.02, 250]], "dsr": 0.99,
        "canaries": [["shuffled", True]], "mismatches": 0, "hash": "x", "hash_trained": "x",
    }  # fmt: skip
    return said + await road.send(replace(trained, evidence=json.dumps(evidence)))


def steps(ways: list[int]) -> Series:
    """Thirty candles up (1) or down (-1) a signal."""
    moves = np.repeat(np.array(ways, dtype=np.float64), EVERY) * 0.001
    close = 100.0 * np.exp(np.cumsum(moves + 0.0002 * np.random.default_rng(1).standard_normal(len(moves))))
    opened = np.concatenate(([100.0], close[:-1]))
    ts = np.arange(len(close), dtype=np.int64) * STEP
    high, low = np.maximum(opened, close) * 1.0001, np.minimum(opened, close) * 0.9999
    return Series("BTC-USDT", "1m", ts, opened, high, low, close, np.ones(len(close)))


async def turned() -> list[Event]:
    """What always won always loses from the middle on."""
    road, series = Road(**LEARNING, learns=False), steps([1] * 160 + [-1] * 160)
    said: list[Event] = []
    for at in range(EVERY, len(series.ts), EVERY):
        said += await road.candles(series, 0, at - EVERY, at)
        price = series.close.item(at - 1)
        said += await road.signal(signal(at, at - 1, price=price, bracket=Bracket(0.006, 0.006)))
    return said


async def together() -> list[Event]:
    """Two instruments that are one, and a position in the first."""
    series = market()
    road = Road(base_rate=0.7, size_max=0.02)
    twin = with_(series, instrument="ETH-USDT")
    await road.candles(series)
    await road.send(CandlesClosed(candles=twin.block()))
    sent = signal(price=series.close.item(-1))
    said = await road.signal(sent)
    opened = PositionOpened(
        instrument="BTC-USDT", trade_id=kin("trd", sent.id), strategy="sample", direction=Direction.LONG,
        quantity=Decimal(1), entry_price=Decimal(100), entry_ts=0, stop=Decimal(98), target=None,
    )  # fmt: skip
    await road.send(opened)
    return said + await road.signal(
        replace(sent, id=f"sig-{2:016x}", instrument="ETH-USDT", strategy="other")
    )


class Model:
    """Speaks as its script says: fails, lies, or opposes with good reasons."""

    name = "model"

    def __init__(self) -> None:
        self.calls = 0

    def review(self, context: Context, findings: object = (), /) -> Reply:
        self.calls += 1
        if self.calls <= 8:
            return Reply("", self.name, 10.0, 0, 0.0, Source.LLM, Abstention.TIMEOUT)
        if self.calls == 9:
            return Reply('{"nonsense": 1}', self.name, 10.0, 50, 0.001)
        truth = RuleSynthesizer().review(context).text
        said = json.loads(truth)
        if self.calls % 10 == 0:
            said["claims"][0]["value"] = "123456"
        return Reply(json.dumps(said), self.name, 10.0, 30_000, 0.001)


async def reviewed() -> list[Event]:
    """A model is asked at every signal: it fails, recovers, lies now and then, and uses up its day."""
    config = AdvisorConfig.model_validate({**TRUSTING, **LEARNING, "influence": "veto", "learns": False})
    module = AdvisorModule(config, fee=0.0005, spread_bps=2.0, slippage_bps=1.0, synthesizer=Model())
    return await travel(Road(module), waves(6_000), 0, 6_000)


class Warned:
    """A review with a veto, of text that reads like an order."""

    def review(self, calibration: Calibration) -> Review:
        result = SynthesisResult(
            source=Source.LLM,
            stance=Stance.OPPOSE,
            tilt=-1,
            veto=VetoCode.LIQUIDITY,
            claims=(),
            rationale_rendered="",
            flags=(),
            mode=Mode.VETO,
            delta_logit=0.0,
            route="model",
            latency_ms=5.0,
            tokens=10,
            cost=0.0,
            cache_key="key",
            suspected=(Suspicion("n1", "order"),),
        )
        return Review(Stance.OPPOSE, "", result)


async def warned() -> list[Event]:
    road = Road(advisor(Warned()))
    series = market()
    await road.candles(series)
    return await road.signal(signal(price=series.close.item(-1)))


SCENARIOS = (learned, refused, judged, turned, together, reviewed, warned)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def happened() -> dict[str, list[str]]:
    """Every event that happened, by the scenarios it happened in."""
    found: dict[str, list[str]] = {}
    for scenario in SCENARIOS:
        for name in set(names(await scenario())):
            found.setdefault(name, []).append(scenario.__name__)
    return found


def test_the_table_is_the_catalog() -> None:
    known = {event.__name__ for event in CATALOG.values() if event.publisher == "advisor"}
    assert len(ROWS) == len(set(ROWS)) == 48
    assert known == {*ROWS, "GateObserved"}


@pytest.mark.parametrize("row", range(1, 49))
async def test_each_row_happens(row: int, happened: dict[str, list[str]]) -> None:
    assert happened.get(ROWS[row - 1]), f"row {row}: {ROWS[row - 1]}"
