"""The same question has one answer, and a replay asks nobody."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from barfinex.advisor.llm.asking import Terms, ask
from barfinex.advisor.llm.cache import Asked, Cache, Kept, Replayer, cache_key
from barfinex.advisor.llm.checker.finding import Finding
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.reply import Abstention, Reply, Source
from barfinex.advisor.llm.synthesis import judge
from tests.advisor.llm.builders import Scripted, context, output, reply

ASKED = Asked("provider", "api.example.com", "model-1", "fp", '{"temperature":0}')
ABOUT = context()


def key_of(about: Context, findings: tuple[Finding, ...] = ()) -> str:
    return cache_key(ASKED, about, findings)


def test_a_key_is_of_everything_that_makes_an_answer() -> None:
    others = [replace(ASKED, **{name: "other"}) for name in ASKED.__struct_fields__]
    keys = [key_of(ABOUT), key_of(context(mom_z=1.5)), *(cache_key(one, ABOUT) for one in others)]
    assert len(set(keys)) == len(keys) == 7
    assert all(len(key) == 64 for key in keys)
    assert key_of(context()) == keys[0]


def test_fields_do_not_run_into_one_another() -> None:
    assert cache_key(replace(ASKED, provider="ab", host="c"), ABOUT) != cache_key(
        replace(ASKED, provider="a", host="bc"), ABOUT
    )


def test_the_first_answer_stays_and_the_oldest_goes_when_it_is_full() -> None:
    """I10: the cache is bounded; what fell out is asked anew."""
    cache = Cache(2)
    for key, text in (("a", "1"), ("a", "2"), ("b", "3"), ("c", "4")):
        cache.keep(key, Kept("request", Reply(text, "route")))
    assert len(cache) == 2
    assert cache.find("a") is None
    assert [kept.reply.text for key in "bc" if (kept := cache.find(key))] == ["3", "4"]
    with pytest.raises(ValueError, match="entries_max"):
        Cache(0)


def test_a_failure_is_no_answer() -> None:
    cache = Cache()
    cache.keep("a", Kept("request", Reply("", "route", fault=Abstention.TIMEOUT)))
    assert cache.find("a") is None


def test_a_replay_gives_the_same_judgement_without_time_passing() -> None:
    cache, first = Cache(), reply(output(ABOUT))
    cache.keep(key_of(ABOUT), Kept("request", first))
    again = Replayer("scripted", cache, key_of).review(ABOUT)
    assert (again.source, again.latency_ms, again.cost) == (Source.REPLAY, 0.0, first.cost)
    assert again.route == first.route
    then, now = (judge(one, ABOUT, Mode.TILT, 0.5) for one in (first, again))
    assert (then.delta_logit, then.rationale_rendered) == (now.delta_logit, now.rationale_rendered)


def test_a_replay_of_a_mended_answer_is_mended_again() -> None:
    cache = Cache()
    false, true = reply(output(ABOUT, tilt=-1)), reply(output(ABOUT))
    findings = judge(false, ABOUT, Mode.TILT, 0.5).findings
    cache.keep(key_of(ABOUT), Kept("first", false))
    cache.keep(key_of(ABOUT, findings), Kept("second", true))
    again = Replayer("scripted", cache, key_of)
    then, now = (
        ask(Terms(one, "scripted", Mode.TILT, 0.5), ABOUT, 2500.0, lambda first: True)
        for one in (Scripted(false, true), again)
    )
    assert then.abstained is now.abstained is None
    assert (then.delta_logit, then.flags, then.claims) == (now.delta_logit, now.flags, now.claims)


def test_what_was_never_asked_is_a_miss_and_says_so() -> None:
    miss = Replayer("scripted", Cache(), key_of).review(context(mom_z=0.7))
    assert (miss.fault, miss.source, miss.route) == (Abstention.REPLAY_MISS, Source.REPLAY, "scripted")
