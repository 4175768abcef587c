"""What can be read at all, and the schema that providers are given."""

from __future__ import annotations

import json
from typing import Any

import pytest

from barfinex.advisor.llm.schema import BYTES_MAX, Output, Stance, parse, wire_schema
from tests.advisor.llm.builders import claim, context, output

ABOUT = context()


def test_a_true_answer_is_read() -> None:
    found = parse(json.dumps(output(ABOUT)))
    assert isinstance(found, Output)
    assert (found.stance, found.tilt) == (Stance.SUPPORT, 2)


CHANGES: list[dict[str, Any]] = [
    {"tilt": 3}, {"tilt": 1.0}, {"tilt": True}, {"tilt": "1"}, {"stance": "BUY"}, {"confidence": 0.9},
    {"claims": [claim("c1", "/features/mom_z", "1.42", "z")]},
    {"claims": [claim(f"c{n}", "/features/mom_z", "1.42", "z") for n in range(9)]},
    {"claims": [claim("x1", "/a", "1", "z"), claim("c2", "/a", "1", "z")]},
    {"claims": [claim("c1\n", "/a", "1", "z"), claim("c2", "/a", "1", "z")]},
    {"claims": [claim("c1", "/a", "1", "kg"), claim("c2", "/a", "1", "z")]},
    {"rationale": []}, {"rationale": [{"text": "a", "claims": []}] * 7}, {"rationale": "text"},
    {"veto": {"code": "BORED", "claims": ["c1"]}}, {"veto": {"code": "LIQUIDITY", "claims": []}},
    {"conflicts": None}, {"missing": ["WEATHER"]},
]  # fmt: skip


@pytest.mark.parametrize("changes", CHANGES)
def test_what_is_not_of_the_schema_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse(json.dumps(output(ABOUT) | changes))


@pytest.mark.parametrize("missing", output(ABOUT))
def test_every_field_is_required(missing: str) -> None:
    found = output(ABOUT)
    del found[missing]
    with pytest.raises(ValueError, match=missing):
        parse(json.dumps(found))


TEXT = json.dumps(output(ABOUT))


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", f"```json\n{TEXT}\n```", f"{TEXT} Done.",
     TEXT.replace('"tilt": 2', '"tilt": 0, "tilt": 2'),
     TEXT.replace('"id": "c1"', '"id": "c3", "id": "c1"'), TEXT.replace('"tilt": 2', '"tilt": NaN'),
     "[" * 8000, '{"claims": ' * 700, TEXT[:-1] + " " * BYTES_MAX + "}", TEXT.replace("Momentum", "\ud800")],
)  # fmt: skip
def test_what_is_no_strict_json_is_refused(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        parse(text)


def objects(schema: Any, depth: int = 1) -> list[tuple[int, dict[str, Any]]]:
    """Every object and list of a schema, with how deep it lies."""
    if isinstance(schema, list):
        return [found for one in schema for found in objects(one, depth)]
    if not isinstance(schema, dict):
        return []
    nested = schema.get("type") in {"object", "array"}
    below = [objects(one, depth + nested) for one in schema.values()]
    return [*([(depth, schema)] if nested else []), *(found for part in below for found in part)]


def test_the_wire_schema_stays_in_the_common_subset() -> None:
    found = objects(wire_schema())
    assert max(depth for depth, _ in found) <= 4
    for _, one in found:
        if one["type"] == "object":
            assert one["additionalProperties"] is False
            assert one["required"] == list(one["properties"])
    text = json.dumps(wire_schema())
    assert not any(
        word in text for word in ("minLength", "maxLength", "minItems", "minimum", "pattern", "$ref")
    )


def test_the_wire_schema_and_the_model_have_the_same_fields() -> None:
    assert list(wire_schema()["properties"]) == list(Output.__struct_fields__)
