"""Every help text is shown as it was written: its brackets are no markup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text
from typer.main import get_command

from barfinex.cli import app
from tests.cli.command import barfinex


def texts(command: Any) -> Iterator[str]:
    yield command.help or ""
    yield from (one.help or "" for one in command.params if hasattr(one, "help"))
    for child in getattr(command, "commands", {}).values():
        yield from texts(child)


def test_no_text_loses_its_brackets() -> None:
    found = list(texts(get_command(app)))
    assert len(found) > 150
    for text in found:
        assert Text.from_markup(text).plain == text.replace("\\[", "["), text


def test_a_section_of_the_configuration_is_named() -> None:
    """Failed before: `[advisor]` was taken for markup and left out."""
    assert "TOML file whose [advisor] is tried" in " ".join(
        barfinex("advisor", "replay", "--help").out.split()
    )
