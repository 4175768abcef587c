"""What the policies that read an order book share: whether there is one to read."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.books import Top
from barfinex.inspector.proposal import Finding, MissingFact, Proposal

UNFED = Finding(True, "no book is fed", "not required")


def fresh_top(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Top | None:
    """The last sample of the book; None where the feed never had one and none is required.

    Raises:
        MissingFact: a book is required, or there was one once and it is too old now.
    """
    top = book.books.tops.get(proposal.intent.instrument)
    if top is None:
        if limits.book_required:
            raise MissingFact("book")
        return None
    if not 0 <= proposal.now - top.at <= limits.book_age_ms_max:
        raise MissingFact(f"book of the last {limits.book_age_ms_max} ms")
    return top
