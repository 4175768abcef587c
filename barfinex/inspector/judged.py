"""The signals that have had their verdict: none is judged twice."""

from __future__ import annotations

from dataclasses import dataclass, field

JUDGED_MAX = 10_000


@dataclass(slots=True)
class Judged:
    """Signal ids; of too many the oldest, long expired, is forgotten."""

    _ids: dict[str, None] = field(default_factory=dict)

    def add(self, signal_id: str) -> None:
        self._ids[signal_id] = None
        if len(self._ids) > JUDGED_MAX:
            del self._ids[next(iter(self._ids))]

    def __contains__(self, signal_id: str) -> bool:
        return signal_id in self._ids
