"""R106, R107, R17: keys are not shown, not shared, not over-powerful, and never of another environment."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from barfinex.cli.exchanges import refuse_unarmed
from barfinex.config import ExchangeConfig
from barfinex.domain.errors import BadInput
from barfinex.provider.venues.ccxt.keys import Keys, keys_of
from barfinex.provider.venues.ccxt.opening import open_exchange
from barfinex.provider.venues.ccxt.rights import refuse_withdrawals
from tests.provider.venues.ccxt.connected import connected

CANARY = "canary-3f9a"
GIVEN = {"BARFINEX_BINANCE_KEY": "k", "BARFINEX_BINANCE_SECRET": CANARY}


def test_keys_come_from_the_environment() -> None:
    assert keys_of("binance", "testnet", None, GIVEN).secret == CANARY
    with pytest.raises(BadInput, match="BARFINEX_BINANCE_SECRET"):
        keys_of("binance", "testnet", None, {"BARFINEX_BINANCE_KEY": "k"})


def test_a_file_of_keys_is_ours_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(f'[binance]\nkey = "k"\nsecret = "{CANARY}"\nenvironment = "production"\n')
    file.chmod(0o644)
    with pytest.raises(BadInput, match=r"can be read by others \(mode 644\)"):
        keys_of("binance", "production", file, {})
    file.chmod(0o600)
    assert keys_of("binance", "production", file, {}).environment == "production"
    with pytest.raises(BadInput, match="lacks key or secret"):
        keys_of("kraken", "production", file, {})
    with pytest.raises(BadInput, match=r"are for production, and exchange\.environment is testnet") as error:
        keys_of("binance", "testnet", file, {})
    assert CANARY not in str(error.value)


@pytest.mark.parametrize("text", ["key = ", "\xff\xfe", ""])
def test_a_damaged_file_of_keys_is_refused_without_being_quoted(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_bytes(f"{text} # {CANARY}".encode("latin-1"))
    file.chmod(0o600)
    with pytest.raises(BadInput) as error:
        keys_of("binance", "testnet", file, {})
    assert CANARY not in str(error.value)


def test_keys_do_not_show_themselves() -> None:
    assert CANARY not in repr(Keys(CANARY, CANARY))


async def test_with_an_endpoint_no_address_of_the_exchange_is_left() -> None:
    """Not one of all its addresses leads away."""
    client = open_exchange(ExchangeConfig(id="binance", endpoint="http://127.0.0.1:1234"), None)
    try:
        text = repr(client.urls)
        assert "127.0.0.1:1234" in text
        assert "binance.com" not in text
        assert "binance.vision" not in text
    finally:
        await client.close()


def test_an_exchange_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadInput, match="is none that ccxt knows"):
        open_exchange(ExchangeConfig(id="nowhere"), None)


async def test_a_key_that_may_withdraw_is_refused() -> None:
    async with connected("spot") as made:
        await refuse_withdrawals(made.client, "production")
        made.server.routes.withdrawals = True
        with pytest.raises(BadInput, match="may withdraw money"):
            await refuse_withdrawals(made.client, "local")
        made.server.faults.arm("busy", "GET account/apiRestrictions")
        with pytest.raises(BadInput, match="did not tell its rights"):
            await refuse_withdrawals(made.client, "production")


def sends(environment: str, label: str, *, arm: bool) -> bool:
    """Whether real money would be traded."""
    try:
        refuse_unarmed(ExchangeConfig.model_validate({"id": "binance", "environment": environment}), arm=arm)
        keys_of("binance", environment, None, {**GIVEN, "BARFINEX_BINANCE_ENVIRONMENT": label})
    except BadInput:
        return False
    return environment == "production"


def test_real_money_needs_three_that_agree() -> None:
    """R17: of the eight combinations one sends."""
    combinations = product(("production", "testnet"), ("production", "testnet"), (True, False))
    assert [one for one in combinations if sends(one[0], one[1], arm=one[2])] == [
        ("production", "production", True)
    ]


def test_keys_for_production_have_to_say_so() -> None:
    with pytest.raises(BadInput, match="do not say what they are for"):
        keys_of("binance", "production", None, GIVEN)
