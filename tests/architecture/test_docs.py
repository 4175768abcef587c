"""What the documents say is what the code does."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from barfinex.events.catalog import CATALOG
from tests.architecture.tree import ROOT, report, text

PAGES = {
    "README.md": "write it: what it is, two commands, the picture, a strategy, where to look, the journal.",
    "barfinex/ARCHITECTURE.md": "write it: the picture, the invariants, the event map, the decisions.",
}


def commands() -> set[str]:
    """The command line's own list, `audit verify` and the like included as `audit`."""
    apps = [v for v in vars(importlib.import_module("barfinex.cli")).values() if isinstance(v, typer.Typer)]
    assert apps, (
        "barfinex/cli/__init__.py shows no Typer. Remedy: keep the application there as `app`, beside `main`."
    )
    group = typer.main.get_command(apps[0])
    return set(getattr(group, "commands", {}))


def code(page: str) -> list[str]:
    """What a page shows as code, line by line: fenced, indented, or between backticks."""
    fenced = re.findall(r"^```.*?$(.*?)^```", page, re.MULTILINE | re.DOTALL)
    shown = [*re.findall(r"^ {4,}.*$", page, re.MULTILINE), *re.findall(r"`([^`\n]+)`", page), *fenced]
    return [line.strip().removeprefix("$ ") for each in shown for line in each.splitlines()]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_in_a_page_exists(page: str) -> None:
    lines = code(text(page, PAGES[page]))
    said = {
        m[1]
        for line in lines
        if (m := re.match(r"(?:\S*python3? -m |\S*/)?barfinex ([a-z]+(?:-[a-z]+)*)\b", line))
    }
    report(sorted(said - commands()), f"correct {page}, or add the command to barfinex/cli.")


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_in_a_page_exists(page: str) -> None:
    said = {m[1] for line in code(text(page, PAGES[page])) if (m := re.match(r"make ([a-z]+)\b", line))}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    report(sorted(said - targets), f"correct {page}, or add the target to the Makefile.")


def test_the_event_map_is_the_catalog() -> None:
    page = text("barfinex/ARCHITECTURE.md", PAGES["barfinex/ARCHITECTURE.md"])
    found = re.search(r"^#+ Event map$(.*?)(?=^#+ |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, (
        "barfinex/ARCHITECTURE.md has no `## Event map`. Remedy: paste what `make map` prints under it."
    )
    shown = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", found[1]))
    known = {event.__name__ for event in CATALOG.values()}
    faults = [f"not on the page: {name}" for name in sorted(known - shown)]
    faults += [f"not in the catalog: {name}" for name in sorted(shown - known)]
    report(faults, "paste what `make map` prints under `## Event map` in barfinex/ARCHITECTURE.md.")


def test_every_configuration_key_is_documented() -> None:
    config = importlib.import_module("barfinex.config")
    models = [
        m
        for m in vars(config).values()
        if isinstance(m, type) and issubclass(m, BaseModel) and m.__module__.startswith("barfinex.config")
    ]
    assert models, "barfinex/config.py defines no pydantic model. Remedy: describe the configuration as one."
    written = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "config").glob("*.toml"))
    faults = [
        f"{m.__name__}.{key}"
        for m in models
        for key in m.model_fields
        if not re.search(rf"\b{key}\b", written)
    ]
    report(
        faults,
        "put the key, with its unit and default, into config/barfinex.toml (commented out if need be).",
    )


def test_every_option_a_page_shows_exists() -> None:
    """`--duration` in the README is an option of some command."""
    apps = importlib.import_module("barfinex.cli")
    roots = [typer.main.get_command(v) for v in vars(apps).values() if isinstance(v, typer.Typer)]
    known = {
        "--help",
        *(o for root in roots for command in _walk(root) for p in command.params for o in p.opts),
    }
    said = {o for page, remedy in PAGES.items() for o in _options(text(page, remedy))}
    report(sorted(said - known), "correct the page, or add the option to its command in barfinex/cli.")


def _options(page: str) -> set[str]:
    lines = [line for line in code(page) if re.match(r"make |(?:\S*python3? -m |\S*/)?barfinex ", line)]
    return {
        option
        for line in lines
        for option in re.findall(r"(?<!\S)--[a-z][a-z-]*|(?<=\")--[a-z][a-z-]*", line)
    }


def _walk(command: Any) -> list[Any]:
    inner = getattr(command, "commands", {})
    return [command, *(each for child in inner.values() for each in _walk(child))]
