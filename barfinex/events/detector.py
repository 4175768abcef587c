"""What the Detector publishes."""

from __future__ import annotations

from typing import ClassVar

from barfinex.domain.signal import Signal
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


class SignalDetected(_Detector):
    signal: Signal

    @property
    def subject(self) -> str:
        return self.signal.instrument
