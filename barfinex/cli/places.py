"""Where a run keeps its files and answers, as several commands find it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import anyio
import typer

from barfinex.cli.inputs import configuration
from barfinex.domain.errors import BadInput
from barfinex.studio.client import Client, Denied, Unreachable

EVERY_INTERFACE = {"0.0.0.0", "::"}  # noqa: S104 - recognised here, never bound

UrlOption = Annotated[str | None, typer.Option("--url", help="The run's API; default: as configured.")]
TokenOption = Annotated[
    Path | None, typer.Option("--token-file", help="Default: gateway.token beside the journal.")
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run keeps its files and answers."""

    journal: Path
    url: str
    token_file: Path
    person_file: Path

    @property
    def halt_file(self) -> Path:
        return self.journal.parent / "HALT"

    def client(self, *, person: bool = False) -> Client:
        """With the token that reads and halts, or the person's, which loosens too."""
        return Client(self.url, self.person_file if person else self.token_file)


def place_of(config: Path | None, journal: Path | None, url: str | None, token_file: Path | None) -> Place:
    """As the options say, else as configured. Raises BadInput."""
    settings = configuration(config)
    place = journal or settings.run.data_dir / "barfinex.db"
    host = "127.0.0.1" if settings.gateway.host in EVERY_INTERFACE else settings.gateway.host
    address = f"http://[{host}]" if ":" in host else f"http://{host}"
    api = url or f"{address}:{settings.gateway.port}"
    folder = place.parent
    return Place(place, api, token_file or folder / "gateway.token", token_file or folder / "person.token")


def watch(work: Callable[[], Awaitable[None]]) -> None:
    """Run until it ends or the person leaves with Ctrl-C. Raises BadInput when the API does not let us in."""
    try:
        _told(work)
    except KeyboardInterrupt:
        return


def _told(work: Callable[[], Awaitable[None]]) -> None:
    try:
        anyio.run(work)
    except* (Unreachable, Denied) as troubles:
        remedy = "Start `barfinex run`, or name it with --url and --token-file."
        raise BadInput("the API", str(troubles.exceptions[0]), remedy) from troubles
