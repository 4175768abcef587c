"""What the candles that a strategy has read were: all the exchange's own, or some repaired or made up."""

from __future__ import annotations

from barfinex.domain.candles import Candles, Provenance

READ_MAX = 200  # Candles: of one further back no condition feels anything.


class Footing:
    """The newest candle of each provenance that is not FINAL, in one series."""

    __slots__ = ("_newest",)

    def __init__(self) -> None:
        self._newest: dict[Provenance, int] = {}

    def take(self, block: Candles) -> None:
        """Candles were read."""
        if block.series.marks is None and block.series.provenance is Provenance.FINAL:
            return
        times, marks = block.ts, block.marks
        for kind in list(Provenance)[1:]:
            found = times[marks == kind]
            if len(found):
                self._newest[kind] = int(found[-1])

    def worst(self, block: Candles) -> Provenance:
        """What is furthest from FINAL among the last candles up to the end of `block`."""
        since = block.last_ts - READ_MAX * block.series.step_ms
        return max((kind for kind, ts in self._newest.items() if ts > since), default=Provenance.FINAL)
