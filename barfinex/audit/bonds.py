"""The bonds between the facts of one trade, tied as the rows go by."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from msgspec import Raw, Struct
from msgspec.json import decode

from barfinex.audit import records as r
from barfinex.audit.questions import Questions

REJECTED = "provider.order_rejected"


class Orphan(NamedTuple):
    """A row that is alone: `towards` "up" lacks its cause, "down" its answer."""

    seq: int
    type: str
    id: str
    towards: str
    why: str


class Order(NamedTuple):
    """An order as it was sent."""

    request: r.Request
    seq: int


class Allowed(NamedTuple):
    """An approval as it was given."""

    permit: r.Permit
    intent_id: str | None
    trade_id: str | None


class Bonds:
    """`at` says where, `take` what; `close` asks what was never answered."""

    def __init__(self) -> None:
        self.orphans: list[Orphan] = []
        self.unfinished: list[Orphan] = []
        self.external: list[Orphan] = []
        self.counts: Counter[str] = Counter(
            signals=0, declined=0, intents=0, refused=0, approvals=0, orders=0, fills=0, trades=0
        )
        self._seq, self._kind = 0, ""
        self._signals: set[str] = set()
        self._intents: dict[str, r.Intent] = {}
        self._trades: set[str] = set()  # That an intent named.
        self._approvals: dict[str, Allowed] = {}
        self._used: set[str] = set()
        self._orders: dict[str, Order] = {}
        self._fills: set[str] = set()
        self._filled: dict[str, Decimal] = {}  # By order.
        self._bought: dict[str, Decimal] = {}  # By trade: what entries filled,
        self._sold: dict[str, Decimal] = {}  # and what left it.
        self._in_kind: dict[str, int] = {}  # By trade with a fee in the base asset: its finest decimal.
        self._opened: set[str] = set()
        self._closed: set[str] = set()
        self._foreign: set[str] = set()
        self._taken: dict[str, Decimal] = {}  # By instrument: what others' trades may have closed of ours.
        self._questions = Questions()

    def at(self, seq: int, run_id: str, kind: str, known_at: int) -> None:
        """The row that is read now."""
        self._seq, self._kind = seq, kind
        self._questions.at(seq, run_id, known_at)

    def orphan(self, name: str, towards: str, why: str) -> None:
        self.orphans.append(Orphan(self._seq, self._kind, name, towards, why))

    def adopt(self, body: str) -> None:
        """Somebody else's order, fill, position or transfer, found at the venue and counted as external."""
        about: dict[str, Any] = decode(body)
        fill: dict[str, Any] = about.get("fill") or {}
        names = (about.get("order_id"), fill.get("id"), about.get("instrument"), about.get("asset"))
        self._foreign |= {str(order) for order in (about.get("order_id"), fill.get("order_id")) if order}
        if fill:
            instrument = str(fill.get("instrument"))
            self._taken[instrument] = self._taken.get(instrument, Decimal(0)) + Decimal(fill["quantity"])
        name = next((str(name) for name in names if name), "")
        self.external.append(Orphan(self._seq, self._kind, name, "", "not of our making"))

    def take(self, record: Struct) -> None:
        match record:
            case r.SignalSeen(signal=signal):
                self._count("signals", signal.id, self._signals)
                self._questions.ask("decide", signal.id, self._kind)
            case r.IntentMade(intent=intent):
                self._intend(intent)
            case r.SignalClosed(signal_id=signal_id, intent_id=intent_id):
                self._say_no(signal_id, intent_id)
            case r.EntryPermitted(intent_id=intent_id, approval=permit):
                self._questions.answer("judge", intent_id)
                self._permit(permit, intent_id, None)
            case r.ProtectionPermitted(trade_id=trade_id, approvals=permits):
                for permit in permits:
                    self._permit(permit, None, trade_id)
            case r.Failed(module=module):
                self._questions.fail(module)
            case _:
                self._carry_out(record)

    def _carry_out(self, record: Struct) -> None:
        match record:
            case r.Sent(approval_id=approval_id, request=request):
                self._send(approval_id, request)
            case r.Executed(order_id=order_id, fill=fill, filled=filled):
                self._fill(order_id, fill, filled)
            case r.Answered(order_id=order_id):
                self._answer(order_id)
            case r.Opened(trade_id=trade_id):
                self._open(trade_id)
            case r.Ended(trade=trade):
                self._end(trade)

    def close(self) -> None:
        """What was asked and never answered."""
        for lost in self._questions.unanswered():
            found = Orphan(lost.seq, lost.kind, lost.name, "down", lost.why)
            (self.unfinished if lost.cut_short else self.orphans).append(found)

    def _count(self, what: str, name: str, known: set[str]) -> None:
        """Every id is given once."""
        self.counts[what] += 1
        if name in known:
            self.orphan(name, "up", "the id was given before")
        known.add(name)

    def _intend(self, intent: r.Intent) -> None:
        self.counts["intents"] += 1
        if intent.id in self._intents:
            self.orphan(intent.id, "up", "the id was given before")
        if intent.signal_id not in self._signals:
            self.orphan(intent.id, "up", f"its signal {intent.signal_id} is not on record")
        self._intents[intent.id] = intent
        self._trades.add(intent.trade_id)
        self._questions.answer("decide", intent.signal_id)
        self._questions.ask("judge", intent.id, self._kind)

    def _say_no(self, signal_id: str, intent_id: str) -> None:
        self.counts["refused" if intent_id else "declined"] += 1
        if signal_id not in self._signals:
            self.orphan(intent_id or signal_id, "up", f"its signal {signal_id} is not on record")
        if not intent_id:
            self._questions.answer("decide", signal_id)
            return
        if intent_id not in self._intents:
            self.orphan(intent_id, "up", "its intent is not on record")
        self._questions.answer("judge", intent_id)

    def _permit(self, permit: r.Permit, intent_id: str | None, trade_id: str | None) -> None:
        self.counts["approvals"] += 1
        request = r.REQUEST.decode(permit.order)
        if permit.id in self._approvals:
            self.orphan(permit.id, "up", "the id was given before")
        if _hash(permit.order) != permit.order_hash:
            self.orphan(permit.id, "up", "it is bound to another order than the one that it holds")
        if intent_id not in (None, request.intent_id) or request.intent_id not in self._intents:
            self.orphan(permit.id, "up", f"its intent {intent_id or request.intent_id} is not on record")
        if trade_id not in (None, request.trade_id) or request.trade_id not in self._trades:
            self.orphan(permit.id, "up", f"no intent on record begins its trade {request.trade_id}")
        self._approvals[permit.id] = Allowed(permit, intent_id, trade_id)
        self._questions.ask("send", request.id, self._kind, until=permit.expires_at)

    def _send(self, approval_id: str, raw: Raw) -> None:
        self.counts["orders"] += 1
        request = r.REQUEST.decode(raw)
        allowed = self._approvals.get(approval_id)
        if request.id in self._orders:
            self.orphan(request.id, "up", "an order of this id was sent before")
        if allowed is None:
            self.orphan(request.id, "up", f"its approval {approval_id} is not on record")
        elif allowed.permit.order_hash != _hash(raw):
            self.orphan(request.id, "up", f"its approval {approval_id} is for another order")
        elif approval_id in self._used:
            self.orphan(request.id, "up", f"its approval {approval_id} was used before")
        self._used.add(approval_id)
        self._orders[request.id] = Order(request, self._seq)
        self._questions.answer("send", request.id)
        self._questions.ask("settle", request.id, self._kind)

    def _answer(self, order_id: str) -> None:
        """The venue, or the gate before it, spoke of an order; one that never left has only an approval."""
        never_left = self._kind == REJECTED and self._questions.answer("send", order_id)
        self._questions.answer("settle", order_id)
        if order_id not in self._orders and not never_left and order_id not in self._foreign:
            self.orphan(order_id, "up", "no order of this id was sent")

    def _fill(self, order_id: str, fill: r.Slice, filled: Decimal) -> None:
        self._count("fills", fill.id, self._fills)
        order = self._orders.get(order_id)
        if order is None:
            if order_id in self._foreign:
                self.external.append(Orphan(self._seq, self._kind, fill.id, "", f"a fill of {order_id}"))
            else:
                self.orphan(fill.id, "up", f"no order {order_id} was sent")
            return
        self._questions.answer("settle", order_id)
        request = order.request
        if (fill.order_id, fill.instrument, fill.side) != (order_id, request.instrument, request.side):
            self.orphan(fill.id, "up", f"it is not what order {order_id} asked for")
        total = self._filled[order_id] = self._filled.get(order_id, Decimal(0)) + fill.quantity
        if total > request.quantity:
            self.orphan(fill.id, "up", f"order {order_id} asked for {request.quantity} and got {total}")
        elif total != filled:
            self.orphan(fill.id, "up", f"a fill of order {order_id} before it is not on record")
        self._move(request, fill)

    def _move(self, request: r.Request, fill: r.Slice) -> None:
        """What a fill asks of the Inspector: the position's opening, or the end of its trade."""
        trade, is_entry = request.trade_id, request.purpose == "entry"
        moved = self._bought if is_entry else self._sold
        moved[trade] = moved.get(trade, Decimal(0)) + fill.quantity - fill.withheld
        if fill.withheld or trade in self._in_kind:
            finest = int(fill.quantity.as_tuple().exponent)
            self._in_kind[trade] = min(self._in_kind.get(trade, finest), finest)
        if is_entry and trade not in self._opened:
            self._questions.ask("open", trade, self._kind, survives=True)
        flat = trade not in self._closed and self._is_even(trade, self._sold.get(trade))
        if flat and not is_entry:
            self._questions.ask("close", trade, self._kind, survives=True)
        else:
            self._questions.withdraw("close", trade)

    def _open(self, trade_id: str) -> None:
        if trade_id not in self._bought:
            self.orphan(trade_id, "up", "no fill of an entry opened this position")
        self._opened.add(trade_id)
        self._questions.answer("open", trade_id)

    def _end(self, trade: r.Closed) -> None:
        self._count("trades", trade.id, self._closed)
        bought, sold = self._bought.get(trade.id), self._sold_of(trade)
        if trade.id not in self._opened:
            self.orphan(trade.id, "up", "its position was never opened")
        if sold != trade.quantity or not self._is_even(trade.id, sold):
            self.orphan(trade.id, "up", f"entries filled {bought} and exits {sold}, it says {trade.quantity}")
        self._questions.answer("close", trade.id)

    def _is_even(self, trade: str, sold: Decimal | None) -> bool:
        """Whether all that came in has left; a fee taken in kind leaves less than a step of the quantity."""
        bought = self._bought.get(trade)
        if trade not in self._in_kind or bought is None or sold is None:
            return bought == sold
        step = Decimal(1).scaleb(self._in_kind[trade])
        return Decimal(0) <= bought - sold < step

    def _sold_of(self, trade: r.Closed) -> Decimal | None:
        """What left a trade: its own exits, and of others' trades in the instrument what it lacks."""
        sold, taken = self._sold.get(trade.id), self._taken.get(trade.instrument, Decimal(0))
        lacking = self._bought.get(trade.id, Decimal(0)) - (sold or Decimal(0))
        if not 0 < lacking <= taken:
            return sold
        self._taken[trade.instrument] = taken - lacking
        return lacking + (sold or Decimal(0))


def _hash(order: Raw) -> str:
    """What an approval is bound to: the request as it was written down, byte by byte."""
    return sha256(bytes(order)).hexdigest()
