"""What a model is worth is measured in both arms, and only where it could not know the answer."""

from __future__ import annotations

import pytest

from barfinex.advisor.llm.budget import DAY_MS
from barfinex.advisor.llm.context import build_context
from barfinex.advisor.llm.value import (
    Counterfactual,
    Worth,
    counts,
    flipped,
    is_held_out,
    is_probed,
    probed,
    report,
    settled,
)
from tests.advisor.llm.builders import context, leaves


def record(number: int = 0, *, p_llm: float = 0.6, size_llm: float = 1.0, at: int = 0) -> Counterfactual:
    return Counterfactual(f"d{number}", at, 0.5, p_llm, 1.0, size_llm)


def test_one_decision_in_ten_is_held_out_and_one_call_in_a_hundred_probed() -> None:
    names = [f"decision-{n}" for n in range(20_000)]
    assert sum(map(is_held_out, names)) / len(names) == pytest.approx(0.1, abs=0.01)
    assert sum(map(is_probed, names)) / len(names) == pytest.approx(0.01, abs=0.003)


def test_only_decisions_a_month_past_the_cutoff_count_and_no_replayed_ones() -> None:
    assert not counts(record(at=30 * DAY_MS), 0)
    assert counts(record(at=30 * DAY_MS + 1), 0)
    assert not counts(Counterfactual("d", 99 * DAY_MS, 0.5, 0.6, 1.0, 1.0, replayed=True), 0)


def test_a_better_forecast_is_worth_something() -> None:
    worth = Worth()
    for number in range(400):
        won = number % 5 != 0
        worth = settled(
            worth, record(number, p_llm=0.7), won=won, net_r=1.0 if won else -1.0, latency_ms=100.0, cost=0.01
        )
    found = report(worth)
    assert found.n == 400
    assert found.delta_brier == pytest.approx(0.25 - (0.8 * 0.09 + 0.2 * 0.49))
    assert 0.0 < found.cs_low <= found.delta_brier <= found.cs_high
    assert found.e_for > 20.0
    assert found.e_against < 1.0
    assert found.delta_log > 0.0
    assert found.latency_ms == pytest.approx(100.0)
    assert found.cost == pytest.approx(0.01)
    assert found.r_per_usd == found.delta_r == 0.0


def test_a_veto_is_worth_the_loss_it_saves() -> None:
    worth = settled(Worth(), record(size_llm=0.0), won=False, net_r=-1.0, latency_ms=1.0, cost=0.5)
    found = report(worth)
    assert found.delta_r == pytest.approx(1.0)
    assert found.r_per_usd == pytest.approx(2.0)


def test_nothing_is_claimed_of_nothing() -> None:
    found = report(Worth())
    assert (found.n, found.e_for, found.sensitivity, found.r_per_usd) == (0, 1.0, None, None)
    assert (found.cs_low, found.cs_high) == (-1.0, 1.0)


def test_sensitivity_is_the_share_of_probes_that_changed_the_stance() -> None:
    worth = Worth()
    for changed in (True, False, False, False):
        worth = probed(worth, changed=changed)
    assert report(worth).sensitivity == 0.25


def test_a_probe_turns_the_signed_leaves_and_leaves_the_rest() -> None:
    about = context()
    turned = flipped(about)
    changed = {path for path, leaf in about.leaves.items() if turned.leaves[path] != leaf}
    assert changed == {"/features/mom_z", "/features/ofi_z"}
    assert turned.leaves["/features/mom_z"].value == -1.4234
    assert turned.id != about.id
    assert flipped(turned).id == about.id


def test_a_probe_turns_those_that_moved_the_conviction_most() -> None:
    facts = leaves()
    facts |= {f"/features/x{letter}_z": facts["/features/mom_z"] for letter in "abc"}
    about = build_context(facts, attribution={f"/features/x{letter}_z": 0.5 for letter in "abc"})
    turned = flipped(about)
    changed = {path for path, leaf in about.leaves.items() if turned.leaves[path] != leaf}
    assert changed == {"/features/xa_z", "/features/xb_z", "/features/xc_z"}
