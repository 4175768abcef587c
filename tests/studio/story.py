"""A made-up day: three instruments, signals that are declined, refused and traded, and a halt."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from barfinex.config import Config
from barfinex.domain.candles import series_of
from barfinex.domain.order import Fill, OrderRequest, OrderType, Purpose, Side
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Bracket, ConditionScore, Direction, Signal, SignalKind
from barfinex.domain.verdict import Approved, Breach, Check
from barfinex.events import advisor, inspector, kernel, provider, studio
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected

START = 1_700_000_000_000
RUN = "run-0123456789abcdef"


class Story:
    """Numbers and stamps events as a bus would."""

    def __init__(self, start: int = START) -> None:
        self.seq, self.now = 0, start
        self.told: list[Envelope] = []

    def say(self, event: Event, *, after_ms: int = 0) -> Envelope:
        self.now += after_ms
        self.seq += 1
        envelope = Envelope(self.seq, RUN, event.publisher, self.now, self.now, self.seq, self.seq - 1, event)
        self.told.append(envelope)
        return envelope


def started(**limits: object) -> kernel.RunStarted:
    config = Config().model_dump(mode="json")
    config["inspector"].update(limits)
    return kernel.RunStarted(
        mode="paper", version="1", config=config, config_hash="c0ffee", strategies={"trend": "aa"}, data={}
    )


def candles(instrument: str, rows: list[list[float]], timeframe: str = "1m") -> provider.CandlesClosed:
    return provider.CandlesClosed(candles=series_of(instrument, timeframe, rows).block())


def walk(count: int, price: float, seed: int, start: int = START, step_ms: int = 60_000) -> list[list[float]]:
    """Rows of a seeded random walk."""
    moves = np.random.default_rng(seed).normal(0.0, 0.001, (count, 3))
    rows, last = list[list[float]](), price
    for k, (move, up, down) in enumerate(moves.tolist()):
        first, last = last, last * (1 + move)
        high, low = max(first, last) * (1 + abs(up) / 2), min(first, last) * (1 - abs(down) / 2)
        rows.append([start + k * step_ms, first, high, low, last, 10.0])
    return rows


def signal(name: str, **changes: object) -> Signal:
    fields: dict[str, object] = {
        "id": f"sig-{name}",
        "strategy": "trend",
        "instrument": "BTC-USDT",
        "timeframe": "1m",
        "kind": SignalKind.ENTRY,
        "direction": Direction.LONG,
        "score": 0.82,
        "threshold": 0.6,
        "conditions": (ConditionScore("ema_cross", 1.0, 0.82, 0.82),),
        "candle_ts": START,
        "candle_hash": "ab",
        "price": 60_000.0,
        "expires_at": START + 1,
        "bracket": Bracket(0.01, 0.02),
    }
    return Signal(**{**fields, **changes})  # type: ignore[arg-type]


def order(name: str, purpose: Purpose, **changes: object) -> OrderRequest:
    letter = {"entry": "e", "stop": "s", "target": "t", "exit": "x"}[purpose]
    fields: dict[str, object] = {
        "id": f"ord-{name}-{letter}",
        "instrument": "BTC-USDT",
        "side": Side.BUY,
        "type": OrderType.MARKET,
        "quantity": Decimal("0.5"),
        "purpose": purpose,
        "trade_id": f"trd-{name}",
        "strategy": "trend",
        "intent_id": f"int-{name}",
    }
    return OrderRequest(**{**fields, **changes})  # type: ignore[arg-type]


def filled(request: OrderRequest, price: str, ts: int, filled: str | None = None) -> provider.OrderFilled:
    quantity = Decimal(filled) if filled else request.quantity
    fill = Fill(
        f"f-{request.id}-{ts}",
        request.id,
        request.instrument,
        request.side,
        quantity,
        Decimal(price),
        Decimal("3.00"),
        ts,
    )
    return provider.OrderFilled(
        instrument=request.instrument,
        order_id=request.id,
        fill=fill,
        filled=quantity,
        quantity=request.quantity,
    )


def decline(name: str) -> list[Event]:
    found = signal(name, strategy="breakout", instrument="ETH-USDT", direction=Direction.SHORT, price=3_000.0)
    return [
        SignalDetected(signal=found),
        advisor.SignalDeclined(
            instrument=found.instrument,
            decision_id=f"dec-{name}",
            signal_id=found.id,
            strategy=found.strategy,
            stage="validation",
            code="spread_too_wide",
            value="31.25",
            limit="25.0",
        ),
    ]


def refuse(name: str) -> list[Event]:
    found = signal(name, strategy="mean_reversion", instrument="SOL-USDT", price=140.0)
    breaches = (
        Breach("position_size", "position_size", "31000.5", "25000"),
        Breach("cooldown", "cooldown", "900", "2000"),
    )
    return [
        SignalDetected(signal=found),
        inspector.IntentRefused(
            instrument=found.instrument,
            intent_id=f"int-{name}",
            signal_id=found.id,
            strategy=found.strategy,
            quantity=Decimal("12.5"),
            checks=tuple(Check(b.policy, False, b.value, b.limit) for b in breaches),
            breaches=breaches,
        ),
    ]


def enter(name: str, price: str = "60000", ts: int = START) -> list[Event]:
    """A long trade from its signal until it is protected."""
    entry = order(name, Purpose.ENTRY)
    bounds = {"side": Side.SELL, "reduce_only": True, "oco": f"oco-{name}"}
    stop_price, goal_price = Decimal(price) * Decimal("0.99"), Decimal(price) * Decimal("1.02")
    stop = order(name, Purpose.STOP, type=OrderType.STOP, trigger=stop_price, **bounds)
    goal = order(name, Purpose.TARGET, type=OrderType.TAKE_PROFIT, trigger=goal_price, **bounds)
    on = entry.instrument

    def permit(request: OrderRequest) -> Approved[OrderRequest]:
        return Approved(f"apr-{request.id}", request, request.fingerprint(), ts + 2_000)

    return [
        SignalDetected(signal=signal(name, price=float(price))),
        advisor.ConvictionCalibrated(
            instrument=on,
            decision_id=f"dec-{name}",
            calibrated=0.57,
            slope=1.0,
            intercept=0.0,
            calibrator="pooled",
        ),
        inspector.IntentApproved(
            instrument=on,
            intent_id=f"int-{name}",
            checks=(Check("cooldown", True, "0", "2000"),),
            approval=permit(entry),
        ),
        provider.OrderSubmitted(instrument=on, approval_id="apr-1", request=entry),
        provider.OrderAccepted(instrument=on, order_id=entry.id),
        filled(entry, price, ts),
        inspector.PositionOpened(
            instrument=on,
            trade_id=entry.trade_id,
            strategy="trend",
            direction=Direction.LONG,
            quantity=entry.quantity,
            entry_price=Decimal(price),
            entry_ts=ts,
            stop=stop_price,
            target=goal_price,
        ),
        inspector.ProtectionApproved(
            instrument=on, trade_id=entry.trade_id, reason="bracket", approvals=(permit(stop), permit(goal))
        ),
        provider.OrderSubmitted(instrument=on, approval_id="apr-2", request=stop),
        provider.OrderSubmitted(instrument=on, approval_id="apr-3", request=goal),
        provider.OrderAccepted(instrument=on, order_id=stop.id),
        provider.OrderAccepted(instrument=on, order_id=goal.id),
        inspector.ProtectionPlaced(
            instrument=on, trade_id=entry.trade_id, order_id=stop.id, unprotected_ms=27
        ),
    ]


def leave(name: str, entry: str = "60000", price: str = "61200", ts: int = START + 60_000) -> list[Event]:
    """That trade reaches its target."""
    goal = order(name, Purpose.TARGET, side=Side.SELL, reduce_only=True)
    net = (Decimal(price) - Decimal(entry)) * goal.quantity - 6
    trip = RoundTrip(
        goal.trade_id,
        "trend",
        goal.instrument,
        Direction.LONG,
        goal.quantity,
        START,
        ts,
        Decimal(entry),
        Decimal(price),
        Decimal(6),
        net,
        "target",
    )
    equity = Decimal(100_000) + net
    return [
        filled(goal, price, ts),
        provider.OrderCancelled(instrument=goal.instrument, order_id=f"ord-{name}-s", reason="oco"),
        inspector.TradeClosed(instrument=goal.instrument, trade=trip, r_net=float(net) / 300),
        inspector.EquityMarked(equity=equity, peak=max(equity, Decimal(100_000)), drawdown=Decimal(0)),
    ]


def halts() -> list[Event]:
    return [
        studio.HaltRequested(way="api", reason="news"),
        inspector.TradingHalted(way="api", reason="news"),
    ]


def day() -> Iterator[Envelope]:
    """All of it, in order."""
    story = Story()
    story.say(started())
    for name in ("detector", "advisor", "studio", "inspector", "provider"):
        story.say(kernel.ModuleStarted(module=name))
    rows = {
        symbol: walk(120, price, seed)
        for seed, (symbol, price) in enumerate(
            {"BTC-USDT": 60_000.0, "ETH-USDT": 3_000.0, "SOL-USDT": 140.0}.items()
        )
    }
    acts: dict[int, list[Event]] = {
        20: decline("b1"),
        30: [],
        55: refuse("c1"),
        60: decline("b2"),
        90: [],
        100: refuse("c2"),
        110: [],
    }
    for k in range(120):
        story.now = START + (k + 1) * 60_000
        for symbol, each in rows.items():
            story.say(candles(symbol, [each[k]]))
        ts, close = START + (k + 1) * 60_000, f"{rows['BTC-USDT'][k][4]:.2f}"
        if k == 30:
            acts[30] = enter("a1", close, ts)
        elif k == 90:
            acts[90] = leave("a1", str(story.told and acts[30][5].fill.price), close, ts)  # type: ignore[attr-defined]
        elif k == 110:
            acts[110] = enter("a2", close, ts)
        for event in acts.get(k, ()):
            story.say(event, after_ms=3)
    yield from story.told
