"""What a feed was given, kept as it came: every frame and every answer with its time.

A recording is a folder of compressed parts, one JSON object a line. The first line says what it is of.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import Decoder as JsonDecoder

from barfinex.domain.errors import BadInput

FORMAT = 1


class Header(Struct, forbid_unknown_fields=True):
    """`instruments` maps our names to the exchange's; `rules` to the fields of our configuration."""

    format: int
    exchange: str
    market: str
    timeframe: str
    backfill: int
    instruments: dict[str, str]
    rules: dict[str, dict[str, str]]


class Line(Struct, omit_defaults=True):
    """At `t` (ms UTC) a `frame` arrived (`raw` when it is no text), or a question `ask` was answered."""

    t: int
    frame: str = ""
    raw: str = ""
    ask: str = ""
    answer: Any = None
    error: str = ""


_HEADER, _LINE = JsonDecoder(Header), JsonDecoder(Line)


class Recording:
    """A recording that was made before.

    Raises:
        BadInput: the folder holds none, or one that is damaged, cut short or of another format.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts = sorted(folder.glob("part-*.jsonl.gz"))
        if not self._parts:
            raise BadInput(str(folder), "holds no recording", "Name the folder that run --record wrote.")
        lines = self._raw()
        try:
            self.header = _HEADER.decode(next(lines))
        except (DecodeError, StopIteration):
            raise self._bad("does not begin as a recording does") from None
        if self.header.format != FORMAT:
            raise self._bad(f"has format {self.header.format}, and this reads {FORMAT}")
        self.begins = self.ends = 0
        for line in self.lines():
            self.begins, self.ends = self.begins or line.t, line.t
        if not self.begins:
            raise self._bad("holds nothing")

    def lines(self) -> Iterator[Line]:
        """All that was recorded, in its order."""
        lines = self._raw()
        next(lines)
        for number, line in enumerate(lines, 2):
            try:
                yield _LINE.decode(line)
            except DecodeError:
                raise self._bad(f"is damaged at line {number}") from None

    def _raw(self) -> Iterator[bytes]:
        for part in self._parts:
            try:
                with gzip.open(part) as file:
                    yield from file
            except (OSError, EOFError) as error:
                raise self._bad(f"is cut short or damaged in {part.name} ({error})") from None

    def _bad(self, reason: str) -> BadInput:
        return BadInput(str(self._folder), reason, "Record it again, or restore it.")
