"""`barfinex tail`: what happens, a line an event."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import anyio
import orjson
import typer

from barfinex.audit.reader import Reader
from barfinex.bus.codec import decode
from barfinex.cli.inputs import ConfigOption, JournalOption, output
from barfinex.cli.places import TokenOption, place_of, watch
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope
from barfinex.events.catalog import CATALOG
from barfinex.studio.client import Client, Link
from barfinex.studio.tail import is_detail, line

POLL_S = 0.25
PAST_ROWS = 1_000


def tail(
    journal: JournalOption = None,
    follow: Annotated[
        bool | None,
        typer.Option("--follow/--no-follow", "-f", help="Go on as it grows; default: on a terminal."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Candles, stages and order details too.")] = False,
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only events whose type contains this; may be repeated."),
    ] = None,
    instrument: Annotated[
        list[str] | None, typer.Option(help="Only this instrument; may be repeated.")
    ] = None,
    *,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="So many lines of the past.")] = 40,
    url: Annotated[str | None, typer.Option("--url", help="Through the API there, not the file.")] = None,
    token_file: TokenOption = None,
    config: ConfigOption = None,
) -> None:
    """Events as readable lines, from the journal file while a run writes it or after it ended."""
    place = place_of(config, journal, url, token_file)
    wanted = _Filter(everything, tuple(type_ or ()), frozenset(instrument or ()))
    on = output.is_terminal if follow is None else follow
    if url is not None:
        client = place.client()
        watch(lambda: _tail_stream(client, wanted, lines, on))
    else:
        watch(lambda: _tail_file(place.journal, wanted, lines, on))


@dataclass(frozen=True, slots=True)
class _Filter:
    """Which events are shown; asking for a type shows it even when it is a detail."""

    everything: bool
    types: tuple[str, ...]
    instruments: frozenset[str]

    def __post_init__(self) -> None:
        for part in self.types:
            if not any(part in name for name in CATALOG):
                raise BadInput(f"--type {part}", "is in no event's name", "See `barfinex map --json`.")

    def __call__(self, envelope: Envelope) -> bool:
        if self.types:
            if not any(part in envelope.event.wire_type for part in self.types):
                return False
        elif not self.everything and is_detail(envelope):
            return False
        return not self.instruments or envelope.event.subject in self.instruments


def _say(envelope: Envelope) -> None:
    output.print(line(envelope), soft_wrap=True)


async def _tail_file(journal: Path, wanted: _Filter, lines: int, follow: bool) -> None:
    with Reader(journal) as reader:
        last = int(reader.query("select coalesce(max(seq), 0) as seq from events")[0]["seq"])
        for envelope in _past(reader, last, wanted, lines):
            _say(envelope)
    while follow:
        with anyio.move_on_after(POLL_S):
            await anyio.sleep_forever()
        with Reader(journal) as reader:
            for envelope in reader.envelopes(after=last):
                last = envelope.seq
                if wanted(envelope):
                    _say(envelope)


def _past(reader: Reader, last: int, wanted: _Filter, lines: int) -> list[Envelope]:
    """The latest `lines` rows that are wanted, oldest first; looks back no further than it must."""
    found: list[Envelope] = []
    low = last
    while low > 0 and len(found) < lines:
        high, low = low, max(0, low - PAST_ROWS)
        found = [each for each in reader.envelopes(after=low, until=high) if wanted(each)] + found
    return found[len(found) - lines :] if lines < len(found) else found


async def _tail_stream(client: Client, wanted: _Filter, lines: int, follow: bool) -> None:
    recent = await client.get("/events", limit=PAST_ROWS)
    past = [each for each in map(decode, map(orjson.dumps, recent["events"])) if wanted(each)]
    for envelope in past[max(0, len(past) - lines) :]:
        _say(envelope)

    def say(envelope: Envelope) -> None:
        if wanted(envelope):
            _say(envelope)

    if follow:
        await client.follow(say, Link(last=recent["next"]))
