"""What a request may carry: strict JSON objects and known parameters, each checked before it is used."""

from __future__ import annotations

import json
from typing import Annotated, Any, NoReturn, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from barfinex.domain.trading import Action, Level, Scope
from barfinex.provider.gateway.refusal import Refusal

BODY_BYTES_MAX = 16 * 1024

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,80}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Scoped(_Strict):
    """How far it reaches: a level and, unless it is global, what it is about."""

    level: Level = Level.GLOBAL
    target: Name | None = None

    @model_validator(mode="after")
    def _target_fits(self) -> _Scoped:
        if (self.target is None) != (self.level is Level.GLOBAL):
            raise ValueError("a level below global needs a target, and only such a one has it")
        return self

    @property
    def scope(self) -> Scope:
        return Scope(self.level, self.target or "")


class HaltBody(_Scoped):
    reason: Line
    by: Line | None = None
    action: Action = Action.HALT


class ResumeBody(_Scoped):
    """`confirmation` is the id that the first call was given."""

    reason: Line
    by: Line
    confirmation: Name | None = None


class LimitBody(_Strict):
    """A stricter value is taken at once; a looser one needs a person, and `confirmation` in a second call."""

    limit: Name
    value: Annotated[str, StringConstraints(pattern=r"^[0-9.eE+-]{1,40}$")]
    reason: Line
    by: Line
    confirmation: Name | None = None


class AcknowledgeBody(_Strict):
    reason: Line
    by: Line


class Page(_Strict):
    """The latest `limit` rows."""

    limit: int = Field(100, ge=1, le=1_000)


class CandlePage(Page):
    instrument: Name
    timeframe: Name | None = None


class EventPage(Page):
    """Rows after number `after`; without it the latest."""

    after: int | None = Field(None, ge=0, le=2**63 - 1)


class Following(_Strict):
    """Only these wire types, separated by commas; all of them without it."""

    after: int | None = Field(None, ge=0, le=2**63 - 1)
    types: Annotated[str, StringConstraints(pattern=r"^[a-z_.,]{1,4000}$")] | None = None


Shape = TypeVar("Shape", bound=_Strict)


async def body_of(request: web.Request, shape: type[Shape]) -> Shape:
    """Raises Refusal: 413 too large, 415 not JSON by its header, 400 anything else that is wrong."""
    if request.content_type != "application/json":
        raise Refusal(415, "send a JSON object with Content-Type: application/json")
    try:
        text = (await request.read()).decode("utf-8")
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError:
        raise Refusal(400, "the body is nested too deeply") from None
    except ValueError as error:
        raise Refusal(400, f"the body is not strict JSON: {error}") from None
    return _checked(document, shape)


def query_of(request: web.Request, shape: type[Shape]) -> Shape:
    """Raises Refusal: 400 when a parameter is unknown, given twice, or out of bounds."""
    pairs = list(request.query.items())
    try:
        return _checked(_once(pairs), shape)
    except ValueError as error:
        raise Refusal(400, str(error)) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key is given twice")
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _checked(document: object, shape: type[Shape]) -> Shape:
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors()[:5])
        raise Refusal(400, "; ".join(faults)) from None
