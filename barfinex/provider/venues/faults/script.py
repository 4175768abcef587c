"""The words a fault is written in: when something goes wrong, and what the venue does then. Data only."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from barfinex.domain.order import OrderType, Purpose
from barfinex.domain.value import Value, Word
from barfinex.provider.venues.errors import ErrorKind, VenueError


class At(Word):
    """SUBMIT, CANCEL and ASK: a call to the venue. HAPPEN: something is about to become true there. TELL: a
    report is about to be heard on the stream, which is everything but the answer to a call."""

    SUBMIT = "submit"
    CANCEL = "cancel"
    ASK = "ask"
    HAPPEN = "happen"
    TELL = "tell"


class When(Value, frozen=True):
    """From the `nth` match on, `times` times (0: always), each with this chance, in a window of time.

    `purpose`, `type` and `report` (accepted, filled, …; of a call: new, open, ended) narrow the match;
    `from_ms` and `until_ms` count from the venue's first contact, `lasts_ms` from the first time it struck.
    """

    at: At
    purpose: Purpose | None = None
    report: str | None = None
    type: OrderType | None = None
    nth: int = 1
    times: int = 1
    chance: float = 1.0
    from_ms: int = 0
    until_ms: int | None = None
    lasts_ms: int | None = None


class Shape(Value, frozen=True):
    """How a failed answer looks on the wire."""

    message: str
    kind: ErrorKind = "transport"
    status: int | None = None
    code: int | None = None
    retry_after_ms: int | None = None

    def error(self) -> VenueError:
        return VenueError(
            self.message,
            self.kind,
            status=self.status,
            code=self.code,
            retry_after_ms=self.retry_after_ms,
        )


TIMEOUT = Shape("no answer within 10 s")


def venue_says(code: int, message: str, status: int = 400) -> Shape:
    """The venue's own error: a code and a text."""
    return Shape(message, "venue", status=status, code=code)


class Refuse(Value, frozen=True):
    """The call has no effect and fails in this shape."""

    shape: Shape


class Swallow(Value, frozen=True):
    """The call has its effect and fails all the same. `mute_ms`: the stream says nothing of the order for so
    long (None: never); `hide_ms`: nor can it be found by asking."""

    shape: Shape
    mute_ms: int | None = 0
    hide_ms: int = 0


class AckLate(Value, frozen=True):
    """The acknowledgement comes up to `ms_max` later; past the client's patience the call has timed out."""

    ms_max: int
    patience_ms: int = 10_000


class AckAfterFill(Value, frozen=True):
    """The acknowledgement is overtaken by the first fill."""


class RefuseLeg(Value, frozen=True):
    """Of several orders sent together the matching one is refused and the others stand."""

    shape: Shape


class Regrid(Value, frozen=True):
    """The venue's quantity step becomes this times as coarse, without notice."""

    factor: int = 10


class Reuse(Value, frozen=True):
    """An id whose order has ended is taken again, as another order."""


class FillFirst(Value, frozen=True):
    """The order fills while its cancel is under way; the cancel finds nothing."""

    shape: Shape


class Shut(Value, frozen=True):
    """From now on calls fail in this shape, for `ms` to `ms_max` (None: for good). With `spares_cancels` only
    new orders and questions do. A new order in that time earns `worse`."""

    shape: Shape
    ms: int | None
    ms_max: int = 0
    spares_cancels: bool = False
    worse: Shape | None = None
    worse_ms: int = 0


class Pieces(Value, frozen=True):
    """A fill happens in up to `most` slices, `every_ms` apart."""

    most: int
    every_ms: int = 0


class Short(Value, frozen=True):
    """Only this part fills; the venue ends the rest by its own rule."""

    share: Decimal


class Absurd(Value, frozen=True):
    """The price of the fill is so many times the market's."""

    factor: Decimal


class FeeIn(Value, frozen=True):
    """The fee is taken in another asset, at `per_quote` units of it for one of quote, times `factor`."""

    asset: str
    per_quote: Decimal


class FeeTimes(Value, frozen=True):
    """Another fee tier."""

    factor: Decimal


class Repeat(Value, frozen=True):
    """The report is told `times` times, `every_ms` apart."""

    times: int
    every_ms: int = 500


class Shuffle(Value, frozen=True):
    """Reports of one moment arrive in another order."""


class Mute(Value, frozen=True):
    """The stream does not say it."""


class EndOrder(Value, frozen=True):
    """The venue ends the order that struck, without a word."""


class Foreign(Value, frozen=True):
    """Somebody else trades on the account: `share` of our quantity on our side (negative: against it), at
    market and, with `rests`, in a limit order too. `told`: the stream tells us of it."""

    prefix: str
    share: Decimal
    rests: bool = False
    told: bool = True


class HaltSymbol(Value, frozen=True):
    """No trading in the instrument for so long: new orders are refused and resting ones do not fill."""

    ms: int | None
    shape: Shape


class Delist(Value, frozen=True):
    """Our orders are ended and what is held is settled by the venue; the instrument is gone."""

    shape: Shape


class RollBack(Value, frozen=True):
    """The trade that struck is declared void."""


class Retell(Value, frozen=True):
    """A snapshot repeats what the stream has said."""


Act = EndOrder | Foreign | HaltSymbol | Delist | RollBack | Retell | Shut


class Soon(Value, frozen=True):
    """So much later the venue acts by itself."""

    ms: int
    act: Act


Call = Refuse | Swallow | AckLate | AckAfterFill | RefuseLeg | Regrid | Reuse | FillFirst | Shut
Bend = Pieces | Short | Absurd | FeeIn | FeeTimes
Telling = Repeat | Shuffle | Mute
Do = Call | Bend | Telling | Soon


class Step(Value, frozen=True):
    when: When
    do: Do


class Fault(Value, frozen=True):
    """`id` is its number in the catalogue; `expects` what a sound system does about it, in words."""

    id: str
    name: str
    sentence: str
    expects: str
    script: tuple[Step, ...]

    def armed(self, **when: Any) -> Fault:
        """The same fault at other moments: any field of `When`, for all its steps."""
        script = tuple(Step(replace(step.when, **when), step.do) for step in self.script)
        return replace(self, script=script)
