"""An exchange object of ccxt, unmodified, set up so that nothing is sent twice or to anywhere else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from decimal import localcontext
from typing import Any, TypeVar
from urllib.parse import urlsplit

from barfinex.config.exchange import ExchangeConfig
from barfinex.domain.errors import BadInput
from barfinex.provider.venues.ccxt.addresses import leaves_of, refuse_address
from barfinex.provider.venues.ccxt.keys import Keys
from barfinex.provider.venues.ccxt.translation import Exchanged, refuse_page, translated
from barfinex.provider.venues.errors import VenueError

DEMO = (("binance", "linear"), ("binanceusdm", "linear"))
_REQUEST: ContextVar[Exchanged | None] = ContextVar("request", default=None)
T = TypeVar("T")


def open_exchange(config: ExchangeConfig, keys: Keys | None) -> Any:
    """A `ccxt.pro` exchange; without keys it only knows what is public, and of the real exchange. With
    `config.endpoint` nothing that it does leaves for another host. Close it by `await exchange.close()`.

    Raises:
        BadInput: ccxt has no such exchange or no test network of it, or the address is not what the
            environment allows: `local` is this machine, and an exchange's own hosts are for `production`.
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
        "watchTrades": {"name": "aggTrade"},  # Numbered as those that REST can fetch by number.
        "warnOnFetchOpenOrdersWithoutSymbol": False,
    }
    # ccxt's own pace is at most half of what exchanges allow.
    pace = {"enableRateLimit": True, "rateLimit": made().rateLimit * 0.5 / config.rate_share}
    exchange = made({**pace, "timeout": config.timeout_ms, "options": options, **secrets})
    exchange.maxRetriesOnFailure = 0
    exchange.streaming["keepAlive"] = 15_000
    if config.endpoint or config.environment == "local":
        refuse_address(exchange, config)
        _redirect(exchange, config.endpoint)
    elif config.environment == "testnet" and keys is not None:
        _rehearse(exchange, config.market)
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
        url, _method, headers, body, response, *_ = more
        request = _REQUEST.get()
        if request is not None:
            request.status, request.body, request.headers = int(status), body or "", dict(headers or {})
        judged = judge(status, reason, *more)
        refuse_page(exchange.id, url, int(status), response)
        return judged

    exchange.fetch, exchange.handle_errors = fetch, handle_errors


def _redirect(exchange: Any, endpoint: str) -> None:
    """Every address becomes the same path at the endpoint; the host of an exchange is never reached."""
    parts = urlsplit(endpoint)
    sockets = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    exchange.urls = {name: one for name, one in exchange.urls.items() if isinstance(one, dict)}
    for table in exchange.urls.values():
        for owner, name in leaves_of(table):
            path = urlsplit(owner[name]).path
            if owner[name].startswith("ws"):
                # ccxt tells spot from futures by "stream" in the address, as the real host has it.
                owner[name] = sockets + ("/stream/ws" if name == "spot" and path == "/ws" else path)
            else:
                owner[name] = f"{parts.scheme}://{parts.netloc}{path}"


def _rehearse(exchange: Any, market: str) -> None:
    """Play money: the exchange's demo trading where it has no other test network of futures, or that."""
    try:
        if (exchange.id, market) in DEMO:
            exchange.enable_demo_trading(True)
        else:
            exchange.set_sandbox_mode(True)
    except Exception:  # ccxt has no class for an exchange without: it trips over what is not there.
        reason = "is testnet, and the exchange has none that can be reached"
        remedy = "Say --mode paper: its prices, and a simulated account."
        raise BadInput("exchange.environment", reason, remedy) from None
