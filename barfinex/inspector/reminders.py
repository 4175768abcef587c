"""Alerts that are asked for again and again: the newest counts, and the one before is withdrawn."""

from __future__ import annotations

from barfinex.bus.port import Port

PREFIX = "protection "


class Reminders:
    """At most one pending alert a key; a reminder that is not needed any more never fires."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}

    def set(self, key: str, at: int, port: Port) -> None:
        """Be told at `at` (ms UTC) and not when it was said before; 0: not at all."""
        before = self._at.get(key, 0)
        if at == before:
            return
        if before:
            port.clock.withdraw(before, PREFIX + key)
            del self._at[key]
        if at:
            port.clock.alert(at, PREFIX + key)
            self._at[key] = at

    def is_set(self, key: str) -> bool:
        """Whether an alert is pending."""
        return key in self._at

    def heard(self, name: str) -> str | None:
        """The key of an alert that fired; None if it is somebody else's."""
        if not name.startswith(PREFIX):
            return None
        key = name.removeprefix(PREFIX)
        self._at.pop(key, None)
        return key
