"""Start-up and recovery are one path: new modules fold the journal and are where the old ones were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from barfinex.audit.reader import Reader
from barfinex.bus.port import Module
from barfinex.events.base import Envelope, Event
from barfinex.events.provider import BookSampled, CandlesClosed

CANDLE_EVENTS_MAX = 5_000
MARKET: tuple[type[Event], ...] = (CandlesClosed, BookSampled)


def folds(module: Module) -> set[type[Event]]:
    """What a module's state is made of: what it consumes, and what it has said itself."""
    return {*module.consumes, *getattr(module, "restores", ())}


def past(reader: Reader, modules: Iterable[Module], until: int | None = None) -> Iterable[Envelope]:
    """The journal's rows that these modules fold, in order; of candles and books only the latest."""
    types = set[type[Event]]().union(*(folds(module) for module in modules))
    since = {kind: reader.seq_of_latest(kind.wire_type, CANDLE_EVENTS_MAX, until) for kind in MARKET}
    for envelope in reader.envelopes(types=types, until=until):
        if envelope.seq >= since.get(type(envelope.event), 0):
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
