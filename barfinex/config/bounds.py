"""What a value of the configuration may be: finite, inside its bounds, of the right type."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

# TOML has no decimals, tuples or paths: only these are converted; everywhere else the type must be right.
Fraction = Annotated[Decimal, Field(ge=0, le=1, allow_inf_nan=False, strict=False)]
Amount = Annotated[Decimal, Field(gt=0, le=Decimal("1e15"), allow_inf_nan=False, strict=False)]
Leverage = Annotated[Decimal, Field(gt=0, le=100, allow_inf_nan=False, strict=False)]
Bps = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
Step = Annotated[Decimal, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False, strict=False)]
Folder = Annotated[Path, Field(strict=False)]
Milliseconds = Annotated[int, Field(ge=0, le=10**12)]

T = TypeVar("T")
OrOff = Annotated[T | None, BeforeValidator(lambda value: None if value == "off" else value)]
"""A limit, or the word "off": a control is only left out when the file says so."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
