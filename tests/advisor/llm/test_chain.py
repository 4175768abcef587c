"""A chain is one route: its first answer that is one, and what all of it took."""

from __future__ import annotations

import pytest

from barfinex.advisor.llm.asking import COST_ESTIMATED, Terms, ask
from barfinex.advisor.llm.chain import Chain
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.reply import Abstention, Reply, Source
from barfinex.advisor.llm.synthesis import SynthesisResult
from tests.advisor.llm.builders import Scripted, context, output, reply

ABOUT = context()


def late() -> Scripted:
    return Scripted(Reply("", "scripted", 300.0, 0, 0.0, fault=Abstention.TIMEOUT))


class Broken:
    name = "broken"

    def review(self, context: Context, findings: object = (), /) -> Reply:
        raise ConnectionError


def asked(chain: Chain) -> SynthesisResult:
    return ask(Terms(chain, chain.name, Mode.TILT, 1.0), ABOUT, 2500.0, lambda first: True)


def test_the_first_answer_is_the_chains_and_all_of_it_is_paid_for() -> None:
    found = asked(Chain([late(), Broken(), Scripted(reply(output(ABOUT))), Scripted()]))
    assert found.route == "scripted>broken>scripted>scripted"
    assert (found.source, found.abstained, found.latency_ms) == (Source.LLM, None, 420.0)
    assert found.cost == pytest.approx(COST_ESTIMATED + 0.002)
    assert found.flags == (Abstention.TIMEOUT, Abstention.REFUSED)


def test_where_nobody_answers_the_last_fault_is_the_chains() -> None:
    """So that its breaker opens: the rules are no answer of a model."""
    found = asked(Chain([Broken(), late()]))
    assert (found.abstained, found.route, found.latency_ms) == (Abstention.TIMEOUT, "broken>scripted", 300.0)


def test_a_chain_of_nobody_is_none() -> None:
    with pytest.raises(ValueError, match="no routes"):
        Chain([])
