"""`barfinex trace`: any id, the whole chain."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from barfinex.audit.reader import OWN_S, Reader
from barfinex.bus.codec import STAMP
from barfinex.cli.inputs import DEFAULT_JOURNAL, JournalOption, JsonOption, answer, output
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope
from barfinex.studio.story import tell


def trace(
    any_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="Id of a trade, fill, order, intent, decision or signal; or first, or last."
        ),
    ],
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Tell a decision whole: candle, conditions, eight stages, policies, approval, orders, outcome."""
    place = journal or DEFAULT_JOURNAL
    with Reader(place) as reader:
        chain = reader.related(_closed(reader, any_id) if any_id in ("first", "last") else any_id)
    if not chain:
        raise BadInput(
            f"id {any_id!r}", f"is not in {place}", "Take one from `barfinex tail` or the view v_why."
        )
    if json:
        answer({"id": any_id, "events": [as_json(envelope) for envelope in chain]})
    else:
        output.print(tell(chain))


def _closed(reader: Reader, which: str) -> str:
    first = "select id from v_trades order by exit_ts, id limit 1"
    last = "select id from v_trades order by exit_ts desc, id desc limit 1"
    rows = reader.query(first if which == "first" else last, OWN_S)
    if not rows:
        raise BadInput(which, "finds no closed trade", "Name a signal or an order instead.")
    return str(rows[0]["id"])


def as_json(envelope: Envelope) -> dict[str, Any]:
    """An envelope as plain data."""
    stamp = {name: getattr(envelope, name) for name in STAMP}
    body: dict[str, Any] = envelope.event.plain()
    return {**stamp, "type": envelope.event.wire_type, "body": body}
