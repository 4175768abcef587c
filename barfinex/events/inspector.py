"""What the Inspector publishes: verdicts, protection, positions, and whether trading is allowed at all."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from barfinex.domain.order import OrderRequest
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Direction
from barfinex.domain.trading import Cause, Lift, Scope
from barfinex.domain.verdict import Approved, Breach, Check
from barfinex.events.base import Event


class _Inspector(Event):
    publisher: ClassVar[str] = "inspector"


class IntentApproved(_Inspector):
    """Every policy passed. The approval is bound to its order by hash, single use, and expires (I1, I3)."""

    instrument: str
    intent_id: str
    checks: tuple[Check, ...]
    approval: Approved[OrderRequest]


class IntentRefused(_Inspector):
    """At least one policy found a breach; all findings are here, not only the first."""

    instrument: str
    intent_id: str
    signal_id: str
    strategy: str
    quantity: Decimal
    checks: tuple[Check, ...]
    breaches: tuple[Breach, ...]


class ProtectionApproved(_Inspector):
    """Orders that end or bound the risk of a position: stop and target as one pair, or an exit at market."""

    instrument: str
    trade_id: str
    reason: str
    approvals: tuple[Approved[OrderRequest], ...]


class CancelRequested(_Inspector):
    """An order should be taken back."""

    instrument: str
    order_id: str
    reason: str


class PositionOpened(_Inspector):
    """The first fill of an entry. Prices in quote units; `stop` and `target`: where the protection stands."""

    instrument: str
    trade_id: str
    strategy: str
    direction: Direction
    quantity: Decimal
    entry_price: Decimal
    entry_ts: int
    stop: Decimal
    target: Decimal | None


class ProtectionPlaced(_Inspector):
    """The venue has the protective stop; `unprotected_ms` from the first fill until then (I5)."""

    instrument: str
    trade_id: str
    order_id: str
    unprotected_ms: int


class TradeClosed(_Inspector):
    """A round trip ended flat. `r_net` is the net result in units of the risk first taken.

    `unprotected_ms`: how long a part of it was without a stop at the venue, in all, and at the longest (I5).
    """

    instrument: str
    trade: RoundTrip
    r_net: float
    unprotected_ms: int = 0
    unprotected_ms_worst: int = 0


class FillUnexplained(_Inspector):
    """A fill that belongs to no open position: it counts in the account, and nobody manages it."""

    instrument: str
    order_id: str
    fill_id: str


class EquityMarked(_Inspector):
    """The account after a round trip: equity and its peak in quote units, drawdown a positive fraction."""

    equity: Decimal
    peak: Decimal
    drawdown: Decimal

    @property
    def subject(self) -> str:
        return ""


class DayOpened(_Inspector):
    """The first decision of a UTC day: `day` is its start in ms, `equity` what the account was worth when it
    was last valued before. The losses of the day and of the week are counted from here."""

    day: int
    equity: Decimal

    @property
    def subject(self) -> str:
        return ""


class _Restricted(_Inspector):
    """`way` is how it came about (api, file, signal, start, inspector and so on), `lifted_by` who ends it,
    `until` (ms UTC) when its cause is over at the latest; `closes`: every position in the scope is left."""

    way: str
    reason: str
    by: str = ""
    scope: Scope = Scope()
    cause: Cause = Cause.KILL
    lifted_by: Lift = Lift.PERSON
    until: int | None = None
    closes: bool = False


class TradingHalted(_Restricted):
    """The kill switch is on: no entry passes until a person resumes. Positions keep their protection."""


class TradingReduced(_Restricted):
    """Nothing raises exposure until the cause is over or a person resumes."""


class EntriesThrottled(_Restricted):
    """One entry a while, until a person resumes."""


class TradingResumed(_Inspector):
    """A person re-armed trading and said why; with a `cause`, that restriction alone has ended by itself."""

    by: str
    reason: str
    scope: Scope = Scope()
    cause: Cause | None = None
    id: str = ""


class TradingArmed(_Inspector):
    """The start is over: the account is reconciled, and nothing is left unexplained."""

    by: str
    reason: str


class LooseningRequested(_Inspector):
    """A person wants less strictness: it is done when they confirm `id` between `due_at` and `expires_at` (ms
    UTC). `what` is resume, or the name of a limit."""

    id: str
    what: str
    scope: Scope
    old: str
    new: str
    by: str
    reason: str
    due_at: int
    expires_at: int


class LimitTightened(_Inspector):
    """A limit is stricter from now on; `configured` is what the file said when it was set."""

    limit: str
    old: str
    new: str
    configured: str
    by: str
    way: str
    reason: str


class LimitLoosened(_Inspector):
    """A person has loosened a limit: asked, waited and confirmed."""

    id: str
    limit: str
    old: str
    new: str
    configured: str
    by: str
    reason: str


class ChangeRefused(_Inspector):
    """A wish to loosen, tighten, resume or acknowledge was not followed, and why."""

    what: str
    by: str
    reason: str


class AlertRaised(_Inspector):
    """A person should look. One that is `critical` keeps trading from being armed until it is
    acknowledged."""

    id: str
    critical: bool
    code: str
    text: str


class AlertsAcknowledged(_Inspector):
    """A person has seen these."""

    ids: tuple[str, ...]
    by: str
    reason: str
