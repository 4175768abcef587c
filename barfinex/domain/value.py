"""What the nouns are made of: immutable values, compared by content, and words from a closed list."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct, convert, to_builtins
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Value(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Made in a fifth of the time of a frozen dataclass, and written as JSON without Python code.

    A value never holds itself, so the garbage collector need not look for cycles in it.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """As a field of an event: an instance as it is, or, out of JSON, an object with its fields."""
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_plain_validator_function(lambda raw: convert(raw, source)),
            python_schema=core_schema.is_instance_schema(cls),
            serialization=core_schema.plain_serializer_function_ser_schema(to_builtins, when_used="json"),
        )


class Word(StrEnum):
    """One of the words of a closed list.

    Python before 3.12 goes through Python code for `Side.BUY` and for every look-up in a dictionary of words:
    here both are as fast as with plain text.
    """

    __hash__ = str.__hash__

    def __init_subclass__(cls) -> None:
        for name, member in cls.__members__.items():
            type.__setattr__(cls, name, member)
