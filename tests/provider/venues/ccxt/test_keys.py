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


def test_keys_come_from_the_keyring_when_nothing_else_is_said() -> None:
    held = {"binance.key": "k", "binance.secret": CANARY, "binance.environment": "testnet"}
    assert keys_of("binance", "testnet", None, {}, held.get).secret == CANARY
    assert keys_of("binance", "testnet", None, {**GIVEN}, lambda _: "other").secret == CANARY
    with pytest.raises(BadInput, match=r"keyring set barfinex binance\.key"):
        keys_of("binance", "testnet", None, {}, lambda _: None)
    with pytest.raises(BadInput, match="are for testnet"):
        keys_of("binance", "production", None, {}, held.get)


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
    here = {"environment": "local", "endpoint": "http://127.0.0.1:1234"}
    client = open_exchange(ExchangeConfig.model_validate({"id": "binance", **here}), None)
    try:
        text = repr(client.urls)
        assert "127.0.0.1:1234" in text
        assert "binance.com" not in text
        assert "binance.vision" not in text
    finally:
        await client.close()


@pytest.mark.parametrize("exchange", ["binance", "bybit", "kraken"])
@pytest.mark.parametrize("environment", ["local", "testnet"])
@pytest.mark.parametrize("tail", ["", "/", ":8443", "/fapi/v1"])
def test_an_exchanges_own_address_is_real_money(exchange: str, environment: str, tail: str) -> None:
    hosts = {"binance": "fapi.binance.com", "bybit": "api.bybit.com", "kraken": "api.kraken.com"}
    wrong = {"id": exchange, "environment": environment, "endpoint": f"https://{hosts[exchange]}{tail}"}
    with pytest.raises(BadInput, match=r"is a host of|is not on this machine"):
        open_exchange(ExchangeConfig.model_validate(wrong), Keys("k", "s"))


@pytest.mark.parametrize(
    ("environment", "endpoint", "reason"),
    [
        ("local", "", "is local and has no address"),
        ("local", "http://192.168.1.9:80", "is not on this machine"),
        ("local", "http://127.0.0.1.evil.example", "is not on this machine"),
        ("testnet", "https://FAPI.BINANCE.COM.", "is a host of binance itself"),
        ("testnet", "https://api1.binance.com", "is a host of binance itself"),
        ("testnet", "binance.com", "is no address"),
        ("testnet", "http://[", "is no address"),
    ],
)
def test_an_address_has_to_suit_the_environment(environment: str, endpoint: str, reason: str) -> None:
    wrong = {"id": "binance", "environment": environment, "endpoint": endpoint}
    with pytest.raises(BadInput, match=reason):
        open_exchange(ExchangeConfig.model_validate(wrong), Keys("k", "s"))


@pytest.mark.parametrize("exchange", ["binance", "bybit"])
@pytest.mark.parametrize("market", ["spot", "linear"])
async def test_on_a_testnet_no_signed_request_goes_where_real_money_is(exchange: str, market: str) -> None:
    settings = {"id": exchange, "market": market, "environment": "testnet"}
    client = open_exchange(ExchangeConfig.model_validate(settings), Keys("k", "s"))
    route = {"spot": "private", "linear": "fapiPrivate"}[market] if exchange == "binance" else "private"
    try:
        path = "v5/order/create" if exchange == "bybit" else "order"
        address = client.sign(path, [route], "POST", {})["url"]
        assert "demo" in address or "test" in address
    finally:
        await client.close()


def test_an_exchange_without_a_testnet_says_so() -> None:
    with pytest.raises(BadInput, match="none that can be reached"):
        open_exchange(ExchangeConfig(id="kraken", market="spot"), Keys("k", "s"))


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
