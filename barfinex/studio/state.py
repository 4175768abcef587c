"""What a person watching a run needs to know of each thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from barfinex.domain.money import ZERO
from barfinex.domain.order import Order
from barfinex.domain.signal import Direction, Signal


@dataclass(slots=True)
class Decision:
    """A signal, what became of it in a word, and why; `conviction` is calibrated, in [0, 1]."""

    signal: Signal
    known_at: int
    outcome: str = "pending"
    reason: str = ""
    conviction: float | None = None


@dataclass(slots=True)
class Holding:
    """An open position of one strategy: prices in quote units, `quantity` unsigned in base units.

    `is_protected`: the venue has confirmed a stop.
    """

    trade_id: str
    strategy: str
    instrument: str
    direction: Direction
    quantity: Decimal
    cost: Decimal
    entry_ts: int
    stop: Decimal
    target: Decimal | None
    is_protected: bool = False

    @property
    def entry_price(self) -> Decimal:
        return self.cost / self.quantity if self.quantity else ZERO

    def open_pnl(self, mark: float) -> float:
        """Unrealised result at `mark` in quote units, before fees."""
        return float(self.quantity) * (mark - float(self.entry_price)) * self.direction.sign


@dataclass(slots=True)
class OrderLine:
    """An order and when it last changed, ms UTC."""

    order: Order
    changed_at: int
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """An execution as it is drawn into a chart."""

    ts: int
    price: float
    is_buy: bool
    opens: bool


@dataclass(frozen=True, slots=True)
class Halt:
    way: str
    reason: str
    since: int


@dataclass(slots=True)
class Tally:
    """Closed round trips: results after fees in quote units; `bare_ms` the longest that a part of one was
    without a stop."""

    trades: int = 0
    wins: int = 0
    net: Decimal = ZERO
    r_net: float = 0.0
    bare_ms: int = 0

    def add(self, net: Decimal, r_net: float, bare_ms: int = 0) -> None:
        self.trades += 1
        self.wins += net > 0
        self.net += net
        self.r_net += r_net
        self.bare_ms = max(self.bare_ms, bare_ms)


@dataclass(slots=True)
class RunState:
    """Which run is shown, and how it stands. `limits` are the Inspector's, as configured; `qualities` the
    scores of each instrument's market data."""

    run_id: str = ""
    mode: str = ""
    started_at: int = 0
    ended: str | None = None
    halt: Halt | None = None
    modules: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)
    qualities: dict[str, float] = field(default_factory=dict)

    def rate(self, instrument: str, score: float) -> None:
        self.qualities[instrument] = score
