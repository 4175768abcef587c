"""What a new entry is compared with: all that is open, and all that may yet be."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from barfinex.advisor.sizing.correlation import HELD_MAX
from barfinex.advisor.underway import GRACE_MS
from barfinex.events.inspector import TradeClosed
from tests.advisor.builders import NOW, case, round_trip
from tests.advisor.test_mind import intent, mind, refused
from tests.advisor.test_standing import opened as position
from tests.advisor.told import decision, trade_of

opened = partial(position, instrument="ETH-USDT")


def test_whatever_is_open_is_compared_whoever_decided_on_it() -> None:
    """Failed before: a position without a decision, or of one that recommended no size, read as flat."""
    made = mind()
    ours = decision(1, size=0.0, expected_r=0.3)
    made.note(ours, NOW)
    names = (trade_of(ours), "trd-of-somebody")
    for trade_id in names:
        made.take(opened(trade_id), NOW, NOW)
    held = made.desk(case(), made.facts(case())).held
    assert [(one.id, one.instrument, one.size) for one in held] == [(name, "ETH-USDT", -1) for name in names]


def test_an_entry_that_may_still_be_filled_is_compared() -> None:
    """Failed before: two signals at the close of one candle did not know of each other."""
    made, sent = mind(), intent(1)

    def held(now: int = NOW) -> list[tuple[str, str, float]]:
        one = replace(case(number=2), as_of=now)
        return [(each.id, each.instrument, each.size) for each in made.desk(one, made.facts(one)).held]

    made.propose(sent)
    waits = [(sent.trade_id, "BTC-USDT", 1)]
    assert held() == held(sent.expires_at + GRACE_MS) == waits
    assert held(sent.expires_at + GRACE_MS + 1) == [], "nothing became of it"
    made.take(refused(1), NOW, NOW)
    assert held() == []
    made.propose(intent(3))
    made.take(opened(intent(3).trade_id), NOW, NOW)
    assert held() == [(intent(3).trade_id, "ETH-USDT", -1)], "counted once"
    made.take(TradeClosed(instrument="", trade=round_trip(intent(3).trade_id, "1"), r_net=1.0), NOW, NOW)
    assert held() == []


def test_more_than_can_be_compared_leaves_nothing() -> None:
    """Failed before: only the latest two hundred positions were looked at, the others read as flat."""
    made = mind()
    for number in range(HELD_MAX):
        made.take(opened(f"trd-{number}", instrument=f"COIN{number}"), NOW, NOW)
    assert len(made.desk(case(), made.facts(case())).held) == HELD_MAX
