"""The faults of orders and of the account's stream by their names, F1 to F38, at the exchange's door.

`begin(server, name)` arms one for the next request or message that it concerns. Those of F1 to F40 that are
not here need no door: they are the market's or the account's doing, and tests do them by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.exchange.server import Exchange
from tests.exchange.words import NO_BALANCE, NO_SUCH_ORDER, UNKNOWN_ORDER, No

ORDER, QUERY, CANCEL = "POST order", "GET order", "DELETE order"


def begin(server: Exchange, name: str) -> None:
    """Raises KeyError for a name that is none."""
    DOORS[name](server)


def _arm(kind: str, route: str, **more: Any) -> Callable[[Exchange], None]:
    return lambda server: server.faults.arm(kind, route, **more)


def _no(route: str, *words: Any, times: int = 1, **more: Any) -> Callable[[Exchange], None]:
    return _arm("refused", route, times=times, no=No(*words, **more))


def _user(server: Exchange, change: Callable[[Any], list[Any]]) -> None:
    server.faults.on_streams(lambda stream, message: change(message) if stream == "user" else None)


def _deaf(server: Exchange) -> None:
    """The account's stream is there and says nothing, as after its key has run out."""
    for socket in server.hub.sockets:
        socket.user = False


DOORS: dict[str, Callable[[Exchange], None]] = {
    "F1": _arm("lost", ORDER),
    "F2": _arm("unanswered", ORDER),
    "F3": _arm("busy", ORDER),
    "F3 -1007": _arm("timeout", ORDER),
    "F4": _arm("late", ORDER, seconds=1.0),
    "F6": _no(QUERY, *NO_SUCH_ORDER, times=2),
    "F7": partial(_user, change=lambda message: [message] * 3),
    "F12": _arm("unanswered", CANCEL),
    "F13": _no(CANCEL, *UNKNOWN_ORDER),
    "F16": _no(ORDER, -1013, "Filter failure: LOT_SIZE"),
    "F17": _no(ORDER, *NO_BALANCE),
    "F18": _no(ORDER, -1021, "Timestamp for this request is outside of the recvWindow."),
    "F19": _no(ORDER, -1003, "Too many requests.", 429, {"Retry-After": "7"}),
    "F20": _no(ORDER, -1003, "Way too many requests; IP banned until 1795683600000.", 418),
    "F21": _arm("page", ORDER, text="<html>Forbidden</html>", status=403),
    "F22": _no(ORDER, -1015, "Too many new orders.", 429),
    "F23": _no("POST algoOrder", -1013, "Filter failure: MAX_NUM_ALGO_ORDERS"),
    "F24": _no("POST algoOrder", -2021, "Order would immediately trigger."),
    "F32": _no(QUERY, -2026, "Order was canceled or expired with no executed qty over 90 days ago."),
    "F33": _no(ORDER, -2015, "Invalid API-key, IP, or permissions for action.", 401),
    "F37": partial(_user, change=lambda _: []),
    "F38": _deaf,
}
