"""Is a stream alive? What is silent, late, repeated or out of this time is not."""

from __future__ import annotations

from collections import deque
from statistics import median

SILENCE_MS_MIN = 5_000
GAPS_KEPT = 200
GAPS_LEAST = 20
LAG_MS_MAX = 2_000
AHEAD_MS_MAX = 5_000
FIRST_MS_MAX = 10_000


class Liveness:
    """One instrument's stream. Times are ms UTC of our clock; `ts` is the exchange's own.

    It is stale when nothing new came for max(5 s, 10 x the median gap), when what comes is more than 2 s old
    or from the future, and when a new subscription has brought nothing for 10 s.
    """

    def __init__(self, now: int) -> None:
        self._since, self._ts, self._lag = now, 0, 0
        self._last: int | None = None
        self._gaps: deque[int] = deque(maxlen=GAPS_KEPT)
        self.repeated = 0

    def restart(self, now: int) -> None:
        """Subscribed anew; how fast the stream is stays known."""
        self._since, self._last, self._lag = now, None, 0

    def hear(self, ts: int, now: int) -> None:
        """Data of the exchange's time `ts` arrived; old data that comes again proves no life."""
        if ts < self._ts:
            self.repeated += 1
            self._lag = now - ts
            return
        if self._last is not None:
            self._gaps.append(now - self._last)
        self._last, self._lag = now, now - ts
        if self._lag >= -AHEAD_MS_MAX:  # A time of the future must not make what follows look old.
            self._ts = ts

    @property
    def silence_ms_max(self) -> int:
        """How long it may be silent."""
        if len(self._gaps) < GAPS_LEAST:
            return SILENCE_MS_MIN
        return max(SILENCE_MS_MIN, round(10 * median(self._gaps)))

    def fault(self, now: int) -> str:
        """Why the stream is stale, or an empty text."""
        if self._last is None:
            waited = now - self._since
            return f"nothing came in {waited} ms since it was subscribed" if waited >= FIRST_MS_MAX else ""
        silent = now - self._last
        if silent > self.silence_ms_max:
            return f"silent for {silent} ms"
        if self._lag > LAG_MS_MAX:
            return f"{self._lag} ms behind"
        if self._lag < -AHEAD_MS_MAX:
            return f"{-self._lag} ms ahead of our clock"
        return ""

    @property
    def is_heard(self) -> bool:
        """Whether the present subscription has brought anything."""
        return self._last is not None
