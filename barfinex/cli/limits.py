"""`barfinex limits`: the risk limits in force; stricter at once, wider only by a person and after a while."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from barfinex.audit.reader import Reader
from barfinex.cli.halting import ByOption, ConfirmOption, ReasonOption, report, spoken, tell_run
from barfinex.cli.inputs import ConfigOption, JournalOption, JsonOption, answer, output
from barfinex.cli.places import Place, TokenOption, UrlOption, place_of
from barfinex.config import InspectorConfig
from barfinex.domain.errors import BadInput
from barfinex.events.inspector import LimitLoosened, LimitTightened
from barfinex.events.kernel import RunStarted
from barfinex.inspector.ratchet import overlaid

app = typer.Typer(no_args_is_help=True)


@app.command()
def show(journal: JournalOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """The limits in force: as configured at the last start, and as set since."""
    place = place_of(config, journal, None, None)
    configured, overlay = _limits_of(place.journal)
    if configured is None:
        raise BadInput(str(place.journal), "holds no run", "Start one, or name another with --journal.")
    in_force = overlaid(configured, overlay).model_dump(mode="json")
    before = configured.model_dump(mode="json")
    if json:
        answer({"limits": in_force, "configured": before})
        return
    table = Table("limit", "in force", "configured")
    for name, value in in_force.items():
        table.add_row(name, str(value), "" if value == before[name] else str(before[name]))
    output.print(table)


@app.command()
def tighten(
    limit: Annotated[str, typer.Argument(help="Its name in the section inspector of the configuration.")],
    value: Annotated[str, typer.Argument(help="A stricter value; it holds at once.")],
    reason: ReasonOption,
    by: ByOption,
    url: UrlOption = None,
    token_file: TokenOption = None,
    journal: JournalOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a limit stricter, at once."""
    place = place_of(config, journal, url, token_file)
    answered = _change(place, limit, value, reason, by, None, person=False)
    report(answered, f"{limit} is {value}", "")


@app.command()
def loosen(
    limit: Annotated[str, typer.Argument(help="Its name in the section inspector of the configuration.")],
    value: Annotated[str, typer.Argument(help="A wider value.")],
    reason: ReasonOption,
    by: ByOption,
    confirm: ConfirmOption = None,
    url: UrlOption = None,
    token_file: TokenOption = None,
    journal: JournalOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a limit wider, in two calls: the first begins a delay and gives an id, the second confirms it."""
    place = place_of(config, journal, url, token_file)
    answered = _change(place, limit, value, reason, by, confirm, person=True)
    again = f"barfinex limits loosen {limit} {value} --by {by!r} --reason {reason!r} --confirm"
    report(answered, f"{limit} is {value}", f"{again} {answered.get('confirmation')}")


def _change(
    place: Place, limit: str, value: str, reason: str, by: str, confirm: str | None, *, person: bool
) -> dict[str, Any]:
    spoken(reason, "--reason")
    spoken(by, "--by")
    body = {"limit": limit, "value": value, "reason": reason, "by": by}
    return tell_run(place, "/limits", body | ({"confirmation": confirm} if confirm else {}), person=person)


def _limits_of(journal: Path) -> tuple[InspectorConfig | None, dict[str, tuple[str, str]]]:
    configured, overlay = None, dict[str, tuple[str, str]]()
    with Reader(journal) as reader:
        for row in reader.envelopes(types=[RunStarted, LimitTightened, LimitLoosened]):
            if isinstance(row.event, RunStarted):
                raw = row.event.config.get("inspector", {})
                known = {name: value for name, value in raw.items() if name in InspectorConfig.model_fields}
                configured = InspectorConfig.model_validate_json(orjson.dumps(known))
            elif isinstance(row.event, LimitTightened | LimitLoosened):
                overlay[row.event.limit] = row.event.configured, row.event.new
    return configured, overlay
