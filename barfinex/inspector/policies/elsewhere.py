"""The controls of the catalogue that judge no entry, and where they live."""

from __future__ import annotations

from typing import NamedTuple


class Elsewhere(NamedTuple):
    """`ids`: rows of the catalogue; `where`: the files that hold the control."""

    ids: str
    control: str
    where: str


ELSEWHERE: tuple[Elsewhere, ...] = (
    Elsewhere("C9", "Message throttle: entries and cancels have own budgets", "provider/throttle.py"),
    Elsewhere(
        "C23",
        "Approval: one order, by hash, once, until it expires",
        "inspector/approvals.py, provider/orders.py",
    ),
    Elsewhere("C24 O29", "Kill switch and stand-down; exits and protection go on", "inspector/governor.py"),
    Elsewhere(
        "C25",
        "A dead process: stops rest at the venue; recovery",
        "provider/reconciliation/",
    ),
    Elsewhere("C26", "Trading states, and who may lift them", "inspector/governor.py"),
    Elsewhere(
        "C27 O1 O2 O3 O4 O21",
        "Stop, targets, break-even and trail; a position without a stop",
        "inspector/protection.py, inspector/ladder.py",
    ),
    Elsewhere("C28", "Orders, positions and balances compared with the venue's", "provider/reconciliation/"),
    Elsewhere("C29", "A fill counts before the next verdict: one handler, one book", "inspector/book.py"),
    Elsewhere(
        "C30", "Alerts: every trip is an event, shown as it happens", "studio/projection.py, audit/views.sql"
    ),
    Elsewhere(
        "C31",
        "Deployment: version, configuration, strategies and data by hash in each run",
        "events/kernel.py: RunStarted",
    ),
    Elsewhere(
        "C32", "Reuse: unknown keys are refused; events are versioned", "config/bounds.py, events/base.py"
    ),
    Elsewhere("C33", "Validation before a release: drills, chaos, bench", "runtime/drills/, Makefile"),
    Elsewhere(
        "C35",
        "Exclusive control: only an approval opens the gate, only the Inspector makes one",
        "inspector/approvals.py, provider/orders.py",
    ),
    Elsewhere("O10 O19", "Size from risk, never above the largest position", "inspector/sizing.py"),
    Elsewhere("O18", "Time stop", "inspector/protection.py"),
    Elsewhere(
        "O20",
        "Default leverage: none is set at a venue; exposure is bounded instead",
        "policies/gross_exposure.py",
    ),
)
