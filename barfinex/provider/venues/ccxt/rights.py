"""What a key may do: one that could take money out is not used."""

from __future__ import annotations

from typing import Any

from barfinex.domain.errors import BadInput
from barfinex.provider.venues.ccxt.opening import ask
from barfinex.provider.venues.errors import VenueError


async def refuse_withdrawals(exchange: Any, environment: str) -> None:
    """Raises BadInput for a key with the right to withdraw; in production also when nobody can tell."""
    name = f"the key of {exchange.id}"
    question = getattr(exchange, "sapi_get_account_apirestrictions", None)
    if question is None:
        if environment == "production":
            raise BadInput(name, "cannot be asked for its rights", "Trade it on its testnet, or elsewhere.")
        return
    try:
        rights = await ask(question())
    except VenueError as error:
        if environment != "production":
            return  # Test networks have no such question.
        raise BadInput(name, f"did not tell its rights ({error})", "Make a key that may read them.") from None
    if str(rights.get("enableWithdrawals")).lower() != "false":
        raise BadInput(name, "may withdraw money", "Make a key without that right; nothing here needs it.")
