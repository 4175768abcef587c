"""A file of candles or rates as a stream of Arrow batches, once it is known to be what its name says."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from barfinex.domain.errors import BadInput

TIMES = ("ts", "timestamp", "open_time", "time", "date")
AGAIN = "It is damaged or cut short: fetch it again."
NULLS = ["", "null", "NULL", "None", "NA", "N/A"]
MAGIC = b"PAR1"
PIECE = 1 << 19
CHUNK = 1 << 18
DIGITS_EXACT = 16


class Layout(NamedTuple):
    """The columns a file must have and may have, and what to say when one is absent; `ts` has many names."""

    names: tuple[str, ...]
    needed: int
    what: str
    remedy: str


CANDLES = Layout(
    ("ts", "open", "high", "low", "close", "volume"),
    5,
    "candles",
    "Give a header row: ts,open,high,low,close,volume; ts is the candle's start in ms UTC.",
)
FUNDING = Layout(
    ("ts", "rate"), 2, "rates", "Give a header row: ts,rate; ts in ms UTC, the rate a fraction (0.0001)."
)


@dataclass(frozen=True, slots=True)
class Table:
    """`batches` of together at most `rows_max` rows, with the columns of the layout that it has."""

    sha256: str
    rows_max: int
    types: dict[str, Any]
    batches: Iterator[Any]
    notes: tuple[str, ...]


@contextmanager
def open_table(path: Path, layout: Layout = CANDLES) -> Iterator[Table]:
    """Open a .parquet or .csv file; what goes wrong while its batches are read is told in the same words.

    Raises:
        BadInput: the file is missing, empty, cut short, damaged or not what its name says, or lacks a column.
    """
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps for itself what was freed.
    try:
        sha256, lines, head, tail = _survey(path)
        is_parquet = _is_parquet(path, head, tail)
        if is_parquet:
            rows_max, schema, batches = _parquet(path, layout)
        else:
            rows_max = lines
            schema, batches = _csv(path, layout)
        cut = not is_parquet and tail[-1:] not in (b"\n", b"\r")
        notes = ("the last line does not end: it may be cut short",) if cut else ()
        yield Table(sha256, rows_max, dict(zip(schema.names, schema.types, strict=True)), batches, notes)
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error) as error:
        if isinstance(error, pa.ArrowInvalid) and path.suffix.lower() == ".csv":
            _blame(path, layout)
        lines_of = str(error).splitlines() or [type(error).__name__]
        raise BadInput(str(path), f"cannot be read: {lines_of[0].rstrip('.')}", AGAIN) from error
    finally:
        pa.default_memory_pool().release_unused()


def _survey(path: Path) -> tuple[str, int, bytes, bytes]:
    """sha256, most lines there can be, first and last bytes; in one pass."""
    digest, lines, head, tail = hashlib.sha256(), 1, b"", b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                lines += chunk.count(b"\n") or chunk.count(b"\r")
                head, tail = head or chunk[:4], (tail + chunk)[-4:]
    except OSError as error:
        raise BadInput(str(path), f"cannot be read ({error.strerror})", "Name an existing file.") from error
    return digest.hexdigest(), lines, head, tail


def _is_parquet(path: Path, head: bytes, tail: bytes) -> bool:
    suffix, is_parquet = path.suffix.lower(), head == MAGIC
    if not head:
        raise BadInput(str(path), "is empty", "Fetch it again.")
    if suffix not in (".parquet", ".csv"):
        raise BadInput(str(path), "is neither .parquet nor .csv", "Convert it, or give it its true name.")
    if is_parquet != (suffix == ".parquet"):
        reason = f"is named {suffix} but {'holds' if is_parquet else 'does not hold'} Parquet"
        raise BadInput(str(path), reason, "Give it its true name, or fetch it again.")
    if is_parquet and tail != MAGIC:
        raise BadInput(str(path), "is cut short: the end of the Parquet file is missing", "Fetch it again.")
    return is_parquet


def _positions(path: Path, header: Sequence[str], layout: Layout) -> dict[str, int]:
    """Where each column stands in the header; raises BadInput when one is absent or there twice."""
    found = [name.strip().lower() for name in header]
    time = next((name for name in TIMES if name in found), "ts")
    theirs = {name: time if name == "ts" else name for name in layout.names}
    for at, name in enumerate(layout.names):
        if found.count(theirs[name]) > 1:
            raise BadInput(
                f"{path}, column {theirs[name]}", "stands twice in the header", "Keep one of them."
            )
        if theirs[name] not in found and at < layout.needed:
            row = ", ".join(header[:8])[:120]
            raise BadInput(str(path), f"has no column {name} (its first row reads: {row})", layout.remedy)
    return {name: found.index(theirs[name]) for name in layout.names if theirs[name] in found}


def _parquet(path: Path, layout: Layout) -> tuple[int, Any, Iterator[Any]]:
    import pyarrow as pa
    from pyarrow import parquet

    file = parquet.ParquetFile(path, page_checksum_verification=True)
    places = _positions(path, file.schema_arrow.names, layout)
    theirs = {name: file.schema_arrow.names[place] for name, place in places.items()}
    schema = pa.schema([(name, file.schema_arrow.field(place).type) for name, place in places.items()])
    batches = (
        batch.select(list(theirs.values())).rename_columns(list(theirs))
        for batch in file.iter_batches(columns=list(theirs.values()))
    )
    return file.metadata.num_rows, schema, batches


def _csv(path: Path, layout: Layout) -> tuple[Any, Iterator[Any]]:
    import pyarrow as pa

    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        header = next(lines, [])
        first = next(filter(None, lines), [])
    places = _positions(path, header, layout)
    names = [f"other {place}" for place in range(len(header))]
    for name, place in places.items():
        names[place] = name
    if not first:
        raise BadInput(str(path), f"holds a header and no {layout.what}", "Fetch it again.")
    if len(first) != len(header):
        _blame(path, layout)
    types = {name: pa.float64() for name in places}
    cell = first[places["ts"]].strip()
    if not _is_number(cell):
        del types["ts"]  # left to be recognised as a date or timestamp
    elif len(cell) > DIGITS_EXACT:
        types["ts"] = pa.int64()
    tables = _parsed(path, names, types, list(places))
    leading = next(tables)
    batches = (batch for table in chain([leading], tables) for batch in table.to_batches())
    return leading.schema, batches


def _parsed(path: Path, names: list[str], types: dict[str, Any], wanted: list[str]) -> Iterator[Any]:
    """Tables of pieces: Arrow's reader of whole files holds everything twice, its stream has one thread."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    with path.open("rb") as file:
        file.readline()
        while piece := file.read(PIECE):  # bound: the file
            piece += file.readline()
            if piece.isspace():
                continue
            table = arrow_csv.read_csv(
                pa.BufferReader(piece),
                read_options=arrow_csv.ReadOptions(column_names=names, block_size=CHUNK),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=types, include_columns=wanted, null_values=NULLS
                ),
            )
            types = {**types, "ts": table.schema.field("ts").type}
            yield table


def _blame(path: Path, layout: Layout) -> None:
    """Raise BadInput for the first line that cannot be read; slow, hence only called after a failure."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        header = next(lines)
        places = _positions(path, header, layout)
        for row in filter(None, lines):
            where = f"{path}, line {lines.line_num}"
            if len(row) != len(header):
                raise BadInput(where, f"has {len(row)} of {len(header)} columns", AGAIN)
            for name, place in places.items():
                cell = row[place].strip()
                if not (cell in NULLS or _is_number(cell) or (name == "ts" and _is_time(cell))):
                    reason = f"{cell[:40]!r} is no {'time' if name == 'ts' else 'number'}"
                    raise BadInput(f"{where}, column {header[place]}", reason, "Correct or delete the line.")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _is_time(cell: str) -> bool:
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return False
    return True
