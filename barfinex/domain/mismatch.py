"""The ways in which our books and the venue can differ, each with a name and a consequence."""

from __future__ import annotations

from typing import NamedTuple

from barfinex.domain.value import Value, Word


class Severity(Word):
    """What a mismatch does to trading. TOLD: nothing, it is explained. REDUCING: no entries where it is.
    HALTED: no entries where it is until a person has looked at the account."""

    TOLD = "told"
    REDUCING = "reducing"
    HALTED = "halted"


class Part(Word):
    """The queries whose answers a comparison needs; a kind is judged only when all of its parts answered."""

    ORDERS = "orders"
    OPEN = "open_orders"
    CONDITIONAL = "conditional_orders"
    FILLS = "fills"
    POSITIONS = "positions"
    BALANCES = "balances"


class Repair(Word):
    """How a mismatch is settled: by a fact about one of our orders, by adopting what is not ours as EXTERNAL,
    or, when nothing we could write down would be true, by telling it alone."""

    RECORD = "record"
    ADOPT = "adopt"
    TELL = "tell"


class MismatchKind(Word):
    FILL_MISSED = "fill_missed"
    FILL_DUPLICATED = "fill_duplicated"
    FILL_FOREIGN = "fill_foreign"
    FILL_DIFFERS = "fill_differs"
    FILL_REVOKED = "fill_revoked"
    ACK_MISSED = "ack_missed"
    INTENT_FOUND = "intent_found"
    INTENT_ABSENT = "intent_absent"
    REJECTION_MISSED = "rejection_missed"
    CANCEL_MISSED = "cancel_missed"
    EXPIRY_MISSED = "expiry_missed"
    ORDER_GONE = "order_gone"
    ORDER_REVIVED = "order_revived"
    FILLED_DIFFERS = "filled_differs"
    QUANTITY_DIFFERS = "quantity_differs"
    PRICE_DIFFERS = "price_differs"
    ORDER_FOREIGN = "order_foreign"
    STOP_FOREIGN = "stop_foreign"
    EXTERNAL_ENDED = "external_ended"
    TWIN_FOUND = "twin_found"
    STOP_MISSING = "stop_missing"
    POSITION_LARGER = "position_larger"
    POSITION_SMALLER = "position_smaller"
    POSITION_OPPOSITE = "position_opposite"
    POSITION_FOREIGN = "position_foreign"
    CASH_DIFFERS = "cash_differs"
    QUERY_FAILED = "query_failed"


class Meaning(NamedTuple):
    """One kind in a sentence. `venue_wide`: its severity holds for all instruments."""

    sentence: str
    severity: Severity
    repair: Repair
    needs: tuple[Part, ...]
    venue_wide: bool = False


_TOLD, _REDUCING, _HALTED = Severity.TOLD, Severity.REDUCING, Severity.HALTED
_RECORD, _ADOPT, _TELL = Repair.RECORD, Repair.ADOPT, Repair.TELL
_LISTS = (Part.OPEN, Part.CONDITIONAL)
_ORDERS = (Part.ORDERS,)
_FILLS = (Part.FILLS,)
_HOLDINGS = (Part.FILLS, Part.POSITIONS)

