"""The options of an exchange, and what must agree before anything is sent to one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from barfinex.audit.reader import Reader
from barfinex.config import Config, ExchangeConfig
from barfinex.domain.errors import BadInput
from barfinex.events.kernel import RunStarted
from barfinex.provider.venues.ccxt.addresses import is_here
from barfinex.runtime.exchanging import Begun

VenueOption = Annotated[
    str | None,
    typer.Option(help="An exchange of ccxt, e.g. binance; more under exchange in the configuration."),
]
EndpointOption = Annotated[
    str | None, typer.Option(help="Address of an exchange of your own, instead of the real one.")
]
ArmOption = Annotated[bool, typer.Option("--arm", help="Yes, trade real money (environment production).")]
RecordOption = Annotated[
    Path | None, typer.Option(help="Write all that the exchange's streams deliver to this new folder.")
]
ReplayOption = Annotated[
    Path | None, typer.Option(help="Run on such a recording, with the simulated venue, to its end.")
]
SpeedOption = Annotated[
    float | None, typer.Option(min=0.1, max=100, help="Recorded seconds a second; default 1.")
]
SAME = ("id", "market", "environment")


def with_exchange(settings: Config, venue: str | None, endpoint: str | None) -> Config:
    """The configuration with the command's exchange; an endpoint on this machine is the environment local.

    Raises:
        BadInput: an endpoint without an exchange.
    """
    changes: dict[str, Any] = {}
    if venue is not None:
        changes["id"] = venue
    if endpoint is not None:
        changes["endpoint"] = endpoint
        if is_here(endpoint):
            changes["environment"] = "local"
    exchange = ExchangeConfig.model_validate({**settings.exchange.model_dump(), **changes})
    if endpoint is not None and not exchange.id:
        raise BadInput("--endpoint", "is of no exchange", "Say which by --venue.")
    return settings.model_copy(update={"exchange": exchange})


def refuse_unarmed(exchange: ExchangeConfig, *, arm: bool) -> None:
    """Real money needs the word of the configuration and of the command; the keys give theirs when read."""
    if not exchange.id:
        raise BadInput("--mode live", "needs an exchange", "Set exchange.id, or say --venue.")
    real = exchange.environment == "production"
    if real and not arm:
        raise BadInput("exchange.environment", "is production", "Say --arm if real money shall be traded.")
    if arm and not real:
        raise BadInput("--arm", f"is for production, not {exchange.environment}", "Leave it out.")


def begun_with(journal: Path, exchange: ExchangeConfig) -> Begun | None:
    """What the journal began with; None for a new one.

    Raises:
        BadInput: it belongs to another exchange, market or environment.
    """
    if not journal.exists():
        return None
    with Reader(journal) as reader:
        first = next(iter(reader.envelopes(types=(RunStarted,))), None)
    if first is None or not isinstance(first.event, RunStarted):
        return None
    config = first.event.config
    theirs = config.get("exchange") or {}
    for name in SAME:
        here, there = getattr(exchange, name), theirs.get(name, "")
        if here != there:
            raise BadInput(
                str(journal),
                f"was begun with exchange.{name} {there or 'none'}, not {here or 'none'}",
                "Name another journal by --journal: an account has its own.",
            )
    return Begun(Decimal(str(config["venue"]["cash"])), first.ts)


@dataclass(frozen=True, slots=True)
class Taping:
    """What is recorded, or replayed."""

    record: Path | None
    replay: Path | None
    speed: float

    @property
    def journal(self) -> str:
        """Its name, where none is given."""
        return "barfinex.db" if self.replay is None else f"{self.replay.name}.replay.db"

    def check(self, exchange: ExchangeConfig) -> None:
        """Raises BadInput for options that do not go together."""
        if self.record is not None and (not exchange.id or self.replay is not None):
            raise BadInput("--record", "needs the streams of an exchange", "Say which by --venue.")
        if self.replay is not None and exchange.id:
            raise BadInput("--replay", "trades on the simulated venue", "Leave out --venue and exchange.id.")
        if self.speed != 1.0 and self.replay is None:
            raise BadInput("--speed", "is of a replay", "Say --replay; the embedded market has market.speed.")

    def refuse_old(self, journal: Path) -> None:
        """Raises BadInput when the journal holds anything: a recording begins in the past."""
        if journal.exists():
            raise BadInput(str(journal), "exists, and a replay begins anew", "Name a new --journal.")
