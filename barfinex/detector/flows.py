"""What book and trades did in recent candles, for conditions that ask."""

from __future__ import annotations

import numpy as np

from barfinex.domain.candles import Floats, Series
from barfinex.events.provider_market import FlowMeasured
from barfinex.sdk.flow import PREFIX

KEPT = 4_096  # Candles of each series; a condition asks for the newest, and windows keep their own.


class Flows:
    """The measurements of one instrument and timeframe, by candle."""

    def __init__(self) -> None:
        self._measured: dict[int, FlowMeasured] = {}

    def add(self, event: FlowMeasured) -> None:
        self._measured[event.candle_ts] = event
        while len(self._measured) > KEPT:
            del self._measured[next(iter(self._measured))]

    def column(self, name: str, series: Series, start: int, stop: int) -> Floats:
        """A field at candles [start, stop); NaN where it was not measured."""
        found = np.full(stop - start, np.nan)
        if not self._measured:
            return found
        field = name.removeprefix(PREFIX)
        for at, ts in enumerate(series.ts[start:stop].tolist()):
            event = self._measured.get(ts)
            if event is not None:
                found[at] = getattr(event.book, field, getattr(event.tape, field, np.nan))
        return found
