"""Frozen artefacts as canonical JSON: what was changed, cut short or is another kind of thing is not read."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from math import isfinite
from typing import TypeVar

from msgspec import DecodeError, ValidationError, convert, json, to_builtins

from barfinex.domain.errors import BadInput
from barfinex.domain.value import Value

SCHEMA = 1
AGAIN = "Train it again, or take a copy that is whole."

A = TypeVar("A", bound=Value)


def write(artefact: Value) -> bytes:
    """The artefact as {"content", "kind", "schema", "sha256"}: keys in order, no blanks; equal artefacts give
    equal bytes. The hash is over the same object without itself.

    Raises:
        ValueError: a number in it is not finite.
    """
    content = to_builtins(artefact)
    for path, number in _numbers(content, ""):
        if not isfinite(number):
            raise ValueError(f"{path.lstrip('.')} is {number}: an artefact of finite numbers only is written")
    body = {"kind": _kind(type(artefact)), "schema": SCHEMA, "content": content}
    return json.encode({**body, "sha256": _digest(body)}, order="sorted")


def read(raw: bytes, kind: type[A], features: tuple[str, ...] | None = None, where: str = "artefact") -> A:
    """What `write` wrote.

    Args:
        features: the names the artefact's features must have, in order; any when left out.
        where: the file or record it is from, for the error.

    Raises:
        BadInput: it is cut short, changed, of another kind or version, holds a number that is not finite or
            a field of a wrong length or type, or is about other features.
    """
    content = _whole(raw, _kind(kind), where)
    try:
        found = convert(content, kind)
    except ValidationError as fault:
        raise BadInput(f"{where}.content", str(fault), AGAIN) from fault
    if features is not None and features != _features(found):
        reason = f"are {', '.join(_features(found))}, not {', '.join(features)}"
        raise BadInput(f"{where}.content.features", reason, "Train it on the features that are served.")
    return found


def _whole(raw: bytes, kind: str, where: str) -> object:
    """The content, after everything that can be said of it without knowing its fields."""
    try:
        whole = json.decode(raw)
    except DecodeError as fault:
        raise BadInput(where, f"is not whole JSON ({fault})", AGAIN) from fault
    if not isinstance(whole, dict) or whole.keys() != {"kind", "schema", "content", "sha256"}:
        raise BadInput(where, "is not an object of kind, schema, content and sha256", AGAIN)
    if whole["schema"] != SCHEMA:
        raise BadInput(
            f"{where}.schema", f"is {whole['schema']!r}, not {SCHEMA}", "Train it with this version."
        )
    if whole["kind"] != kind:
        raise BadInput(f"{where}.kind", f"is {whole['kind']!r}, not {kind!r}", "Give the right artefact.")
    for path, number in _numbers(whole["content"], f"{where}.content"):
        if not isfinite(number):
            raise BadInput(path, f"is {number}, not finite", AGAIN)
    if json.encode(whole, order="sorted") != raw:
        raise BadInput(where, "is not as it was written: a digit or a blank was changed", AGAIN)
    if _digest({key: whole[key] for key in ("kind", "schema", "content")}) != whole["sha256"]:
        raise BadInput(f"{where}.sha256", "is not the hash of the content: it was changed", AGAIN)
    return whole["content"]


def _features(artefact: Value) -> tuple[str, ...]:
    """The artefact's own, or its scaler's."""
    owner = getattr(artefact, "scaler", artefact)
    return tuple(getattr(owner, "features", ()))


def _kind(kind: type[Value]) -> str:
    return kind.__name__.lower()


def _digest(body: dict[str, object]) -> str:
    return sha256(json.encode(body, order="sorted")).hexdigest()


def _numbers(part: object, path: str) -> Iterator[tuple[str, float]]:
    """Every float of plain data, with where it is."""
    if isinstance(part, float):
        yield path, part
    elif isinstance(part, dict):
        for key, inner in part.items():
            yield from _numbers(inner, f"{path}.{key}")
    elif isinstance(part, list | tuple):
        for at, inner in enumerate(part):
            yield from _numbers(inner, f"{path}[{at}]")
