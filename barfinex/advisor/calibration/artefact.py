"""A calibrator as JSON: plain numbers that anyone can read, and nothing that runs."""

from __future__ import annotations

import msgspec

from barfinex.advisor.calibration.menu import AnyCalibrator
from barfinex.domain.errors import BadInput
from barfinex.domain.value import Value

VERSION = 1


class _Artefact(Value, frozen=True):
    version: int
    calibrator: AnyCalibrator


def written(calibrator: AnyCalibrator) -> bytes:
    """As JSON; the same calibrator gives the same bytes."""
    return msgspec.json.encode(_Artefact(VERSION, calibrator))


def read(raw: bytes) -> AnyCalibrator:
    """What `written` wrote.

    Raises:
        BadInput: cut short, of another version or kind, or with a number that is missing or not finite.
    """
    try:
        found = msgspec.json.decode(raw, type=_Artefact)
    except (msgspec.DecodeError, ValueError) as fault:
        raise BadInput("calibrator", str(fault), "fit it again from the labels") from fault
    if found.version != VERSION:
        raise BadInput(
            "calibrator", f"version {found.version}, not {VERSION}", "fit it again from the labels"
        )
    return found.calibrator
