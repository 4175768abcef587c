"""The policies, in the order shown to people. All run; one that errs or lacks a fact refuses (I4)."""

from __future__ import annotations

from collections.abc import Callable

from barfinex.config import InspectorConfig
from barfinex.domain.verdict import Breach, Check
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.bracket import bracket
from barfinex.inspector.policies.cooldown import cooldown
from barfinex.inspector.policies.daily_loss import daily_loss
from barfinex.inspector.policies.drawdown import drawdown
from barfinex.inspector.policies.duplicate import duplicate
from barfinex.inspector.policies.expiry import expiry
from barfinex.inspector.policies.gross_exposure import gross_exposure
from barfinex.inspector.policies.leaving import exit_quantity, position_exists
from barfinex.inspector.policies.loss_streak import loss_streak
from barfinex.inspector.policies.open_positions import open_positions
from barfinex.inspector.policies.opposing import opposing
from barfinex.inspector.policies.position_size import position_size
from barfinex.inspector.policies.price_collar import price_collar
from barfinex.inspector.policies.quantity import quantity
from barfinex.inspector.policies.stale_data import stale_data
from barfinex.inspector.policies.trading_state import trading_state
from barfinex.inspector.proposal import Finding, MissingFact, Proposal

Policy = Callable[[Proposal, RiskBook, InspectorConfig], Finding]

POLICIES: tuple[Policy, ...] = (
    trading_state,
    expiry,
    duplicate,
    opposing,
    bracket,
    quantity,
    position_size,
    gross_exposure,
    open_positions,
    drawdown,
    daily_loss,
    loss_streak,
    cooldown,
    price_collar,
    stale_data,
)
EXIT_POLICIES: tuple[Policy, ...] = (position_exists, exit_quantity)

Verdict = tuple[tuple[Check, ...], tuple[Breach, ...]]


def judge(
    policies: tuple[Policy, ...], proposal: Proposal, book: RiskBook, limits: InspectorConfig
) -> Verdict:
    """Every policy's check, and a breach for each that did not pass; the order may go only without any."""
    checks: list[Check] = []
    breaches: list[Breach] = []
    for policy in policies:
        name = policy.__name__
        try:
            passed, value, limit, code = policy(proposal, book, limits)
        except MissingFact as missing:
            passed, value, limit, code = False, f"no {missing}", "known", "MISSING_FACT"
        except Exception as error:
            passed, value, limit, code = False, f"{type(error).__name__}: {error}", "no error", "ERROR"
        check = Check(name, passed, str(value), str(limit))
        checks.append(check)
        if not passed:
            breaches.append(Breach(name, code or name.upper(), check.value, check.limit))
    return tuple(checks), tuple(breaches)
