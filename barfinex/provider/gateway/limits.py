"""The bounds of the API (I10)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What lies beyond: another client is turned away, one that is more than `behind` events or `write_s`
    seconds late is dropped, older candles are forgotten, a wish counts as unconfirmed.

    `recent` events bridge the moment until rows are on disk.
    """

    clients: int = 32
    behind: int = 2_048
    recent: int = 4_096
    candles: int = 1_000
    readers: int = 4
    heartbeat_s: float = 5.0
    write_s: float = 10.0
    confirm_s: float = 1.0
