"""The report is plain data, and its parts agree."""

from __future__ import annotations

import json

import pytest
from msgspec import to_builtins

from barfinex.advisor.value.efficiency import Capital
from barfinex.advisor.value.ledger import Ledger
from barfinex.advisor.value.outcome import Chain
from barfinex.advisor.value.probation import Probation
from barfinex.advisor.value.report import report


def test_the_report_brings_the_four_together_as_json() -> None:
    ledger, chain, capital, probation = Ledger(), Chain(), Capital(), Probation()
    ledger.refuse("d1", "quality", "QUALITY_TOO_LOW", 0.1, 0.5)
    ledger.settle("d1", -1.0)
    chain.add(-1.0, 0.0, 0.0, 0.0)
    chain.add(1.4, 0.02, 0.02, 0.02)
    capital.add(1.4, 0.3, 0.1, 0.2, 5.0)
    probation.admit("s", 1.4)
    found = report(ledger, chain, capital, probation, hours=24.0)
    assert found.efficiency.opportunity_cost_r == pytest.approx(-1.0)
    assert found.worth.selection == pytest.approx(1.4 - 0.2)
    assert [one.strategy for one in found.strategies] == ["s"]
    plain = json.loads(json.dumps(to_builtins(found), allow_nan=False))
    assert plain["codes"][0]["name"] == "QUALITY_TOO_LOW"
    assert plain["stages"][0]["r_saved"] == 1.0


def test_nothing_yet_is_a_report_too() -> None:
    found = report(Ledger(), Chain(), Capital(), Probation(), hours=0.0)
    assert json.dumps(to_builtins(found), allow_nan=False)
    assert found.stopped.mean_r is None
