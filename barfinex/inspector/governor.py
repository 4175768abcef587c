"""The trading state: ACTIVE or HALTED. Anything may halt; only a person with a reason resumes (I13)."""

from __future__ import annotations

from barfinex.bus.port import Port
from barfinex.events.inspector import CancelRequested, TradingHalted, TradingResumed
from barfinex.inspector.book import RiskBook


class Governor:
    """The kill switch. A halt refuses entries and takes back those under way; exits and protection go on."""

    def __init__(self, book: RiskBook) -> None:
        self._book = book

    def tend(self, port: Port) -> None:
        """Announce a halt that somebody asked for, once."""
        halt = self._book.halt
        if halt is not None and not halt.announced:
            self._announce(halt.way, halt.reason, port)

    def stop(self, reason: str, port: Port) -> None:
        """Halt on the Inspector's own account; one halt is enough."""
        if self._book.halt is None:
            self._announce("inspector", reason, port)

    def resume(self, by: str, reason: str, port: Port) -> None:
        """Nothing happens without a name and a reason, or when nothing is halted."""
        if self._book.halt is not None and by.strip() and reason.strip():
            self._book.record(TradingResumed(by=by, reason=reason), port)

    def _announce(self, way: str, reason: str, port: Port) -> None:
        self._book.record(TradingHalted(way=way, reason=reason), port)
        for order in self._book.entries():
            entry = order.request
            recall = CancelRequested(
                instrument=entry.instrument, order_id=entry.id, reason="trading is halted"
            )
            self._book.record(recall, port)
