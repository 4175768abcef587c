"""The policies, in the order shown to people. All run; one that errs or lacks a fact refuses (I4)."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.verdict import Breach, Check
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.attribution import attribution
from barfinex.inspector.policies.bracket import bracket
from barfinex.inspector.policies.close_liquidity import close_liquidity
from barfinex.inspector.policies.control import Policy as Policy
from barfinex.inspector.policies.cooldown import cooldown
from barfinex.inspector.policies.daily_fall import daily_fall
from barfinex.inspector.policies.daily_loss import daily_loss
from barfinex.inspector.policies.daily_profit import daily_profit
from barfinex.inspector.policies.drawdown import drawdown
from barfinex.inspector.policies.duplicate import duplicate
from barfinex.inspector.policies.expiry import expiry
from barfinex.inspector.policies.gross_exposure import gross_exposure
from barfinex.inspector.policies.gross_notional import gross_notional
from barfinex.inspector.policies.group_positions import group_positions
from barfinex.inspector.policies.group_share import group_share
from barfinex.inspector.policies.holding_time import holding_time
from barfinex.inspector.policies.impact import impact
from barfinex.inspector.policies.instrument_share import instrument_share
from barfinex.inspector.policies.leaving import exit_quantity, position_exists
from barfinex.inspector.policies.liquidation_distance import liquidation_distance
from barfinex.inspector.policies.loss_streak import loss_streak
from barfinex.inspector.policies.losses_per_day import losses_per_day
from barfinex.inspector.policies.low_profit import low_profit
from barfinex.inspector.policies.market_quality import market_quality
from barfinex.inspector.policies.net_exposure import net_exposure
from barfinex.inspector.policies.no_trade import no_trade
from barfinex.inspector.policies.open_orders import open_orders
from barfinex.inspector.policies.open_positions import open_positions
from barfinex.inspector.policies.opposing import opposing
from barfinex.inspector.policies.order_quantity import order_quantity
from barfinex.inspector.policies.order_value import order_value
from barfinex.inspector.policies.permitted import permitted
from barfinex.inspector.policies.position_size import position_size
from barfinex.inspector.policies.price_collar import price_collar
from barfinex.inspector.policies.quantity import quantity
from barfinex.inspector.policies.quote_share import quote_share
from barfinex.inspector.policies.repeated_execution import repeated_execution
from barfinex.inspector.policies.reserve_balance import reserve_balance
from barfinex.inspector.policies.reward_risk import reward_risk
from barfinex.inspector.policies.same_content import same_content
from barfinex.inspector.policies.self_match import self_match
from barfinex.inspector.policies.spread import spread
from barfinex.inspector.policies.stale_data import stale_data
from barfinex.inspector.policies.stop_guard import stop_guard
from barfinex.inspector.policies.strategy_size import strategy_size
from barfinex.inspector.policies.trade_risk import trade_risk
from barfinex.inspector.policies.trades_per_day import trades_per_day
from barfinex.inspector.policies.trading_state import trading_state
from barfinex.inspector.policies.unknown_order import unknown_order
from barfinex.inspector.policies.volatility_breaker import volatility_breaker
from barfinex.inspector.policies.weekly_fall import weekly_fall
from barfinex.inspector.proposal import MissingFact, Proposal

POLICIES: tuple[Policy, ...] = (
    trading_state,
    expiry,
    attribution,
    permitted,
    no_trade,
    duplicate,
    same_content,
    repeated_execution,
    opposing,
    self_match,
    unknown_order,
    bracket,
    holding_time,
    reward_risk,
    trade_risk,
    quantity,
    order_quantity,
    order_value,
    position_size,
    instrument_share,
    quote_share,
    group_share,
    group_positions,
    strategy_size,
    gross_exposure,
    gross_notional,
    net_exposure,
    reserve_balance,
    liquidation_distance,
    open_positions,
    open_orders,
    drawdown,
    daily_loss,
    daily_fall,
    weekly_fall,
    daily_profit,
    loss_streak,
    losses_per_day,
    trades_per_day,
    stop_guard,
    low_profit,
    cooldown,
    price_collar,
    stale_data,
    market_quality,
    volatility_breaker,
    spread,
    impact,
    close_liquidity,
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
        check, code = _ask(policy, proposal, book, limits)
        checks.append(check)
        if not check.passed:
            breaches.append(Breach(check.policy, code or check.policy.upper(), check.value, check.limit))
    return tuple(checks), tuple(breaches)


def _ask(policy: Policy, proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> tuple[Check, str]:
    """One policy's check, and the code of its breach where that is not simply its name."""
    name = policy.name
    try:
        found = policy.judge(proposal, book, limits)
        return Check(name, found.passed is True, str(found.value), str(found.limit)), found.code
    except MissingFact as missing:
        return Check(name, False, f"no {missing}", "known"), "MISSING_FACT"
    except Exception as error:
        return Check(name, False, f"{type(error).__name__}: {error}", "no error"), "ERROR"
