"""An exchange object of ccxt, unmodified, set up so that nothing is sent twice or to anywhere else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from decimal import localcontext
from typing import Any, TypeVar
from urllib.parse import urlsplit

from barfinex.config.exchange import ExchangeConfig
from barfinex.domain.errors import BadInput
from barfinex.provider.venues.ccxt.keys import Keys
from barfinex.provider.venues.ccxt.translation import Exchanged, translated
from barfinex.provider.venues.errors import VenueError

NOWHERE = "http://127.0.0.1:9"  # The port that discards.
_REQUEST: ContextVar[Exchanged | None] = ContextVar("request", default=None)
T = TypeVar("T")


def open_exchange(config: ExchangeConfig, keys: Keys | None) -> Any:
    """A `ccxt.pro` exchange; without keys it only knows what is public. With `config.endpoint` nothing that
    it does leaves for another host. Close it by `await exchange.close()`.

    Raises:
        BadInput: ccxt has no such exchange, or no such market of it.
    """
    import ccxt.pro

    made = getattr(ccxt.pro, config.id, None) if config.id in ccxt.pro.exchanges else None
    if made is None:
        raise BadInput(
            f"exchange.id {config.id!r}", "is none that ccxt knows", "See docs.ccxt.com for names."
        )
    secrets = {"apiKey": keys.key, "secret": keys.secret} if keys else {}
    options: dict[str, Any] = {
        "defaultType": "swap" if config.market == "linear" else "spot",
        "recvWindow": config.recv_window_ms,
        "adjustForTimeDifference": True,
        "fetchMargins": False,
        "fetchCurrencies": False,
        "fetchMarkets": {"types": ["linear" if config.market == "linear" else "spot"]},
        "createOrder": {"quoteOrderQty": False},
        "tradesLimit": 10_000,
        "warnOnFetchOpenOrdersWithoutSymbol": False,
    }
    # ccxt's own pace is at most half of what exchanges allow.
    pace = {"enableRateLimit": True, "rateLimit": made().rateLimit * 0.5 / config.rate_share}
    exchange = made({**pace, "timeout": config.timeout_ms, "options": options, **secrets})
    exchange.maxRetriesOnFailure = 0
    exchange.streaming["keepAlive"] = 15_000
    if config.endpoint:
        _redirect(exchange, config.endpoint)
    elif config.environment == "testnet":
        exchange.set_sandbox_mode(True)
    _watch_what_leaves(exchange)
    return exchange


async def ask(call: Awaitable[T]) -> T:
    """What the exchange answers.

    Raises:
        VenueError: no success; `sent` is False when the request never reached the wire.
    """
    exchanged = Exchanged()
    token = _REQUEST.set(exchanged)
    try:
        with localcontext():  # ccxt changes how decimals are rounded, and leaves it so.
            return await call
    except VenueError:
        raise
    except Exception as error:
        raise translated(error, exchanged) from None
    finally:
        _REQUEST.reset(token)


def _watch_what_leaves(exchange: Any) -> None:
    """Only what went through here can have reached the exchange, and what came back passes here as it is."""
    inner: Callable[..., Awaitable[Any]] = exchange.fetch
    judge: Callable[..., Any] = exchange.handle_errors

    async def fetch(*args: Any, **names: Any) -> Any:
        request = _REQUEST.get()
        if request is not None:
            request.sent, request.status = True, None
        return await inner(*args, **names)

    def handle_errors(status: int, reason: str, *more: Any) -> Any:
        _url, _method, headers, body, *_ = more
        request = _REQUEST.get()
        if request is not None:
            request.status, request.body, request.headers = int(status), body or "", dict(headers or {})
        return judge(status, reason, *more)

    exchange.fetch, exchange.handle_errors = fetch, handle_errors


def _redirect(exchange: Any, endpoint: str) -> None:
    """Every address becomes the same path at the endpoint; the host of an exchange is never reached."""
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadInput(f"exchange.endpoint {endpoint!r}", "is no address", "Write http://127.0.0.1:8765.")
    sockets = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    exchange.urls = {name: one for name, one in exchange.urls.items() if isinstance(one, dict)}
    for table in exchange.urls.values():
        for owner, name in _leaves(table):
            path = urlsplit(owner[name]).path
            if owner[name].startswith("ws"):
                # ccxt tells spot from futures by "stream" in the address, as the real host has it.
                owner[name] = sockets + ("/stream/ws" if name == "spot" and path == "/ws" else path)
            else:
                owner[name] = f"{parts.scheme}://{parts.netloc}{path}"


def _leaves(table: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(table, dict):
        for name, value in table.items():
            if isinstance(value, str) and "://" in value:
                yield table, name
            else:
                yield from _leaves(value)
