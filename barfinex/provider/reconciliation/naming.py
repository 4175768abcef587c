"""A difference by its kind: severity and reach come from the one table."""

from __future__ import annotations

from barfinex.domain.mismatch import MEANINGS, Mismatch, MismatchKind, Severity
from barfinex.events.base import Event
from barfinex.provider.reconciliation.belief import Difference


def difference(
    kind: MismatchKind,
    subject: str,
    instrument: str,
    here: str,
    there: str,
    fact: Event | None = None,
    severity: Severity | None = None,
) -> Difference:
    """A mismatch of this kind; `severity` is given only where a rule makes it another than the table's."""
    meaning = MEANINGS[kind]
    blocks = severity or meaning.severity
    venue_wide = meaning.venue_wide and blocks is not Severity.TOLD
    mismatch = Mismatch(kind, subject, "" if venue_wide else instrument, here, there, blocks)
    return Difference(mismatch, fact)
