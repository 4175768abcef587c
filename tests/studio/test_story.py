"""A decision told from its candle to its outcome."""

from __future__ import annotations

from decimal import Decimal

from rich.console import Console

from barfinex.domain.verdict import Breach, Check
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected
from barfinex.events.inspector import IntentRefused
from barfinex.studio.story import tell
from tests.factories import START, signal


def told(*events: Event) -> str:
    rows = [
        Envelope(at + 1, "run", event.publisher, START, START, 1, at, event, 7)
        for at, event in enumerate(events)
    ]
    console = Console(width=160, record=True, file=None, quiet=True)
    with console.capture() as shown:
        console.quiet = False
        console.print(tell(rows))
    return shown.get()


def test_a_signal_shows_its_candle_its_conditions_and_its_score() -> None:
    text = told(SignalDetected(signal=signal()))
    assert "candle 1m 2023-11-14 22:14:00.000  close 100  hash 00" in text
    assert "cross: value 1 x weight 1 = 1" in text
    assert "score 1 of 0.5" in text
    assert "7 µs" in text


def test_a_refusal_shows_every_policy_and_names_the_breaches() -> None:
    refused = IntentRefused(
        instrument="BTC-USDT",
        intent_id="int-1",
        signal_id="sig-1",
        strategy="trend",
        quantity=Decimal(1),
        checks=(Check("drawdown", True, "0.01", "0.2"), Check("cooldown", False, "5", "2000")),
        breaches=(Breach("cooldown", "COOLDOWN", "5", "2000"),),
    )
    text = told(refused)
    assert "COOLDOWN 5 (limit 2000)" in text
    assert "pass  drawdown: 0.01 (limit 0.2)" in text
    assert "BREACH  cooldown: 5 (limit 2000)" in text
