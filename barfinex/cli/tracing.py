"""`barfinex trace`: any id, the whole chain."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer

from barfinex.audit.reader import Reader
from barfinex.cli.audit import DEFAULT_JOURNAL
from barfinex.cli.inputs import JournalOption, JsonOption, answer, output
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope
from barfinex.studio.story import tell


def trace(
    id: Annotated[
        str, typer.Argument(help="Id of a trade, fill, order, intent, decision or signal; or first, or last.")
    ],
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Tell a decision whole: candle, conditions, score, eight stages, policies, approval, orders, fills, outcome."""
    place = journal or DEFAULT_JOURNAL
    with Reader(place) as reader:
        chain = reader.related(_closed(reader, id) if id in ("first", "last") else id)
    if not chain:
        raise BadInput(f"id {id!r}", f"is not in {place}", "Take one from `barfinex tail` or the view v_why.")
    if json:
        answer({"id": id, "events": [as_json(envelope) for envelope in chain]})
    else:
        output.print(tell(chain))


def _closed(reader: Reader, which: str) -> str:
    order = "asc" if which == "first" else "desc"
    rows = reader.query(f"select id from v_trades order by exit_ts {order}, id {order} limit 1")
    if not rows:
        raise BadInput(which, "finds no closed trade", "Name a signal or an order instead.")
    return str(rows[0]["id"])


def as_json(envelope: Envelope) -> dict[str, Any]:
    """An envelope as plain data."""
    stamp = {name: value for name, value in envelope._asdict().items() if name != "event"}
    body: dict[str, Any] = orjson.loads(envelope.event.model_dump_json())
    return {**stamp, "type": envelope.event.wire_type, "body": body}
