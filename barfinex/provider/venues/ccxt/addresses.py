"""Which address is whose: what is not production never reaches a host where real money is traded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from barfinex.config.exchange import ExchangeConfig
from barfinex.domain.errors import BadInput

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PLAY = ("test", "demo")


def is_here(endpoint: str) -> bool:
    """Whether the address is on this machine."""
    return _host(endpoint) in LOOPBACK


def refuse_address(exchange: Any, config: ExchangeConfig) -> None:
    """Raises BadInput for `config.endpoint` that is no address, or not one for `config.environment`."""
    name, environment = f"exchange.endpoint {config.endpoint!r}", config.environment
    if environment == "local" and not config.endpoint:
        raise BadInput("exchange.environment", "is local and has no address", "Set exchange.endpoint.")
    if not config.endpoint.startswith(("http://", "https://")) or not _host(config.endpoint):
        raise BadInput(name, "is no address", "Write http://127.0.0.1:8765.")
    if environment == "local" and not is_here(config.endpoint):
        raise BadInput(name, "is not on this machine", "Set exchange.environment to testnet or production.")
    if environment != "production" and _is_real(exchange, _host(config.endpoint)):
        reason = f"is a host of {config.id} itself, and exchange.environment is {environment}"
        raise BadInput(name, reason, "Leave the endpoint out, or set environment production and say --arm.")


def leaves_of(table: Any) -> Iterator[tuple[Any, str]]:
    """(owner, name) of every address in a table of tables."""
    if isinstance(table, dict):
        for name, value in table.items():
            if isinstance(value, str) and "://" in value:
                yield table, name
            else:
                yield from leaves_of(value)


def _is_real(exchange: Any, host: str) -> bool:
    """Whether the host is of the domain of one where the exchange trades, and none of its test networks."""
    play = {found for kind in PLAY for found in _hosts(exchange, exchange.urls.get(kind))}
    return host not in play and _domain(host) in {
        _domain(found) for found in _hosts(exchange, exchange.urls.get("api"))
    }


def _hosts(exchange: Any, table: Any) -> set[str]:
    """ccxt writes some of its hosts with the exchange's own name left open."""
    found = {owner[name].replace("{hostname}", str(exchange.hostname)) for owner, name in leaves_of(table)}
    return {_host(address) for address in found}


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _domain(host: str) -> str:
    return ".".join(host.split(".")[-2:])