MEANINGS: dict[MismatchKind, Meaning] = {
    MismatchKind.FILL_MISSED: Meaning(
        "The venue filled an order of ours and we did not hear of it.", _TOLD, _RECORD, _FILLS
    ),
    MismatchKind.FILL_DUPLICATED: Meaning(
        "The venue tells one trade id more than once; it counts once.", _TOLD, _TELL, _FILLS
    ),
    MismatchKind.FILL_FOREIGN: Meaning(
        "A trade on the account that no order of ours made.", _TOLD, _ADOPT, _FILLS
    ),
    MismatchKind.FILL_DIFFERS: Meaning(
        "A trade id has another price, quantity, side or fee at the venue than we were told.",
        _HALTED,
        _TELL,
        _FILLS,
    ),
    MismatchKind.FILL_REVOKED: Meaning(
        "A fill that we were told of is not among the venue's trades: it was rolled back.",
        _HALTED,
        _TELL,
        _FILLS,
    ),
    MismatchKind.ACK_MISSED: Meaning(
        "An order that was sent is at the venue; only the answer was lost.", _TOLD, _RECORD, _ORDERS
    ),
    MismatchKind.INTENT_FOUND: Meaning(
        "An order of unknown outcome is at the venue.", _TOLD, _RECORD, _ORDERS
    ),
    MismatchKind.INTENT_ABSENT: Meaning(
        "An order of unknown outcome never reached the venue, and can no more.",
        _TOLD,
        _RECORD,
        (*_ORDERS, *_LISTS, *_FILLS),
    ),
    MismatchKind.REJECTION_MISSED: Meaning(
        "The venue rejected an order and we did not hear of it.", _TOLD, _RECORD, _ORDERS
    ),
    MismatchKind.CANCEL_MISSED: Meaning(
        "The venue cancelled an order and we did not hear of it.", _TOLD, _RECORD, _ORDERS
    ),
    MismatchKind.EXPIRY_MISSED: Meaning(
        "The venue ended an order by its own rule and we did not hear of it.", _TOLD, _RECORD, _ORDERS
    ),
    MismatchKind.ORDER_GONE: Meaning(
        "An order that the venue had acknowledged is nowhere to be found there.",
        _REDUCING,
        _RECORD,
        (*_ORDERS, *_LISTS),
    ),
    MismatchKind.ORDER_REVIVED: Meaning(
        "An order that has ended by our record works at the venue.", _HALTED, _ADOPT, _LISTS
    ),
    MismatchKind.FILLED_DIFFERS: Meaning(
        "The venue's running total of an order is not the sum of its fills.",
        _REDUCING,
        _TELL,
        (*_ORDERS, *_FILLS),
    ),
    MismatchKind.QUANTITY_DIFFERS: Meaning(
        "An order of ours has another quantity at the venue.", _HALTED, _TELL, _ORDERS
    ),
    MismatchKind.PRICE_DIFFERS: Meaning(
        "An order of ours has another side, type, limit or trigger at the venue.", _HALTED, _TELL, _ORDERS
    ),
    MismatchKind.ORDER_FOREIGN: Meaning(
        "An order works on the account that is not ours.", _TOLD, _ADOPT, (Part.OPEN,)
    ),
    MismatchKind.STOP_FOREIGN: Meaning(
        "A conditional order waits on the account that is not ours.", _TOLD, _ADOPT, (Part.CONDITIONAL,)
    ),
    MismatchKind.EXTERNAL_ENDED: Meaning(
        "An order that is not ours does not work any more.", _TOLD, _ADOPT, _LISTS
    ),
    MismatchKind.TWIN_FOUND: Meaning(
        "An order bears our mark and is not in our journal: another instance trades this account.",
        _HALTED,
        _ADOPT,
        (*_LISTS, *_FILLS),
        venue_wide=True,
    ),
    MismatchKind.STOP_MISSING: Meaning(
        "A position of ours has neither a stop nor an exit at the venue.",
        _TOLD,
        _TELL,
        (*_LISTS, *_FILLS),
    ),
    MismatchKind.POSITION_LARGER: Meaning(
        "The venue holds more than all known trades explain.", _REDUCING, _ADOPT, _HOLDINGS
    ),
    MismatchKind.POSITION_SMALLER: Meaning(
        "The venue holds less than all known trades explain.", _REDUCING, _ADOPT, _HOLDINGS
    ),
    MismatchKind.POSITION_OPPOSITE: Meaning(
        "The venue holds a position that faces the other way.", _HALTED, _ADOPT, _HOLDINGS
    ),
    MismatchKind.POSITION_FOREIGN: Meaning(
        "The venue holds a position where we have none.", _TOLD, _ADOPT, _HOLDINGS
    ),
    MismatchKind.CASH_DIFFERS: Meaning(
        "A balance is not what all known trades leave.",
        _REDUCING,
        _ADOPT,
        (Part.FILLS, Part.BALANCES),
        venue_wide=True,
    ),
    MismatchKind.QUERY_FAILED: Meaning(
        "The venue did not answer a query: nothing is concluded from it.", _TOLD, _TELL, (), venue_wide=True
    ),
}


class Mismatch(Value, frozen=True):
    """One difference: `subject` is the order, trade id, instrument, asset or query it is about; `here` is our
    belief and `there` what the venue says. `instrument` is empty when it concerns all of them."""

    kind: MismatchKind
    subject: str
    instrument: str
    here: str
    there: str
    severity: Severity

    @property
    def repair(self) -> Repair:
        return MEANINGS[self.kind].repair

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.here} here, {self.there} at the venue"


def kind_of(text: str) -> MismatchKind:
    """The kind of a mismatch that was written out."""
    return MismatchKind(text.split(" ", 1)[0])
