"""What the exchange says no with, and the numbers as it writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


class No(Exception):
    """An answer with an error: `code` and `text` in its body, `status` of HTTP."""

    def __init__(
        self,
        code: int,
        text: str,
        status: int = 400,
        headers: dict[str, str] | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(text)
        self.code, self.text, self.status, self.headers, self.data = code, text, status, headers or {}, data

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "msg": self.text, **({"data": self.data} if self.data else {})}


NO_SUCH_ORDER = (-2013, "Order does not exist.")
UNKNOWN_ORDER = (-2011, "Unknown order sent.")
NO_BALANCE = (-2010, "Account has insufficient balance for requested action.")
NO_MARGIN = (-2019, "Margin is insufficient.")
WOULD_TRIGGER = (-2010, "Stop price would trigger immediately.")
WOULD_TAKE = (-2010, "Order would immediately match and take.")
POST_ONLY = (-5022, "Due to the order could not be executed as maker, the Post Only order will be rejected.")
DUPLICATE = (-2010, "Duplicate order sent.")
BAD_SYMBOL = (-1121, "Invalid symbol.")
MISSING = -1102


def text(value: Decimal, places: int = 8) -> str:
    return f"{value:.{places}f}"


def asked(params: dict[str, str], name: str) -> str:
    """Raises No when the parameter is missing or empty."""
    found = params.get(name, "")
    if not found:
        raise No(MISSING, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
    return found


def number(params: dict[str, str], name: str) -> Decimal | None:
    """Raises No when it is there and no finite number."""
    if name not in params:
        return None
    try:
        found = Decimal(params[name])
    except ArithmeticError as error:
        raise No(-1100, f"Illegal characters found in parameter '{name}'.") from error
    if not found.is_finite():
        raise No(-1100, f"Illegal characters found in parameter '{name}'.")
    return found


def limit_of(params: dict[str, str], usual: int = 500, most: int = 1_000) -> int:
    """How many rows are asked for. Raises No."""
    told = params.get("limit", str(usual))
    if not told.isdecimal() or not int(told):
        raise No(-1100, "Illegal characters found in parameter 'limit'; legal range is '1' to '5000'.")
    return min(int(told), most)
