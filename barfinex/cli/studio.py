"""`barfinex studio`: watch a run."""

from __future__ import annotations

from barfinex.cli.inputs import ConfigOption, JournalOption, output
from barfinex.cli.places import TokenOption, UrlOption, place_of, watch
from barfinex.domain.errors import BadInput
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
