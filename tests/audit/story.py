"""Told by hand: a trade closed by its strategy, an open position, a signal declined and one refused."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from barfinex.audit.journal import SqliteJournal
from barfinex.domain.conviction import Conviction
from barfinex.domain.intent import ExecutionIntent
from barfinex.domain.mismatch import MismatchKind, Repair, Severity
from barfinex.domain.order import Fill, OrderRequest, OrderType, Purpose, Side
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Bracket, ConditionScore, Direction, Regime, Signal, SignalKind
from barfinex.domain.verdict import Approved, Breach, Check
from barfinex.events import advisor, inspector, kernel, provider, studio
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected

D = Decimal
BTC, NOON = "BTC-USDT", 1_700_000_040_000
CHECKS = (Check("position_size", True, "60000", "70000"), Check("cooldown", True, "0", "0"))


def signal(name: str, kind: SignalKind = SignalKind.ENTRY, trade_id: str | None = None) -> SignalDetected:
    conditions = (ConditionScore("cross", 1.0, 0.75, 0.75), ConditionScore("calm", 0.0, 0.25, 0.0))
    bracket = Bracket(0.02, 0.04) if kind is SignalKind.ENTRY else None
    made = Signal(
        f"sig-{name}", "trend", BTC, "1m", kind, Direction.LONG, 0.75, 0.5, conditions, NOON - 60_000,
        "c0ffee", 60_000.25, NOON + 60_000, bracket, trade_id,
    )  # fmt: skip
    return SignalDetected(signal=made)


def stages(name: str) -> list[Event]:
    about = {"instrument": BTC, "decision_id": f"dec-{name}"}
    return [
        advisor.ContextGathered(
            **about, strategy="trend", as_of=NOON, candles=300, price=60_000.25, volatility=0.001, trend=0.5,
            spread_bps=1.0, regime=Regime.TREND_UP, leaves=40, max_known_at=NOON, context_hash="c0",
        ),
        advisor.QualityGraded(**about, grade=0.9, findings=("depth",), components=(("depth", 0.9),)),
        advisor.EvidenceWeighed(
            **about, items=(("trend", 0.25),), logit=0.25, ml_logit=None, agreement=0
        ),
        advisor.ConvictionScored(
            **about, base_rate=0.45, labels=20, raw=0.5, rungs=(("base", 0.5, 1.0),), phase="prior",
            n_eff=12.0, model_id="",
        ),
        advisor.ConvictionCalibrated(
            **about, calibrated=0.55, slope=1.0, intercept=0.0, calibrator="none", calibrator_id="", se=0.1,
            lcb=0.4, ucb=0.7, n_eff_regime=3.0, posterior=(0.2, 0.2, 0.2, 0.2, 0.2), venn_abers=(),
        ),
        advisor.SynthesisCompleted(
            **about, stance="SUPPORT", synthesizer="rules", rationale="", conviction=0.55, source="rule",
            tilt=0, delta_logit=0.0, verified=0, latency_ms=0, cost=0.0,
        ),
        advisor.ExecutionValidated(
            **about, spread_bps=1.0, spread_to_stop=0.01, reward_risk=2.0, reward_risk_net=1.8, cost_r=0.1,
            breakeven=0.35, expected_r=0.3, expected_r_lcb=0.1, r_range=(), entry=60_001.0, moved=0.0,
            ttl_left_ms=60_000, checks=(("EX_EV_NEGATIVE", True),),
        ),
    ]  # fmt: skip


def proposed(name: str, trade: str, kind: SignalKind = SignalKind.ENTRY) -> advisor.IntentProposed:
    intent = ExecutionIntent(
        f"int-{name}", f"sig-{name}", f"trd-{trade}", "trend", BTC, kind, Direction.LONG, 60_000.25,
        Bracket(0.02, 0.04), Conviction(0.5, 0.55, 20), NOON + 60_000,
    )  # fmt: skip
    return advisor.IntentProposed(instrument=BTC, decision_id=f"dec-{name}", authority="gate", intent=intent)


def order(trade: str, letter: str, purpose: Purpose, intent: str, side: Side = Side.SELL) -> OrderRequest:
    kind = OrderType.STOP if purpose is Purpose.STOP else OrderType.MARKET
    trigger = D("58800.5") if purpose is Purpose.STOP else None
    return OrderRequest(
        f"ord-{trade}-{letter}", BTC, side, kind, D("0.5"), purpose, f"trd-{trade}", "trend", f"int-{intent}",
        trigger=trigger, reduce_only=not purpose.opens,
    )  # fmt: skip


def permit(request: OrderRequest) -> Approved[OrderRequest]:
    return Approved(f"apr-{request.id[4:]}", request, request.fingerprint(), NOON + 2_000)


def executed(request: OrderRequest, price: str, filled: str, amount: str | None = None) -> list[Event]:
    amount = amount or filled
    fill = Fill(f"{request.id}.{filled}", request.id, BTC, request.side, D(amount), D(price), D(30), NOON)
    return [
        provider.OrderFilled(
            instrument=BTC, order_id=request.id, fill=fill, filled=D(filled), quantity=request.quantity
        )
    ]


def sent(request: OrderRequest) -> list[Event]:
    """Accepted by the venue at once."""
    return [
        provider.OrderSubmitted(instrument=BTC, approval_id=permit(request).id, request=request),
        provider.OrderAccepted(instrument=BTC, order_id=request.id),
    ]


def approved(name: str, request: OrderRequest) -> inspector.IntentApproved:
    return inspector.IntentApproved(
        instrument=BTC, intent_id=f"int-{name}", checks=CHECKS, approval=permit(request)
    )


def entered(name: str, filled: str = "0.5") -> list[Event]:
    """From the signal to a protected position."""
    entry = order(name, "e", Purpose.ENTRY, name, Side.BUY)
    stop = order(name, "s", Purpose.STOP, name)
    return [
        signal(name),
        *stages(name),
        proposed(name, name),
        approved(name, entry),
        *sent(entry),
        *executed(entry, "60000.25", filled),
        inspector.PositionOpened(
            instrument=BTC, trade_id=f"trd-{name}", strategy="trend", direction=Direction.LONG,
            quantity=D(filled), entry_price=D("60000.25"), entry_ts=NOON, stop=D("58800.5"), target=None,
        ),
        inspector.ProtectionApproved(
            instrument=BTC, trade_id=f"trd-{name}", reason="bracket", approvals=(permit(stop),)
        ),
        *sent(stop),
    ]  # fmt: skip


def left(name: str, by: str) -> list[Event]:
    """The strategy ends the position; the exit fills in two slices, the stop is taken back."""
    leave = order(name, "x", Purpose.EXIT, by)
    trade = RoundTrip(
        f"trd-{name}", "trend", BTC, Direction.LONG, D("0.5"), NOON, NOON + 60_000, D("60000.25"),
        D("61000.25"), D(60), D(440), "cross",
    )  # fmt: skip
    return [
        signal(by, SignalKind.EXIT, f"trd-{name}"),
        proposed(by, name, SignalKind.EXIT),
        approved(by, leave),
        *sent(leave),
        *executed(leave, "61000.25", "0.2"),
        *executed(leave, "61000.25", "0.5", "0.3"),
        inspector.CancelRequested(instrument=BTC, order_id=f"ord-{name}-s", reason="flat"),
        provider.OrderCancelled(instrument=BTC, order_id=f"ord-{name}-s", reason="flat"),
        inspector.TradeClosed(
            instrument=BTC, trade=trade, r_net=0.73, unprotected_ms=42, unprotected_ms_worst=40
        ),
        inspector.EquityMarked(equity=D(100440), peak=D(100440), drawdown=D(0)),
    ]


def declined(name: str) -> list[Event]:
    no = advisor.SignalDeclined(
        instrument=BTC, decision_id=f"dec-{name}", signal_id=f"sig-{name}", strategy="trend", stage="quality",
        code="QUALITY_LOW", value="0.1", limit="0.3",
    )  # fmt: skip
    return [signal(name), *stages(name)[:2], no]


def refused(name: str) -> list[Event]:
    breaches = (
        Breach("position_size", "POSITION_TOO_BIG", "90000", "70000"),
        Breach("cooldown", "COOLING_DOWN", "5", "60"),
    )
    no = inspector.IntentRefused(
        instrument=BTC, intent_id=f"int-{name}", signal_id=f"sig-{name}", strategy="trend", quantity=D("1.5"),
        checks=CHECKS, breaches=breaches,
    )  # fmt: skip
    return [signal(name), *stages(name), proposed(name, name), no]


def differs() -> provider.MismatchFound:
    """A trade on the account that is not ours."""
    return provider.MismatchFound(
        instrument=BTC, kind=MismatchKind.FILL_FOREIGN, about="m-1", here="no order of ours",
        there="buy 1 at 100", repair=Repair.ADOPT, severity=Severity.TOLD,
    )  # fmt: skip


def told() -> list[Envelope]:
    """All of it, in one run."""
    started = kernel.RunStarted(
        mode="backtest",
        version="0",
        config={"seed": 7},
        config_hash="abc",
        strategies={"trend": "1"},
        data={},
    )
    halted = [
        studio.HaltRequested(way="command", reason="lunch"),
        inspector.TradingHalted(way="command", reason="lunch"),
    ]
    groups: list[list[Event]] = [
        [started],
        entered("aa"),
        declined("bb"),
        refused("cc"),
        left("aa", by="dd"),
        entered("ee", filled="0.3"),
        halted,
        [differs()],
        [kernel.RunEnded(reason="the data ended")],
    ]
    rows: list[Envelope] = []
    for group in groups:
        rows += stamped(group, len(rows))
    return rows


def stamped(events: Sequence[Event], before: int = 0, run: str = "run-1") -> list[Envelope]:
    """One decision: the first event begins it, each answers the one before."""
    begins = before + 1
    return [
        Envelope(
            begins + at, run, event.publisher, NOON, NOON + at, begins, before + at if at else 0, event, at
        )
        for at, event in enumerate(events)
    ]


def write(path: Path, envelopes: Sequence[Envelope]) -> str:
    """A journal of these rows; its head."""
    with SqliteJournal(path, sync="batch") as journal:
        for envelope in envelopes:
            journal.append(envelope)
        return journal.head


def notes(count: int, before: int = 0) -> list[Envelope]:
    """Rows that are cheap to make."""
    return stamped([kernel.ModuleStarted(module=f"m{at}") for at in range(count)], before)
