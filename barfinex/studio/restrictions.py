"""How the log tells of halts, limits and alerts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from barfinex.domain.trading import Level, Scope
from barfinex.events import inspector, kernel, studio
from barfinex.events.base import Event
from barfinex.studio.figures import WARN, words


def _where(scope: Scope) -> str:
    return "" if scope.level is Level.GLOBAL else f"{scope}: "


def _restricted(event: Any) -> str:
    closes = "; every position is left" if event.closes else ""
    return f"{_where(event.scope)}by {event.way}: {event.reason}{closes} (lifted by {event.lifted_by})"


RESTRICTIONS: dict[type[Event], Callable[[Any], tuple[str, str, str]]] = {
    inspector.TradingHalted: lambda e: ("HALTED", _restricted(e), "bold red"),
    inspector.TradingReduced: lambda e: ("REDUCING", _restricted(e), "bold red"),
    inspector.EntriesThrottled: lambda e: ("THROTTLED", _restricted(e), WARN),
    inspector.TradingResumed: lambda e: ("RESUMED", f"{_where(e.scope)}by {e.by}: {e.reason}", "bold green"),
    inspector.TradingArmed: lambda e: ("armed", f"by {e.by}: {e.reason}", "bold green"),
    inspector.LooseningRequested: lambda e: (
        "loosening", f"{e.what} from {e.old} to {e.new}, asked by {e.by}: {e.reason}; confirm {e.id}", WARN
    ),
    inspector.LimitTightened: lambda e: ("tightened", f"{e.limit} from {e.old} to {e.new}: {e.reason}", WARN),
    inspector.LimitLoosened: lambda e: (
        "LOOSENED", f"{e.limit} from {e.old} to {e.new} by {e.by}: {e.reason}", "bold red"
    ),
    inspector.ChangeRefused: lambda e: ("not done", f"{words(e.what)}, asked by {e.by}: {e.reason}", WARN),
    inspector.AlertRaised: lambda e: ("ALERT", e.text, "bold red" if e.critical else WARN),
    inspector.AlertsAcknowledged: lambda e: ("acknowledged", f"{len(e.ids)} alerts by {e.by}", ""),
    studio.HaltRequested: lambda e: ("halt asked", f"through the {e.way}: {e.reason}", WARN),
    studio.ResumeRequested: lambda e: ("resume asked", f"by {e.by}: {e.reason}", WARN),
    studio.LimitChangeRequested: lambda e: (
        "limit asked", f"{e.limit} = {e.value} by {e.by or e.way}: {e.reason}", WARN
    ),
    studio.AcknowledgementRequested: lambda e: ("ack asked", f"by {e.by}: {e.reason}", WARN),
    kernel.LoopLagged: lambda e: ("loop late", f"{e.lag_ms:,} ms", WARN),
    kernel.HaltFileFound: lambda e: ("halt file", f"{e.path} {e.reason}", WARN),
    kernel.HaltSignalled: lambda e: ("halt signal", e.signal, WARN),
}  # fmt: skip
"""What each event says: a word or two, the rest of the sentence, the style of the word."""
