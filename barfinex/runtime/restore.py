"""Start-up and recovery are one path: new modules fold the journal and are where the old ones were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from barfinex.audit.reader import Reader
from barfinex.bus.port import Module
from barfinex.events.base import Envelope, Event
from barfinex.events.provider import CandlesClosed

CANDLE_EVENTS_MAX = 5_000


def folds(module: Module) -> set[type[Event]]:
    """What a module's state is made of: what it consumes, and what it has said itself."""
    return {*module.consumes, *getattr(module, "restores", ())}


def past(reader: Reader, modules: Iterable[Module], until: int | None = None) -> Iterable[Envelope]:
    """The journal's rows that these modules fold, in order; of the candles only the latest."""
    types = set[type[Event]]().union(*(folds(module) for module in modules))
    candles_from = reader.seq_of_latest(CandlesClosed.wire_type, CANDLE_EVENTS_MAX, until)
    for envelope in reader.envelopes(types=types, until=until):
        if not isinstance(envelope.event, CandlesClosed) or envelope.seq >= candles_from:
            yield envelope


def restore(modules: Sequence[Module], envelopes: Iterable[Envelope]) -> int:
    """Fold the past into each module; returns how many envelopes there were."""
    wants = [(module, folds(module)) for module in modules]
    count = 0
    for envelope in envelopes:
        count += 1
        for module, types in wants:
            if type(envelope.event) in types:
                module.fold(envelope)
    return count
