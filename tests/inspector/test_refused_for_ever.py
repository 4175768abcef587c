"""A venue that refuses whatever it is sent, and a position in many slices: asked ever less (I5, I10)."""

from __future__ import annotations

from random import Random

import pytest

from barfinex.domain.order import OrderType
from barfinex.inspector.ladder import WAIT_MS_MAX
from tests.inspector.story import NOON, Story, intent

TEN_MINUTES = 600_000


def in_slices(count: int) -> Story:
    """An entry that comes in so many fills, each with a stop and a target on their way."""
    story = Story(checks=False)
    story.price(100.0)
    story.propose(intent())
    story.submit("ord-1-e")
    for _ in range(count):
        story.fill("ord-1-e", "100", str(10 / count) if 10 % count else str(10 // count))
    return story


def refuse_all(story: Story, random: Random, ms: int, lag_ms: int) -> dict[str, int]:
    """For so long every order is refused, in any order, each after `lag_ms` at most; when each was sent."""
    sent = {order_id: NOON for order_id in story.sent if not order_id.endswith("-e")}
    until = story.now + ms
    while story.now < until:
        open_ones = [order_id for order_id in story.book.orders if not order_id.endswith("-e")]
        if open_ones:
            story.ring(random.randint(0, lag_ms))
            story.reject(random.choice(open_ones))
        else:
            at = story.clock.next_alert()
            story.ring(max(1, min(until, at or until) - story.now))
        for order_id in story.sent:
            if not order_id.endswith("-e"):
                sent.setdefault(order_id, story.now)
    return sent


@pytest.mark.parametrize("slices", [1, 2, 3, 5, 8, 16])
@pytest.mark.parametrize("lag_ms", [0, 20])
def test_ten_minutes_of_refusals_bring_few_orders_and_no_silence(slices: int, lag_ms: int) -> None:
    story = in_slices(slices)
    sent = refuse_all(story, Random(slices), TEN_MINUTES, lag_ms)
    legs = {order_id: at for order_id, at in sent.items() if "-t" not in order_id}
    assert len(legs) <= 12 + 32 * slices, "a few at once, and then at most one an instrument each turn"
    late = [at for at in legs.values() if at > NOON + 120_000]
    for begin in range(NOON + 120_000, NOON + TEN_MINUTES - WAIT_MS_MAX, 1_000):
        window = [at for at in late if begin <= at < begin + WAIT_MS_MAX]
        assert len(window) <= 2 * slices, "each slice at most twice in half a minute"
    kinds = {story.sent[order_id].order.type for order_id in legs if legs[order_id] > NOON + 60_000}
    assert OrderType.MARKET in kinds, "leaving is tried again"
    assert kinds & {OrderType.STOP, OrderType.STOP_LIMIT}, "and so is a stop"
    assert max(legs.values()) > NOON + TEN_MINUTES - WAIT_MS_MAX - 2_000, "to the end"
