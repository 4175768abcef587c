"""`barfinex halt`, `resume`: stop a run or a part of it, let it go on."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
import typer

from barfinex.cli.inputs import ConfigOption, JournalOption, errors, output
from barfinex.cli.places import Place, TokenOption, UrlOption, place_of
from barfinex.domain.errors import BadInput
from barfinex.domain.trading import Action, Level, Scope
from barfinex.runtime.haltfile import written
from barfinex.studio.client import Denied, Unreachable

ReasonOption = Annotated[str, typer.Option(help="Why; it goes on record.")]
ByOption = Annotated[str, typer.Option(help="Who says so: a person's name.")]
ConfirmOption = Annotated[
    str | None, typer.Option(help="The id that the first call was given; not before the delay is over.")
]
StrategyOption = Annotated[str | None, typer.Option(help="Only this strategy.")]
InstrumentOption = Annotated[str | None, typer.Option(help="Only this instrument.")]
VenueOption = Annotated[str | None, typer.Option(help="Only this venue.")]


def halt(
    reason: ReasonOption,
    strategy: StrategyOption = None,
    instrument: InstrumentOption = None,
    venue: VenueOption = None,
    order: Annotated[str | None, typer.Option(help="Only this entry: cancel it.")] = None,
    close_all: Annotated[
        bool, typer.Option("--close-all", help="Leave every position at market too.")
    ] = False,
    stand_down: Annotated[
        bool, typer.Option("--stand-down", help="No entries; manage what is open.")
    ] = False,
    throttle: Annotated[bool, typer.Option("--throttle", help="One entry a while, no halt.")] = False,
    cancel_entries: Annotated[
        bool, typer.Option("--cancel-entries", help="Take back the entries under way, once; no halt.")
    ] = False,
    ack: Annotated[bool, typer.Option("--ack", help="Acknowledge critical alerts; halts nothing.")] = False,
    by: Annotated[str, typer.Option(help="Who says so; --ack needs it.")] = "",
    url: UrlOption = None,
    token_file: TokenOption = None,
    journal: JournalOption = None,
    config: ConfigOption = None,
) -> None:
    """Stop entries now, all or a part; exits and protection go on. If no run answers, a HALT file is left."""
    spoken(reason, "--reason")
    place = place_of(config, journal, url, token_file)
    if ack:
        spoken(by, "--by")
        tell_run(place, "/acknowledge", {"reason": reason, "by": by}, person=True)
        output.print("acknowledged")
        return
    scope = _scope(strategy, instrument, venue, order)
    asked = {
        Action.CLOSE_ALL: close_all,
        Action.STAND_DOWN: stand_down,
        Action.THROTTLE: throttle,
        Action.CANCEL_ENTRIES: cancel_entries,
    }
    action = _one([action for action, is_asked in asked.items() if is_asked])
    _ask_to_halt(place, reason, action, scope, by)


def resume(
    reason: Annotated[str, typer.Option(help="Why it is safe again; it goes on record.")],
    by: ByOption,
    confirm: ConfirmOption = None,
    strategy: StrategyOption = None,
    instrument: InstrumentOption = None,
    venue: VenueOption = None,
    url: UrlOption = None,
    token_file: TokenOption = None,
    journal: JournalOption = None,
    config: ConfigOption = None,
) -> None:
    """Allow entries again, in two calls: the first begins a delay and gives an id, the second confirms it."""
    spoken(reason, "--reason")
    spoken(by, "--by")
    place = place_of(config, journal, url, token_file)
    had_file = place.halt_file.exists()
    scope = _scope(strategy, instrument, venue, None)
    body = {"reason": reason, "by": by, **_where(scope), **({"confirmation": confirm} if confirm else {})}
    try:
        answered = tell_run(place, "/resume", body, person=True, clears=bool(confirm))
    except BadInput as trouble:
        left = f"; {place.halt_file} is still there" if place.halt_file.exists() else ""
        raise BadInput(trouble.where, trouble.reason + left, trouble.remedy) from trouble
    if had_file and not place.halt_file.exists():
        output.print(f"took {place.halt_file} away")
    again = f"barfinex resume --by {by!r} --reason {reason!r} --confirm {answered.get('confirmation')}"
    report(answered, "trading resumed", again)


def _ask_to_halt(place: Place, reason: str, action: Action, scope: Scope, by: str) -> None:
    body = {"reason": reason, "action": action, **_where(scope), **({"by": by} if by.strip() else {})}
    try:
        answered = anyio.run(lambda: place.client().post("/halt", body))
    except Denied as trouble:
        if trouble.status == 409:
            raise BadInput("halt", str(trouble), "See `barfinex tail`.") from trouble
        _leave_file(place, written(reason, action, scope), trouble)
    except (BadInput, Unreachable) as trouble:
        _leave_file(place, written(reason, action, scope), trouble)
    else:
        done = "halted" if action in (Action.HALT, Action.CLOSE_ALL) else "done"
        output.print(
            done if answered["confirmed"] else "halt requested; it is on already, or not confirmed yet"
        )


def tell_run(
    place: Place, path: str, body: dict[str, Any], *, person: bool, clears: bool = False
) -> dict[str, Any]:
    """Ask the run; `clears`: the HALT file goes, once somebody is there to be told. Raises BadInput."""

    async def tell() -> dict[str, Any]:
        client = place.client(person=person)
        await client.get("/events", limit=1)
        if clears:
            place.halt_file.unlink(missing_ok=True)
        return await client.post(path, body)

    try:
        return anyio.run(tell)
    except (Unreachable, Denied) as trouble:
        what = path.strip("/")
        raise BadInput(what, str(trouble), "Start the run, or name it with --url or --journal.") from trouble


def report(answered: dict[str, Any], done: str, again: str) -> None:
    """Print what came of a wish; `again` is the command that confirms it."""
    if answered.get("confirmation"):
        output.print(f"asked for; when the delay is over, confirm with: {again}")
    else:
        output.print(done if answered["confirmed"] else "asked for; not confirmed yet")


def _leave_file(place: Place, text: str, trouble: Exception) -> None:
    try:
        place.halt_file.parent.mkdir(parents=True, exist_ok=True)
        place.halt_file.write_text(text, encoding="utf-8")
    except OSError as error:
        remedy = "Stop the process itself: its stops stay at the venue."
        raise BadInput(
            str(place.halt_file), f"cannot be written ({error.strerror}), and {trouble}", remedy
        ) from error
    errors.print(f"{trouble}", style="yellow")
    output.print(
        f"left {place.halt_file}: a run that keeps its data there halts within a second, or at its start"
    )


def _scope(strategy: str | None, instrument: str | None, venue: str | None, order: str | None) -> Scope:
    given = {
        Level.STRATEGY: strategy,
        Level.INSTRUMENT: instrument,
        Level.VENUE: venue,
        Level.ORDER: order,
    }
    scopes = [Scope(level, target) for level, target in given.items() if target is not None]
    if len(scopes) > 1 or any(not scope.target.strip() for scope in scopes):
        raise BadInput(
            "the scope", "is empty or given twice", "Name one strategy, instrument, venue or order."
        )
    return scopes[0] if scopes else Scope()


def _where(scope: Scope) -> dict[str, str]:
    return {} if scope.level is Level.GLOBAL else {"level": scope.level, "target": scope.target}


def _one(actions: list[Action]) -> Action:
    if len(actions) > 1:
        raise BadInput("halt", f"was asked for {' and '.join(actions)}", "Choose one of them.")
    return actions[0] if actions else Action.HALT


def spoken(text: str, option: str) -> None:
    """Raises BadInput when the text is no short plain sentence."""
    if not text.strip() or not text.isprintable() or len(text) > 500:
        raise BadInput(option, "is empty, too long, or no plain text", "Write a short sentence.")
