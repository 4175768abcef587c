"""What a venue answers when it does not say yes, as it came; and what that means."""

from __future__ import annotations

import re
from typing import Literal

from barfinex.domain.value import Value, Word
from barfinex.provider.venues.rejects import (
    ABSENT_CODES,
    DEFINITE,
    FILTER,
    FILTER_TEXT,
    FULL_FILTERS,
    SPEAKING,
    STATUSES,
    TEXTS,
    TOO_MANY_OPEN,
)

ErrorKind = Literal["transport", "http", "venue"]
QUIET_MS, BANNED_MS = 60_000, 120_000


class VenueError(Exception):
    """Anything but success.

    `kind`: "transport" (no answer: timeout, reset, DNS, TLS), "http" (a `status` and a body that is no answer
    of the venue's own) or "venue" (its own `code` and message). `retry_after_ms`: for how long to leave it
    alone. `sent` is False only when it is proven that nothing has left.
    """

    def __init__(
        self,
        message: str = "",
        kind: ErrorKind = "transport",
        *,
        status: int | None = None,
        code: int | str | None = None,
        retry_after_ms: int | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.kind, self.status, self.code = kind, status, code
        self.retry_after_ms, self.sent = retry_after_ms, sent


class OutcomeKind(Word):
    """REJECTED, THROTTLED and BANNED are definite: the request did nothing. NOT_FOUND is what a venue says of
    an order it does not know now, and UNKNOWN everything else: the request may have worked (I15)."""

    REJECTED = "rejected"
    THROTTLED = "throttled"
    BANNED = "banned"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


class Outcome(Value, frozen=True):
    """What an error means. `code` is a word for the cause; `quiet_ms` for how long no new order may be sent,
    or `quiet_until` (ms UTC) until when, where the venue names a time."""

    kind: OutcomeKind
    code: str
    quiet_ms: int = 0
    quiet_until: int = 0

    @property
    def is_definite(self) -> bool:
        """Whether the request certainly did nothing."""
        return self.kind in _DEFINITE


_DEFINITE = {OutcomeKind.REJECTED, OutcomeKind.THROTTLED, OutcomeKind.BANNED}


def classify(error: Exception) -> Outcome:
    """Only what the closed list names is definite; a server's fault (5xx) never is, whatever else it says."""
    if not isinstance(error, VenueError):
        return Outcome(OutcomeKind.UNKNOWN, type(error).__name__)
    if not error.sent:
        return Outcome(OutcomeKind.REJECTED, "NOT_SENT")
    text = " ".join(str(error).lower().split())
    code = _number(error.code)
    if error.kind == "transport":
        return Outcome(OutcomeKind.UNKNOWN, "NO_ANSWER")
    if error.status is not None and not 400 <= error.status < 500:
        if code == -1008 and "throttled by system-level protection" in text:
            return _quiet(OutcomeKind.THROTTLED, "OVERLOADED", error, 1_000)
        if error.kind == "http" or error.status >= 500:
            return Outcome(OutcomeKind.UNKNOWN, f"HTTP_{error.status}")
    return _restraint(error, code, text) or _answer(error, code, text)


def _restraint(error: VenueError, code: int | None, text: str) -> Outcome | None:
    """The venue wants to be left alone."""
    until = re.search(r"banned until (\d{13})", text)
    if error.status == 418 or (code == -1003 and "banned" in text):
        quiet = _quiet(OutcomeKind.BANNED, "BANNED", error, BANNED_MS)
        return Outcome(quiet.kind, quiet.code, quiet.quiet_ms, int(until[1]) if until else 0)
    if error.status == 429 or code in (-1003, -1015):
        return _quiet(
            OutcomeKind.THROTTLED, "TOO_MANY_ORDERS" if code == -1015 else "THROTTLED", error, QUIET_MS
        )
    if error.status == 403 and error.kind == "http":
        return _quiet(OutcomeKind.THROTTLED, "FIREWALL", error, QUIET_MS)
    return None


def _answer(error: VenueError, code: int | None, text: str) -> Outcome:
    if error.kind == "http":
        named = STATUSES.get(error.status or 0)
        kind = OutcomeKind.REJECTED if named else OutcomeKind.UNKNOWN
        return Outcome(kind, named or f"HTTP_{error.status}")
    if code in ABSENT_CODES and ("unknown order" in text or "does not exist" in text):
        return Outcome(OutcomeKind.NOT_FOUND, "NOT_FOUND")
    filtered = text.partition(FILTER_TEXT)[2].split(" ")[0].strip(".,").upper()
    if filtered and code in (-1013, -1010, -2010):
        return Outcome(OutcomeKind.REJECTED, TOO_MANY_OPEN if filtered in FULL_FILTERS else FILTER)
    named = DEFINITE.get(code) if code is not None else None
    if code in SPEAKING:
        named = next((word for known, word in TEXTS if known in text), None)
    if named is None:
        return Outcome(OutcomeKind.UNKNOWN, f"VENUE_{error.code}")
    return Outcome(OutcomeKind.REJECTED, named)


def _quiet(kind: OutcomeKind, code: str, error: VenueError, default_ms: int) -> Outcome:
    asked = error.retry_after_ms
    return Outcome(kind, code, asked if asked is not None and asked > 0 else default_ms)


def _number(code: int | str | None) -> int | None:
    """The code as a number; a venue may write it as text."""
    try:
        return None if code is None else int(code)
    except ValueError:
        return None
