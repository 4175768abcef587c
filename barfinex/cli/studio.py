"""`barfinex studio`, `halt`, `resume`: watch a run, stop it, or let it go on."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
import typer

from barfinex.cli.inputs import ConfigOption, JournalOption, errors, output
from barfinex.cli.places import TokenOption, UrlOption, place_of, watch
from barfinex.domain.errors import BadInput
from barfinex.studio.client import Denied, Unreachable
from barfinex.studio.terminal.dashboard import Dashboard


def studio(
    url: UrlOption = None,
    token_file: TokenOption = None,
    journal: JournalOption = None,
    config: ConfigOption = None,
) -> None:
    """The operations terminal of a running system: q leaves, tab changes the instrument, H halts."""
    place = place_of(config, journal, url, token_file)
    client = place.client()
    if not output.is_terminal:
        raise BadInput("studio", "needs a terminal", "Use `barfinex tail` where there is none.")

    async def show() -> None:
        await client.get(
            "/events", limit=1
        )  # A wrong address or token is better said before the screen is taken.
        await Dashboard(client, output).run()

    watch(show)


def halt(
    reason: Annotated[str, typer.Option(help="Why; it goes on record.")],
    url: UrlOption = None,
    token_file: TokenOption = None,
    journal: JournalOption = None,
    config: ConfigOption = None,
) -> None:
    """Stop all entries now; exits and protection go on. If no run answers, a HALT file is left."""
    _spoken(reason, "--reason")
    place = place_of(config, journal, url, token_file)
    try:
        answered = anyio.run(lambda: place.client().post("/halt", {"reason": reason}))
    except (BadInput, Unreachable, Denied) as trouble:
        try:
            place.halt_file.parent.mkdir(parents=True, exist_ok=True)
            place.halt_file.write_text(reason + "\n", encoding="utf-8")
        except OSError as error:
            remedy = "Stop the process itself: its stops stay at the venue."
            raise BadInput(
                str(place.halt_file), f"cannot be written ({error.strerror}), and {trouble}", remedy
            ) from error
        errors.print(f"{trouble}", style="yellow")
        output.print(
            f"left {place.halt_file}: a run that keeps its data there halts within a second, or at its start"
        )
        return
    output.print(
        "halted" if answered["confirmed"] else "halt requested; it is on already, or not confirmed yet"
    )


def resume(
    reason: Annotated[str, typer.Option(help="Why it is safe again; it goes on record.")],
    by: Annotated[str, typer.Option(help="Who says so: a person's name.")],
    url: UrlOption = None,
    token_file: TokenOption = None,
    journal: JournalOption = None,
    config: ConfigOption = None,
) -> None:
    """Allow entries again: takes the HALT file away, if there is one, and tells the run."""
    _spoken(reason, "--reason")
    _spoken(by, "--by")
    place = place_of(config, journal, url, token_file)
    had_file = place.halt_file.exists()

    async def tell() -> dict[str, Any]:
        client = place.client()
        await client.get("/events", limit=1)  # The file goes only when somebody is there to be told.
        place.halt_file.unlink(missing_ok=True)
        return await client.post("/resume", {"reason": reason, "by": by})

    try:
        answered = anyio.run(tell)
    except (Unreachable, Denied) as trouble:
        left = f"; {place.halt_file} is still there" if had_file else ""
        raise BadInput(
            "resume", f"{trouble}{left}", "Start the run, or name it with --url or --journal."
        ) from trouble
    if had_file:
        output.print(f"took {place.halt_file} away")
    output.print(
        "trading resumed"
        if answered["confirmed"]
        else "resume requested; nothing was halted, or not confirmed yet"
    )


def _spoken(text: str, option: str) -> None:
    if not text.strip() or not text.isprintable() or len(text) > 500:
        raise BadInput(option, "is empty, too long, or no plain text", "Write a short sentence.")
