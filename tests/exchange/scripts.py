"""The faults of market data by their names, F41 to F59: what the exchange then does to one symbol, or to all.

`begin(server, name, symbol)` starts it and gives what ends it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.exchange.server import Exchange

End = Callable[[], None]
Bend = Callable[[str, dict[str, Any]], list[Any] | None]
BURST = 2_000


def begin(server: Exchange, name: str, symbol: str = "BTCUSDT") -> End:
    """Raises KeyError for a name that is none."""
    return SCRIPTS[name](server, symbol)


def _bent(server: Exchange, symbol: str, kinds: tuple[str, ...], change: Callable[[Any], list[Any]]) -> End:
    """Messages of these kinds about the symbol become what `change` makes of each."""
    on = [True]

    def bend(stream: str, message: dict[str, Any]) -> list[Any] | None:
        about = stream.startswith(symbol.lower()) and any(f"@{kind}" in stream for kind in kinds)
        return change(dict(message)) if on[0] and about else None

    server.faults.on_streams(bend)

    def end() -> None:
        on[0] = False

    return end


ALL = ("trade", "aggTrade", "depth", "bookTicker", "kline")
TRADES = ("trade", "aggTrade")


def _silent(server: Exchange, symbol: str) -> End:
    return _bent(server, symbol, ALL, lambda _: [])


def _half_open(server: Exchange, _symbol: str) -> End:
    """Every line there is goes dead without a word; new ones work."""
    for socket in server.hub.sockets:
        socket.dead = not socket.user
    return lambda: None


def _cut(server: Exchange, _symbol: str) -> End:
    for socket in list(server.hub.sockets):
        socket.abort()
    return lambda: None


def _notice(server: Exchange, _symbol: str) -> End:
    for socket in server.hub.sockets:
        socket.put({"e": "serverShutdown", "E": server.now()})
    return lambda: None


def _slam(server: Exchange, symbol: str) -> End:
    """Whoever dials is let in and cut off."""
    server.hub.slams = True
    _cut(server, symbol)

    def end() -> None:
        server.hub.slams = False

    return end


def _ack_lost(server: Exchange, symbol: str) -> End:
    """Subscribing is neither answered nor done; lines that are there are cut."""
    server.hub.answers = server.hub.subscribes = False
    _cut(server, symbol)

    def end() -> None:
        server.hub.answers = server.hub.subscribes = True

    return end


def _gap(server: Exchange, symbol: str) -> End:
    left = [1]

    def change(message: Any) -> list[Any]:
        left[0] -= 1
        return [] if left[0] == 0 else [message]

    return _bent(server, symbol, ("depth",), change)


def _shuffled(server: Exchange, symbol: str) -> End:
    """Each update twice, and the one before once more."""
    before: list[Any] = []

    def change(message: Any) -> list[Any]:
        told = [message, *before, message]
        before[:] = [message]
        return told

    return _bent(server, symbol, ("depth",), change)


def _old_snapshot(server: Exchange, symbol: str) -> End:
    server.tickers[symbol].snapshot_lag = 10_000
    _gap(server, symbol)

    def end() -> None:
        server.tickers[symbol].snapshot_lag = 0

    return end


def _crossed(server: Exchange, symbol: str) -> End:
    """The best bid above every ask, and no update takes it away."""
    level = [f"{server.tickers[symbol].listed.price * 2:.8f}", "5"]
    return _bent(server, symbol, ("depth",), lambda message: [{**message, "b": [*message["b"], level]}])


def _absurd(server: Exchange, symbol: str) -> End:
    wrong = [{"p": "0"}, {"p": "-1"}, {"p": "NaN"}, {"q": "1e20"}, {"q": "0"}, {"p": "Infinity"}]

    def change(message: Any) -> list[Any]:
        return [message, *({**message, **one} for one in wrong)]

    return _bent(server, symbol, TRADES, change)


def _crash_print(server: Exchange, symbol: str) -> End:
    """One trade at a hundredth of the price, true as far as anybody can tell."""
    left = [1]

    def change(message: Any) -> list[Any]:
        left[0] -= 1
        return [{**message, "p": f"{float(message['p']) / 100:.8f}"} if left[0] == 0 else message]

    return _bent(server, symbol, ("aggTrade",), change)


def _repeated(server: Exchange, symbol: str) -> End:
    """The first message of each stream again and again, with a fresh arrival."""
    first: dict[str, Any] = {}
    return _bent(server, symbol, ALL, lambda message: [first.setdefault(message.get("e", ""), message)])


def _microseconds(server: Exchange, symbol: str) -> End:
    def change(message: Any) -> list[Any]:
        return [{key: value * 1_000 if key in ("E", "T") else value for key, value in message.items()}]

    return _bent(server, symbol, ALL, change)


def _future(server: Exchange, symbol: str) -> End:
    def change(message: Any) -> list[Any]:
        return [{key: value + 60_000 if key in ("E", "T") else value for key, value in message.items()}]

    return _bent(server, symbol, ALL, change)


def _renamed(server: Exchange, symbol: str) -> End:
    return _bent(
        server, symbol, ALL, lambda message: [message, {**message, "s": "\u5e01\u5b89\u4eba\u751fUSDT"}]
    )


def _garbage(server: Exchange, symbol: str) -> End:
    def change(message: Any) -> list[Any]:
        text = json.dumps(message)
        odd: list[Any] = [
            text[: len(text) // 2],
            text.encode()[:-1] + b"\xff}",
            '{"e":"newKind","s":"BTCUSDT"}',
        ]
        odd += [{**message, "extra": {"deep": [1]}}, {"e": message.get("e", "x"), "s": symbol}, "[" * 5_000]
        return odd

    end = _bent(server, symbol, TRADES, change)
    for socket in server.hub.sockets:
        if not socket.user:
            socket.put('{"e":"depthUpdate","s":"' + symbol + '"' + " " * 10_000_000 + "}")
    return end


def _burst(server: Exchange, symbol: str) -> End:
    ticker = server.tickers[symbol]
    for _ in range(BURST):
        ticker.print(ticker.listed.price, ticker.listed.lot, buyer_rested=True)
    return lambda: None


def _lagging(server: Exchange, symbol: str) -> End:
    """What is told lies further back each time, and never catches up."""
    lag = [0]

    def change(message: Any) -> list[Any]:
        lag[0] += 50
        return [{key: value - lag[0] if key in ("E", "T") else value for key, value in message.items()}]

    return _bent(server, symbol, ALL, change)


SCRIPTS: dict[str, Callable[[Exchange, str], End]] = {
    "F41": _silent,
    "F42": _half_open,
    "F43": _cut,
    "F44": _notice,
    "F45": _slam,
    "F46": _ack_lost,
    "F47": _gap,
    "F48": _shuffled,
    "F49": _old_snapshot,
    "F50": _crossed,
    "F51": _absurd,
    "F52": _crash_print,
    "F53": _repeated,
    "F54": _microseconds,
    "F54 future": _future,
    "F56": _renamed,
    "F57": _garbage,
    "F58": _burst,
    "F59": _lagging,
}
