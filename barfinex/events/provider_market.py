"""What the Provider measures of its markets beyond their candles."""

from __future__ import annotations

from typing import ClassVar

from barfinex.domain.flow import BookFlow, TapeFlow
from barfinex.events.base import Event


class FlowMeasured(Event):
    """Book and tape of the candle that starts at `candle_ts`, told before it closes; None: there was none."""

    publisher: ClassVar[str] = "provider"
    instrument: str
    timeframe: str
    candle_ts: int
    book: BookFlow | None
    tape: TapeFlow | None
