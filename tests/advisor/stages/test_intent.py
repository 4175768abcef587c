"""Stage 8: an intent that ends with its signal, unless somebody has said no meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.intent import Moment, Proposal, propose_intent
from barfinex.advisor.trace import Decline
from barfinex.domain.ids import kin
from barfinex.domain.signal import Direction
from barfinex.events.advisor import ConvictionAttributed, IntentProposed
from tests.advisor.builders import NOW, case, desk, known, serving
from tests.advisor.steps import validation


def moment(**changes: Any) -> Moment:
    return Moment(**{"now": NOW, "halted": "", "journal_stalled": False, "is_repeated": False, **changes})


def proposed(authority: str = "gate", **changes: Any) -> tuple[Proposal, list[Code]]:
    found = propose_intent(validation(), authority, moment(**changes))
    if isinstance(found, Decline):
        return found.output, [one.code for one in found.objections]
    return found, []


def test_the_intent_is_the_signal_with_a_conviction_and_a_size() -> None:
    found, codes = proposed()
    intent, signal = found.intent, case().signal
    assert codes == []
    assert (intent.id, intent.trade_id) == (kin("int", signal.id), kin("trd", signal.id))
    assert (intent.signal_id, intent.strategy, intent.instrument) == (
        signal.id,
        signal.strategy,
        signal.instrument,
    )
    assert (intent.direction, intent.bracket) == (Direction.LONG, signal.bracket)
    assert intent.expires_at == signal.expires_at
    assert intent.size == found.validation.terms.size.fraction
    conviction = intent.conviction
    assert conviction is not None
    assert conviction.calibrated == found.validation.synthesis.conviction
    assert conviction.raw == found.validation.synthesis.calibration.conviction.raw
    assert conviction.labels == known().labels


def test_what_adds_up_to_the_conviction_is_told_first() -> None:
    attributed, told = proposed()[0].events()
    assert isinstance(attributed, ConvictionAttributed)
    assert isinstance(told, IntentProposed)
    assert abs(attributed.residual) < 1e-9
    assert told.authority == "gate"


NO: list[tuple[Code, dict[str, Any]]] = [
    (Code.EM_KILL_SWITCH, {"halted": "global"}),
    (Code.EM_TTL_EXPIRED, {"now": case().signal.expires_at + 1}),
    (Code.EM_DUPLICATE_INTENT, {"is_repeated": True}),
    (Code.EM_BUS_UNAVAILABLE, {"journal_stalled": True}),
]


@pytest.mark.parametrize(("code", "change"), NO)
def test_who_says_no_meanwhile_is_heard_and_no_intent_is_told(code: Code, change: dict[str, Any]) -> None:
    """But an Advisor that only observes passes the signal on; the Inspector has its own switches."""
    found, codes = proposed(**change)
    assert codes == [code]
    assert [type(one) for one in found.events()] == [ConvictionAttributed]
    observed, codes = proposed("observe", **change)
    assert codes == [code]
    assert [type(one) for one in observed.events()] == [ConvictionAttributed, IntentProposed]


def test_at_its_last_moment_it_may_still_be_said() -> None:
    assert proposed(now=case().signal.expires_at)[1] == []


def test_all_that_is_wrong_is_named() -> None:
    changes = {name: value for _, change in NO for name, value in change.items()}
    assert proposed(**changes)[1] == [code for code, _ in NO]


def test_with_a_model_the_parts_still_add_up() -> None:
    made = desk(serving=serving())
    found = propose_intent(validation(desk=made), "gate", moment())
    assert isinstance(found, Proposal)
    attribution = found.validation.synthesis.attribution
    assert attribution.exact
    assert len(attribution.terms) > 24
