"""Faults that are the market's or the account's doing, by their names: the rest of F1 to F40.

`happen(server, name)` makes it so at the exchange; what needs an order finds it as BTCUSDT's newest. F31
needs no doing: the exchange takes an id again once the order has ended, and that is how it always is.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.exchange.orders import Held
from tests.exchange.server import Exchange
from tests.exchange.words import NO_BALANCE, No

SYMBOL = "BTCUSDT"


def happen(server: Exchange, name: str) -> None:
    """Raises KeyError for a name that is none."""
    HAPPENINGS[name](server)


def newest(server: Exchange) -> Held:
    return next(one for one in reversed(server.account.orders) if one.symbol == SYMBOL)


def foreign(server: Exchange, client_id: str, side: str = "BUY", size: str = "0.002") -> Held:
    """An order that is not ours, at the market."""
    number = server.account.last_number = server.account.last_number + 1
    order = Held(SYMBOL, number, client_id, side, "MARKET", Decimal(size), server.now())
    return server.account.place(order)


def _on_user(server: Exchange, change: Callable[[dict[str, Any]], list[Any]]) -> None:
    server.faults.on_streams(lambda stream, message: change(message) if stream == "user" else None)


def _what(message: dict[str, Any]) -> str:
    """NEW, TRADE, CANCELED, …; empty for a message that is about no order."""
    return str(
        message.get("o", {}).get("x", "")
        if "o" in message and isinstance(message["o"], dict)
        else message.get("x", "")
    )


def _fill_first(server: Exchange) -> None:
    """The answer takes a second, and of the stream only the fill arrives."""
    server.faults.arm("late", "POST order", seconds=1.0)
    _on_user(server, lambda message: [] if _what(message) == "NEW" else [message])


def _reordered(server: Exchange) -> None:
    server.account.parts = 3
    kept: list[dict[str, Any]] = []

    def hold(message: dict[str, Any]) -> list[Any]:
        if _what(message) != "TRADE":
            return [message]
        kept.append(message)
        return kept[::-1] if len(kept) == 3 else []

    _on_user(server, hold)


def _half_replaced(server: Exchange) -> None:
    """The old order goes, the new one is refused."""
    place = server.account.place

    def refuse(order: Held) -> Held:
        server.account.place = place  # type: ignore[method-assign]
        raise No(*NO_BALANCE)

    server.account.place = refuse  # type: ignore[method-assign]


def _raced(server: Exchange) -> None:
    """While the cancel is on its way the market comes to the order."""
    cancel = server.account.cancel

    def late(order: Held) -> None:
        server.account.cancel = cancel  # type: ignore[method-assign]
        server.account.fill(order, order.left)
        cancel(order)

    server.account.cancel = late  # type: ignore[method-assign]


def _ended(server: Exchange) -> None:
    _on_user(server, lambda _message: [])
    server.account.end(newest(server), "EXPIRED")


def _gapped(server: Exchange) -> None:
    """From above the trigger to far below the limit at one step."""
    server.move(SYMBOL, "40000")


def _void(server: Exchange) -> None:
    newest(server).trades.clear()


def _settled(server: Exchange) -> None:
    held = server.account.held[SYMBOL]
    foreign(server, "settlement_autoclose-1", "SELL" if held > 0 else "BUY", str(abs(held)))
    server.account.listings[SYMBOL].status = "SETTLING"


HAPPENINGS: dict[str, Callable[[Exchange], Any]] = {
    "F5": _fill_first,
    "F8": _reordered,
    "F9": lambda server: setattr(server.account, "parts", 50),
    "F10": lambda server: setattr(server.account, "depth", Decimal("0.004")),
    "F11": _raced,
    "F14": _half_replaced,
    "F15": _ended,
    "F25": lambda server: server.faults.arm(
        "refused", "POST orderList/oco", no=No(-2010, "Stop price would trigger immediately.")
    ),
    "F26": _gapped,
    "F27": lambda server: server.move(SYMBOL, "600000"),
    "F28": lambda server: setattr(server.account, "fee_asset", "BNB"),
    "F29": lambda server: foreign(server, "web_1"),
    "F30": lambda server: [foreign(server, f"bot-{number}") for number in range(5)],
    "F34": lambda server: setattr(server.account.listings[SYMBOL], "status", "BREAK"),
    "F35": _settled,
    "F36": _void,
    "F39": lambda server: _on_user(server, lambda message: [message, message]),
    "F40": lambda server: foreign(server, "android_7"),
}
