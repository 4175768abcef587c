"""While an order is UNKNOWN its whole size counts and its instrument takes no entry (I15)."""

from __future__ import annotations

import pytest

from barfinex.events.inspector import IntentRefused
from barfinex.events.provider import OrderUnconfirmed
from tests.inspector.story import BTC, D, Story, intent, names, only


def in_doubt() -> Story:
    """An entry for ten was sent, and nobody knows whether it arrived."""
    story = Story()
    story.price(100.0)
    story.propose(intent())
    story.feed(OrderUnconfirmed(instrument=BTC, order_id="ord-1-e", reason="timed out"))
    return story


def doubted(story: Story) -> list[str]:
    return [order_id for order_id, order in story.book.orders.items() if order.unknown]


def test_an_instrument_with_an_order_in_doubt_takes_no_entry() -> None:
    story = in_doubt()
    refused = only(story.propose(intent("2", strategy="other")), IntentRefused)
    assert "unknown_order" in [breach.policy for breach in refused.breaches]
    (reserved,) = story.book.entries()
    assert reserved.remaining == D(10), "the whole of it counts"


@pytest.mark.parametrize("settles", ["submit", "fill", "reject", "cancel", "expire"])
def test_any_evidence_ends_the_doubt(settles: str) -> None:
    story = in_doubt()
    if settles == "fill":
        story.fill("ord-1-e", "100", "4")
    else:
        getattr(story, settles)("ord-1-e")
    assert doubted(story) == []
    checks = names(story.propose(intent("2", strategy="other")))
    assert checks == ["IntentApproved"]


def test_a_doubt_about_an_order_that_is_over_is_none() -> None:
    story = in_doubt()
    story.cancel("ord-1-e")
    story.feed(OrderUnconfirmed(instrument=BTC, order_id="ord-1-e", reason="late"))
    assert doubted(story) == []
