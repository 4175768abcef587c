"""What the Detector publishes."""

from __future__ import annotations

from typing import ClassVar

from barfinex.domain.signal import ConditionScore, Signal
from barfinex.events.base import Event


class _Detector(Event):
    publisher: ClassVar[str] = "detector"


class StrategyLoaded(_Detector):
    """A strategy is running; `source_hash` commits to its file."""

    strategy: str
    file: str
    source_hash: str
    instruments: tuple[str, ...]
    timeframe: str | None


class StrategyDisabled(_Detector):
    """A strategy was taken out of service; the others run on."""

    strategy: str
    file: str
    reason: str


class StrategyStaged(_Detector):
    """A new version of a strategy runs in the shadow of the old one, and says nothing yet."""

    strategy: str
    file: str
    source_hash: str


class StrategySwitched(_Detector):
    """From the next candle on the new version speaks; open positions keep their bracket and their owner."""

    strategy: str
    file: str
    source_hash: str


class StrategyReverted(_Detector):
    """A new version does not run, for this reason; the one before it goes on."""

    strategy: str
    file: str
    source_hash: str
    reason: str


class SignalDetected(_Detector):
    signal: Signal

    @property
    def subject(self) -> str:
        return self.signal.instrument


class SignalUpdated(_Detector):
    """A signal that may still be acted on was seen again, at the candle that starts at `candle_ts`."""

    signal_id: str
    strategy: str
    instrument: str
    candle_ts: int
    score: float
    conditions: tuple[ConditionScore, ...]


class SignalInvalidated(_Detector):
    """A signal should not be acted on any more although it has not expired."""

    signal_id: str
    strategy: str
    instrument: str
    candle_ts: int
    reason: str
