"""A column of times, in whatever unit a file keeps it, as whole milliseconds UTC."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from barfinex.domain.candles import Ints
from barfinex.domain.errors import BadInput

NO_TIME = int(np.iinfo(np.int64).min)
NS_MAX = 9e18
PIECE = 1 << 16  # Rows scaled at once, lest the whole column be held several times.

# Unit and bounds: between 1973 and 2286 a number of one unit cannot be taken for one of another.
UNITS = (("s", 1e8, 1e10), ("ms", 1e11, 1e13), ("us", 1e14, 1e16), ("ns", 1e17, NS_MAX))
WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def milliseconds(values: NDArray[Any], kind: Any, where: str) -> tuple[Ints, str | None]:
    """Read values of the Arrow type `kind`: integers, NO_TIME where null, or floats, NaN where null.

    Returns:
        ms UTC, NO_TIME where a cell is no time or no whole ms; and a note when the file is not in ms.

    Raises:
        BadInput: the zone is not given, or the unit cannot be told.
    """
    import pyarrow as pa

    if pa.types.is_date(kind):
        return values, "ts are dates: read as midnight UTC"
    if pa.types.is_timestamp(kind):
        if kind.tz is None:
            remedy = "Write the offset (2024-01-31T00:00:00Z), or ts in ms UTC."
            raise BadInput(where, "has times without a zone", remedy)
        return _whole(values, kind.unit, -np.inf, np.inf), "ts are timestamps: read in UTC"
    known = values[_valid(values)]
    middle = float(np.median(known, overwrite_input=True)) if len(known) else 0.0
    del known
    for unit, low, high in UNITS:
        if low <= middle < high:
            ts = _whole(values, unit, low, high)
            return ts, None if unit == "ms" else f"ts read as {WORDS[unit]} by their size"
    raise BadInput(where, f"has times such as {middle:.0f}, in no unit that can be told", "Write ms UTC.")


def _valid(values: NDArray[Any]) -> NDArray[np.bool_]:
    valid: NDArray[np.bool_] = np.isfinite(values) if values.dtype == np.float64 else values != NO_TIME
    return valid


def _whole(values: NDArray[Any], unit: str, low: float, high: float) -> Ints:
    """From a unit to ms, piece by piece; NO_TIME where not valid, not whole or not in [low, high)."""
    ts = np.empty(len(values), np.int64)
    for start in range(0, len(values), PIECE):
        piece = values[start : start + PIECE]
        valid = _valid(piece) & (piece >= low) & (piece < high)
        ts[start : start + PIECE] = _scaled(piece, unit, valid)
    return ts


def _scaled(values: NDArray[Any], unit: str, valid: NDArray[np.bool_]) -> Ints:
    """From a unit to ms; NO_TIME where not valid or not whole."""
    if unit == "s":
        scaled = np.where(valid, values, 0) * 1_000
    elif unit == "ms":
        scaled = values
    else:
        scaled, rest = np.divmod(values, 1_000 if unit == "us" else 1_000_000)
        valid = valid & (rest == 0)
    if scaled.dtype == np.float64:
        scaled = np.where(valid, scaled, 0.0)
        valid = valid & (scaled == np.floor(scaled))
        scaled = scaled.astype(np.int64)
    return scaled if valid.all() else np.where(valid, scaled, NO_TIME)
