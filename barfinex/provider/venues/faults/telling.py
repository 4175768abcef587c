"""What is heard of what happened: the stream, its silences, echoes and delays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from barfinex.clock import Clock
from barfinex.domain.order import OrderRequest
from barfinex.provider.venues.base import Accepted, Filled, Report, order_of
from barfinex.provider.venues.faults.agenda import Agenda
from barfinex.provider.venues.faults.director import Director, Struck
from barfinex.provider.venues.faults.script import At, Mute, Repeat, Shuffle
from barfinex.provider.venues.faults.sending import UNTIL_FILL

REMEMBERED = 500  # reports that a snapshot can repeat


def kind_of(report: Report) -> str:
    return type(report).__name__.lower()


class Stream:
    """Between the venue and who listens. `request_of` finds the order that a report is about."""

    def __init__(
        self,
        director: Director,
        agenda: Agenda,
        clock: Clock,
        request_of: Callable[[str], OrderRequest | None],
        announce: Callable[[Struck, Report], None],
    ) -> None:
        self._director, self._agenda, self._clock = director, agenda, clock
        self._request_of, self._announce = request_of, announce
        self.heard: Callable[[Report], None] = lambda _: None
        self._told: deque[Report] = deque(maxlen=REMEMBERED)
        self._muted: dict[str, int | None] = {}
        self._delays: dict[str, int] = {}
        self._late: dict[str, Accepted] = {}

    def mute(self, order_id: str, ms: int | None) -> None:
        """Say nothing of this order for so long; None: ever."""
        self._muted[order_id] = None if ms is None else self._clock.now() + ms

    def delay(self, order_id: str, ms: int) -> None:
        """Acknowledge this order later: after so long, or UNTIL_FILL."""
        self._delays[order_id] = ms

    def utter(self, reports: Sequence[Report], *, answers: bool) -> None:
        """Say what happened; with `answers` it answers a call, and the stream's faults do not touch it."""
        for report in reports if answers else self._struck(reports):
            if isinstance(report, Accepted) and report.order_id in self._delays:
                self._hold_back(report, self._delays.pop(report.order_id))
            else:
                self._say(report)

    def retell(self) -> None:
        for report in tuple(self._told):
            self._say(report)

    def heal(self) -> None:
        self._muted.clear()

    def _struck(self, reports: Sequence[Report]) -> Sequence[Report]:
        said: list[Report] = []
        shuffles = False
        now = self._clock.now()
        for report in reports:
            muted = False
            for struck in self._director.strikes(
                At.TELL, self._request_of(order_of(report)), now, kind_of(report)
            ):
                self._announce(struck, report)
                muted |= isinstance(struck.do, Mute)
                shuffles |= isinstance(struck.do, Shuffle)
                if isinstance(struck.do, Repeat):
                    for nth in range(1, struck.do.times):
                        self._again(report, now + nth * struck.do.every_ms)
            if not muted:
                said.append(report)
        return [said[at] for at in self._director.shuffled(len(said))] if shuffles else said

    def _again(self, report: Report, at: int) -> None:
        self._agenda.add(at, lambda: self._say(report))

    def _hold_back(self, report: Accepted, ms: int) -> None:
        if ms == UNTIL_FILL:
            self._late[report.order_id] = report
        else:
            self._again(report, self._clock.now() + ms)

    def _say(self, report: Report) -> None:
        order_id = order_of(report)
        if order_id in self._muted:
            until = self._muted[order_id]
            if until is None or self._clock.now() < until:
                return
            del self._muted[order_id]
        self._told.append(report)
        self.heard(report)
        if order_id in self._late and isinstance(report, Filled):
            self._say(self._late.pop(order_id))
