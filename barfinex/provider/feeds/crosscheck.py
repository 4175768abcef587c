"""What the streams have told against what the exchange answers when asked: two ways that have to agree."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from math import isclose

import numpy as np

from barfinex.domain.candles import Candles, Provenance, Series

CANDLES, EVERY_MS = 10, 300_000
BOOK_EVERY_MS, AGAIN_MS, AWAY_MAX = 60_000, 1_000, 0.005
SAME = 1e-9  # A sum of volumes may round in its last digits.


class CrossCheck:
    """Of one instrument: when a question is due, and what its answer means."""

    def __init__(self, now: int) -> None:
        self._own: deque[tuple[int, list[float]]] = deque(maxlen=CANDLES)
        self._candles_due, self._book_due = now + EVERY_MS, now + BOOK_EVERY_MS
        self._is_suspect = False

    def published(self, block: Candles) -> None:
        """Candles were built of what the streams told."""
        for row in block.rows()[-CANDLES:]:
            self._own.append((int(row[0]), row))

    def is_due(self, now: int) -> bool:
        """Whether the candles should be asked for, now; asking counts."""
        if now < self._candles_due or not self._own:
            return False
        self._candles_due = now + EVERY_MS
        return True

    def is_book_due(self, now: int) -> bool:
        """Whether the book should be asked for, now; asking counts."""
        if now < self._book_due:
            return False
        self._book_due = now + BOOK_EVERY_MS
        return True

    @property
    def since(self) -> int:
        """The start of the oldest candle that is compared, ms UTC."""
        return self._own[0][0]

    def differing(self, theirs: Series) -> Candles | None:
        """The exchange's own of those candles that are told otherwise, as repairs; None when all agree."""
        told = {int(row[0]): row for row in theirs.block().rows()} if len(theirs.ts) else {}
        wrong = [ts for ts, row in self._own if ts in told and not _agree(row, told[ts])]
        if not wrong:
            return None
        chosen = np.flatnonzero(np.isin(theirs.ts, wrong))
        names = ("ts", "open", "high", "low", "close", "volume")
        columns = {name: getattr(theirs, name)[chosen] for name in names}
        return replace(theirs, provenance=Provenance.REPAIRED, marks=None, **columns).block()

    def disagrees(self, ours: tuple[float, float], theirs: tuple[float, float], now: int) -> bool:
        """Whether (bid, ask) lie apart, for the second time in a row: the market may move meanwhile, so it is
        soon asked again."""
        middle = [sum(one) / 2 for one in (ours, theirs)]
        is_away = not isclose(middle[0], middle[1], rel_tol=AWAY_MAX)
        is_sure, self._is_suspect = is_away and self._is_suspect, is_away
        if is_away and not is_sure:
            self._book_due = now + AGAIN_MS
        return is_sure


def _agree(ours: list[float], theirs: list[float]) -> bool:
    return all(isclose(a, b, rel_tol=SAME) for a, b in zip(ours[1:], theirs[1:], strict=True))
