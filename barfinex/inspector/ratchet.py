"""The ratchet: stricter at once, looser only by a person, with a reason, after a while, and asked for
twice."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from barfinex.bus.port import Port
from barfinex.config import GovernorConfig, InspectorConfig
from barfinex.domain.ids import ident
from barfinex.domain.trading import Cause, Latch, Scope
from barfinex.events.inspector import (
    AlertsAcknowledged,
    ChangeRefused,
    LimitLoosened,
    LimitTightened,
    LooseningRequested,
    TradingResumed,
)
from barfinex.events.studio import AcknowledgementRequested, LimitChangeRequested, ResumeRequested
from barfinex.inspector.book import RiskBook
from barfinex.inspector.brink import measures

RESUME = "resume"
CONFIRM_MS = 600_000
_LOWER = ("_max", "price_collar", "approval_ttl_ms")
_HIGHER = ("_min", "cooldown_ms")


def is_stricter(name: str, new: Decimal, old: Decimal) -> bool:
    """Whether a limit of this name allows no more with the new value. Raises ValueError when nobody can
    say."""
    if name.endswith(_LOWER):
        return new <= old
    if name.endswith(_HIGHER):
        return new >= old
    raise ValueError(f"{name} cannot be changed while running")


def changed(limits: InspectorConfig, name: str, text: str) -> InspectorConfig:
    """The limits with another value for one of them.

    Raises:
        ValueError: there is no such number among the limits, or the value is none or out of bounds.
    """
    old = getattr(limits, name, None) if name in InspectorConfig.model_fields else None
    if isinstance(old, bool) or not isinstance(old, int | float | Decimal):
        raise ValueError(f"{name} is no limit that is a number")
    is_stricter(name, Decimal(0), Decimal(0))
    try:
        new = type(old)(text)
        return InspectorConfig.model_validate({**limits.model_dump(), name: new})
    except ValidationError as error:
        raise ValueError(f"{name}: {error.errors()[0]['msg']}") from None
    except (ValueError, InvalidOperation):
        raise ValueError(f"{name}: {text!r} is no {type(old).__name__.lower()}") from None


def overlaid(configured: InspectorConfig, overlay: dict[str, tuple[str, str]]) -> InspectorConfig:
    """The limits in force: as set since over as configured; of a limit that the file has changed meanwhile,
    the stricter of both."""
    limits = configured
    rest = {name: new for name, (was, new) in overlay.items() if _prevails(configured, name, was, new)}
    for _ in range(len(rest)):  # One may fit only beside another's new value, whichever was set first.
        for name, value in tuple(rest.items()):
            try:
                limits = changed(limits, name, value)
            except ValueError:
                continue  # A limit of another version: what is configured holds.
            del rest[name]
    return limits


def _prevails(configured: InspectorConfig, name: str, was: str, value: str) -> bool:
    now = str(getattr(configured, name, ""))
    try:
        return now == was or is_stricter(name, Decimal(value), Decimal(now))
    except (ValueError, InvalidOperation):
        return False


class Ratchet:
    """Answers the wishes that would loosen something; a wish that is not followed is refused in words."""

    def __init__(self, book: RiskBook, configured: InspectorConfig, config: GovernorConfig) -> None:
        self._book, self._configured, self._config = book, configured, config
        self._overlay: tuple[tuple[str, tuple[str, str]], ...] = ()
        self._limits = configured

    def limits(self) -> InspectorConfig:
        """The limits in force."""
        overlay = tuple(self._book.trading.limits.items())
        if overlay != self._overlay:
            self._overlay, self._limits = overlay, overlaid(self._configured, dict(overlay))
        return self._limits

    def resume(self, wish: ResumeRequested, port: Port) -> None:
        fault = self._unfit(wish) or self._still(wish.scope, port)
        if fault:
            self._refuse(RESUME, wish.by, fault, port)
            return
        state = ", ".join(self._lifted(wish.scope))
        asked = self._confirmed(wish, RESUME, wish.scope, (state, "active"), port)
        if asked is not None:
            resumed = TradingResumed(by=wish.by, reason=wish.reason, scope=wish.scope, id=asked.id)
            self._book.record(resumed, port)

    def change(self, wish: LimitChangeRequested, port: Port) -> None:
        name, limits = wish.limit, self.limits()
        try:
            new = str(getattr(changed(limits, name, wish.value), name))
            old = str(getattr(limits, name))
            stricter = is_stricter(name, Decimal(new), Decimal(old))
        except ValueError as error:
            self._refuse(name, wish.by, str(error), port)
            return
        configured = str(getattr(self._configured, name))
        if stricter and not wish.confirmation:
            tightened = LimitTightened(
                limit=name,
                old=old,
                new=new,
                configured=configured,
                by=wish.by,
                way=wish.way,
                reason=wish.reason,
            )
            self._book.record(tightened, port)
            return
        fault = self._unfit(wish)
        if fault:
            self._refuse(name, wish.by, fault, port)
            return
        asked = self._confirmed(wish, name, Scope(), (old, new), port)
        if asked is not None:
            loosened = LimitLoosened(
                id=asked.id,
                limit=name,
                old=old,
                new=new,
                configured=configured,
                by=wish.by,
                reason=wish.reason,
            )
            self._book.record(loosened, port)

    def acknowledge(self, wish: AcknowledgementRequested, port: Port) -> None:
        alerts = tuple(self._book.trading.alerts)
        fault = self._unfit(wish) or ("" if alerts else "there is no alert that waits for it")
        if fault:
            self._refuse("acknowledge", wish.by, fault, port)
        else:
            self._book.record(AlertsAcknowledged(ids=alerts, by=wish.by, reason=wish.reason), port)

    def _unfit(self, wish: ResumeRequested | LimitChangeRequested | AcknowledgementRequested) -> str:
        """Why this wish cannot loosen anything, whatever it is about; empty if it may (I13)."""
        if not wish.by.strip() or not wish.reason.strip():
            return "it needs a person's name and a reason"
        return "" if wish.is_person else "the API's token does not loosen: it needs the person's"

    def _lifted(self, scope: Scope) -> list[str]:
        """What a person's resume ends at this scope: restrictions, and locks of policies that wait for it."""
        switches, account = self._book.trading, self._book.account
        lifted = [latch.cause.value for latch in switches.liftable(scope)]
        if any(switches.reaches(scope, key[0], key[1]) for key in account.counters.runaways):
            lifted.append("runaway")
        if scope == Scope() and account.loss_streak > self.limits().loss_streak_max:
            lifted.append("loss_streak")
        return lifted

    def _still(self, scope: Scope, port: Port) -> str:
        """Why trading cannot be resumed at this scope; empty if it can."""
        switches = self._book.trading
        latches = switches.liftable(scope)
        if not self._lifted(scope):
            return f"nothing is halted there that a person lifts ({scope})"
        if not switches.reconciled:
            return "the account is not reconciled yet"
        if switches.alerts:
            first = next(iter(switches.alerts.values()))
            return f"{len(switches.alerts)} critical alert(s) first need `halt --ack`: {first.text}"
        return next((why for latch in latches if (why := self._holds(latch, port))), "")

    def _holds(self, latch: Latch, port: Port) -> str:
        """What is still the case, in words."""
        if latch.cause is Cause.BANNED and latch.until is not None and port.now < latch.until:
            return f"{latch.reason}: it ends at {latch.until}"
        is_over = latch.until is not None and port.now >= latch.until
        for measure in measures(self._book.account, self.limits(), port.now):
            holds = measure.value is None or measure.value > measure.limit
            if latch.cause is measure.past and holds and not is_over:
                return measure.words()
        return ""

    def _confirmed(
        self,
        wish: ResumeRequested | LimitChangeRequested,
        what: str,
        scope: Scope,
        values: tuple[str, str],
        port: Port,
    ) -> LooseningRequested | None:
        """The wish that this one confirms in time; the first one begins the delay, a wrong one is refused."""
        old, new = values
        now, book = port.now, self._book
        if not wish.confirmation:
            due = now + self._config.loosening_delay_ms
            request = LooseningRequested(
                id=ident("lsn", what, scope, new, wish.by, now),
                what=what,
                scope=scope,
                old=old,
                new=new,
                by=wish.by,
                reason=wish.reason,
                due_at=due,
                expires_at=due + CONFIRM_MS,
            )
            book.record(request, port)
            return None
        asked = book.trading.pending.get(wish.confirmation)
        fault = ""
        if asked is None or (asked.what, asked.scope, asked.new) != (what, scope, new):
            fault = "nothing of this kind was asked for under that id, or something has happened since"
        elif now < asked.due_at:
            fault = f"it can be confirmed in {(asked.due_at - now) / 1_000:.1f} s"
        elif now > asked.expires_at:
            fault = "it was confirmed too late: ask again"
        if fault:
            self._refuse(what, wish.by, fault, port)
            return None
        return asked

    def _refuse(self, what: str, by: str, reason: str, port: Port) -> None:
        self._book.record(ChangeRefused(what=what, by=by, reason=reason), port)
