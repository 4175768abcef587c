"""A made-up day: three instruments, signals that are declined, refused and traded, and a halt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
from msgspec.structs import replace

from barfinex.config import Config
from barfinex.domain.candles import series_of
from barfinex.domain.order import Fill, OrderRequest, OrderType, Purpose, Side
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Bracket, Direction
from barfinex.domain.verdict import Breach, Check
from barfinex.events import advisor, inspector, kernel, provider, studio
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected
from tests.factories import START, approved, order_request, signal

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


def noticed(name: str, **changes: Any) -> SignalDetected:
    found = signal(id=f"sig-{name}", score=0.82, threshold=0.6, bracket=Bracket(0.01, 0.02), price=60_000.0)
    return SignalDetected(signal=replace(found, **changes))


def order(name: str, purpose: Purpose, **changes: Any) -> OrderRequest:
    letter = "x" if purpose is Purpose.EXIT else purpose[0]
    kin = {"trade_id": f"trd-{name}", "intent_id": f"int-{name}", "quantity": Decimal("0.5")}
    return order_request(f"ord-{name}-{letter}", purpose=purpose, **kin, **changes)


def filled(request: OrderRequest, price: str, ts: int, filled: str | None = None) -> provider.OrderFilled:
    done, on = Decimal(filled) if filled else request.quantity, request.instrument
    slice_ = Fill(f"f-{request.id}-{ts}", request.id, on, request.side, done, Decimal(price), Decimal(3), ts)
    return provider.OrderFilled(
        instrument=on, order_id=request.id, fill=slice_, filled=done, quantity=request.quantity
    )


def decline(name: str) -> list[Event]:
    found = noticed(
        name, strategy="breakout", instrument="ETH-USDT", direction=Direction.SHORT, price=3_000.0
    )
    said = advisor.SignalDeclined(
        instrument=found.signal.instrument,
        decision_id=f"dec-{name}",
        signal_id=found.signal.id,
        strategy=found.signal.strategy,
        stage="validation",
        code="spread_too_wide",
        value="31.25",
        limit="25.0",
    )
    return [found, said]


def refuse(name: str) -> list[Event]:
    found = noticed(name, strategy="mean_reversion", instrument="SOL-USDT", price=140.0)
    breaches = (
        Breach("position_size", "position_size", "31000.5", "25000"),
        Breach("cooldown", "cooldown", "900", "2000"),
    )
    said = inspector.IntentRefused(
        instrument=found.signal.instrument,
        intent_id=f"int-{name}",
        signal_id=found.signal.id,
        strategy=found.signal.strategy,
        quantity=Decimal("12.5"),
        checks=tuple(Check(b.policy, False, b.value, b.limit) for b in breaches),
        breaches=breaches,
    )
    return [found, said]


def enter(name: str, price: str = "60000", ts: int = START) -> list[Event]:
    """A long trade from its signal to its fill, and what protects it."""
    entry = order(name, Purpose.ENTRY)
    on = entry.instrument
    scored = advisor.ConvictionCalibrated(
        instrument=on, decision_id=f"dec-{name}", calibrated=0.57, slope=1.0, intercept=0.0,
        calibrator="none", calibrator_id="", se=0.1, lcb=0.4, ucb=0.7, n_eff_regime=0.0, posterior=(),
        venn_abers=(),
    )  # fmt: skip
    verdict = inspector.IntentApproved(
        instrument=on,
        intent_id=f"int-{name}",
        checks=(Check("cooldown", True, "0", "2000"),),
        approval=approved(entry),
    )
    return [
        noticed(name, price=float(price)),
        scored,
        verdict,
        provider.OrderSubmitted(instrument=on, approval_id="apr-1", request=entry),
        provider.OrderAccepted(instrument=on, order_id=entry.id),
        filled(entry, price, ts),
        *protect(name, Decimal(price), ts),
    ]


def protect(name: str, price: Decimal, ts: int) -> list[Event]:
    bounds = {"side": Side.SELL, "reduce_only": True, "oco": f"oco-{name}"}
    low, high = price * Decimal("0.99"), price * Decimal("1.02")
    stop = order(name, Purpose.STOP, type=OrderType.STOP, trigger=low, **bounds)
    goal = order(name, Purpose.TARGET, type=OrderType.TAKE_PROFIT, trigger=high, **bounds)
    on, trade = stop.instrument, stop.trade_id
    opened = inspector.PositionOpened(
        instrument=on,
        trade_id=trade,
        strategy="trend",
        direction=Direction.LONG,
        quantity=stop.quantity,
        entry_price=price,
        entry_ts=ts,
        stop=low,
        target=high,
    )
    pair = (approved(stop), approved(goal))
    return [
        opened,
        inspector.ProtectionApproved(instrument=on, trade_id=trade, reason="bracket", approvals=pair),
        *(provider.OrderSubmitted(instrument=on, approval_id=one.id, request=one.order) for one in pair),
        *(provider.OrderAccepted(instrument=on, order_id=one.order.id) for one in pair),
        inspector.ProtectionPlaced(instrument=on, trade_id=trade, order_id=stop.id, unprotected_ms=27),
    ]


def leave(name: str, entry: str = "60000", price: str = "61200", ts: int = START + 60_000) -> list[Event]:
    """That trade reaches its target."""
    goal = order(name, Purpose.TARGET, side=Side.SELL, reduce_only=True)
    paid, got, fees, on = Decimal(entry), Decimal(price), Decimal(6), goal.instrument
    net = (got - paid) * goal.quantity - fees
    trip = RoundTrip(
        goal.trade_id, "trend", on, Direction.LONG, goal.quantity, START, ts, paid, got, fees, net, "target"
    )
    equity = Decimal(100_000) + net
    return [
        filled(goal, price, ts),
        provider.OrderCancelled(instrument=on, order_id=f"ord-{name}-s", reason="oco"),
        inspector.TradeClosed(instrument=on, trade=trip, r_net=float(net) / 300),
        inspector.EquityMarked(equity=equity, peak=max(equity, Decimal(100_000)), drawdown=Decimal(0)),
    ]


def halts() -> list[Event]:
    return [
        studio.HaltRequested(way="api", reason="news"),
        inspector.TradingHalted(way="api", reason="news"),
    ]


def day() -> Iterator[Envelope]:
    """All of it, in order: 120 minutes of three instruments, a trade that closed and one that is open."""
    story = Story()
    story.say(started())
    for name in ("inspector", "provider", "advisor", "detector", "studio"):
        story.say(kernel.ModuleStarted(module=name))
    prices = {"BTC-USDT": 60_000.0, "ETH-USDT": 3_000.0, "SOL-USDT": 140.0}
    rows = {symbol: walk(120, price, seed) for seed, (symbol, price) in enumerate(prices.items())}
    close = [f"{row[4]:.2f}" for row in rows["BTC-USDT"]]
    acts: dict[int, Callable[[int], list[Event]]] = {
        20: lambda ts: decline("b1"),
        30: lambda ts: enter("a1", close[30], ts),
        55: lambda ts: refuse("c1"),
        60: lambda ts: decline("b2"),
        90: lambda ts: leave("a1", close[30], close[90], ts),
        100: lambda ts: refuse("c2"),
        110: lambda ts: enter("a2", close[110], ts),
    }
    for k in range(120):
        story.now = START + (k + 1) * 60_000
        for symbol, each in rows.items():
            story.say(candles(symbol, [each[k]]))
        for event in acts[k](story.now) if k in acts else ():
            story.say(event, after_ms=3)
    yield from story.told
