"""How long all policies take over one proposal, under the shipped limits, in processor time of their own."""

from __future__ import annotations

import time
from pathlib import Path

from barfinex.config import load
from barfinex.inspector.policies import POLICIES, judge
from tests.inspector.policy_cases import book, proposal

ROUNDS = 5_000


def measure() -> None:
    """Print the percentiles and the rate."""
    limits = load(Path("config/barfinex.toml")).inspector
    asked, made = proposal(), book()
    made.account.value(asked.now)
    took = []
    for _ in range(ROUNDS):
        began = time.thread_time_ns()
        judge(POLICIES, asked, made, limits)
        took.append(time.thread_time_ns() - began)
    took.sort()
    middle, late = took[ROUNDS // 2] / 1_000, took[ROUNDS * 99 // 100] / 1_000
    rate = ROUNDS / (sum(took) / 1e9)
    print(
        f"{len(POLICIES)} policies over one proposal: p50 {middle:.0f} µs, p99 {late:.0f} µs, {rate:,.0f}/s"
    )
