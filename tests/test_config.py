"""A configuration is right as a whole, or the message names the key, the reason and the remedy."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from barfinex.config import Config, GroupConfig, InstrumentConfig, load
from barfinex.domain.errors import BadInput
from barfinex.domain.margin import Linear

SHIPPED = [Path("config/barfinex.toml"), Path("config/reference.toml")]


def told(path: Path, text: str) -> str:
    """What a person is told about this file."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[inspector]\ndrawdown_limit = 0.1", "unknown key inspector.drawdown_limit"),
        ("[risk]", "unknown key risk"),
        ("[[instruments]]\nsymbol = 'X'\nticks = 1", "unknown key instruments.0.ticks"),
        ("[inspector]\ndrawdown_max = nan", "inspector.drawdown_max"),
        ("[inspector]\nposition_notional_max = inf", "inspector.position_notional_max"),
        ("[inspector]\ngross_exposure_max = nan", "inspector.gross_exposure_max"),
        ("[advisor]\nspread_bps_max = inf", "advisor.spread_bps_max"),
        ("[venue]\nvolume_share = nan", "venue.volume_share"),
        ("[[instruments]]\nsymbol = 'X'\ntick = nan", "instruments.0.tick"),
        ("[inspector]\ndrawdown_max = 'much'", "inspector.drawdown_max"),
        ("[inspector]\ndrawdown_max = true", "inspector.drawdown_max"),
        ("[inspector]\nloss_streak_max = true", "inspector.loss_streak_max"),
        ("[inspector]\ncooldown_ms = '5'", "inspector.cooldown_ms"),
        ("[inspector]\ncooldown_ms = 5.5", "inspector.cooldown_ms"),
        ("[gateway]\nenabled = 'yes'", "gateway.enabled"),
        ("[strategies]\nnames = 'trend'", "strategies.names"),
        ("[run]\ndata_dir = 7", "run.data_dir"),
        ("venue = 3", "venue"),
        ("[inspector]\ndrawdown_max = 1.01", "inspector.drawdown_max"),
        ("[inspector]\nposition_notional_max = 0", "inspector.position_notional_max"),
        ("[inspector]\nposition_notional_max = 1e16", "inspector.position_notional_max"),
        ("[venue]\nfee = -0.001", "venue.fee"),
        ("[venue]\nlatency_ms = -1", "venue.latency_ms"),
        ("[gateway]\nport = 65536", "gateway.port"),
        ("[advisor]\nauthority = 'obey'", "advisor.authority"),
        ("[market]\ntimeframe = '7x'", "market.timeframe"),
        (
            "[advisor]\nsize_min = 0.05\nsize_max = 0.02",
            "advisor: size_min (0.05) is above size_max",
        ),
        ("[inspector]\nbreaker_sigma = nan", "inspector.breaker_sigma"),
        ("[inspector]\nbreaker_sigma = 'no'", "inspector.breaker_sigma"),
        ("[inspector]\nreward_risk_min = inf", "inspector.reward_risk_min"),
        ("[inspector]\nspread_bps_max = 'off'", "inspector.spread_bps_max"),
        ("[inspector]\nno_trade = ['25:00-26:00']", "inspector.no_trade"),
        ("[inspector]\ndirections = ['up']", "inspector.directions"),
        ("[inspector]\nrepeats_max = 1001", "inspector.repeats_max"),
        ("[inspector]\nmargin_rate = 0", "inspector.margin_rate"),
        ("[inspector]\nallow = ['A']\ndeny = ['A']", "allow and deny both name A"),
        ("[[inspector.groups]]\nname = 'g'\ninstruments = []\nweight = 1", "inspector.groups.0.weight"),
        (
            "[inspector]\norder_notional_min = 9\norder_notional_max = 8",
            "order_notional_min (9) is above order_notional_max (8)",
        ),
        (
            "[inspector]\nstops_instrument_max = 7\nstops_total_max = 6",
            "stops_instrument_max (7) is above stops_total_max (6)",
        ),
        (
            "[[instruments]]\nsymbol = 'X'\nquantity_min = 2\nquantity_max = 1",
            "quantity_min (2) is above quantity_max (1) of X",
        ),
        ("[[instruments]]\nsymbol = 'X; drop'", "instruments.0.symbol"),
        ("[[instruments]]\nsymbol = 'X'\n[[instruments]]\nsymbol = 'X'", "same symbol"),
    ],
)
def test_a_wrong_key_is_named_with_its_file_and_the_remedy(tmp_path: Path, text: str, key: str) -> None:
    """I4: a limit that is no number, or not what it is meant to be, stops the start."""
    path = tmp_path / "mine.toml"
    message = told(path, text)
    assert str(path) in message
    assert key in message
    assert "config/barfinex.toml says what every key means" in message


def test_the_file_named_in_the_remedy_says_what_every_key_means() -> None:
    """Failed before: it was said to show their bounds, too."""
    told, section = dict[str, set[str]](), ""
    for line in SHIPPED[0].read_text(encoding="utf-8").splitlines():
        if header := re.match(r"\[+([a-z.]+)\]+", line):
            section = header[1]
        elif key := re.match(r"(?:# )?([a-z_]+) = ", line):
            told.setdefault(section, set()).add(key[1])
    for name, field in Config.model_fields.items():
        kind = InstrumentConfig if name == "instruments" else type(field.default)
        assert set(kind.model_fields) - {"groups"} <= told[name], name
    assert set(GroupConfig.model_fields) <= told["inspector.groups"]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    message = told(tmp_path / "c.toml", "[venue]\nfee = 2\n[market]\nspeed = 0")
    assert "venue.fee" in message
    assert "market.speed" in message


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in told(tmp_path / "c.toml", "[venue]\nfee =\n")


def test_a_file_that_is_no_text_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="is not TOML"):
        load(path)


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_cannot_be_read_is_bad_input(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="cannot be read") as caught:
        load(tmp_path / name)
    assert "--config" in caught.value.remedy


@pytest.mark.parametrize("path", SHIPPED, ids=str)
def test_what_is_shipped_loads(path: Path) -> None:
    assert load(Path(__file__).parents[1] / path).instruments


def test_an_empty_file_is_the_default_and_money_is_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("")
    assert load(path) == Config()
    path.write_text("[venue]\nfee = 0.0007\ncash = '12345.678'")
    venue = load(path).venue
    assert (venue.fee, venue.cash) == (Decimal("0.0007"), Decimal("12345.678"))


def test_a_configuration_survives_json_and_keeps_its_fingerprint() -> None:
    config = Config()
    again = Config.model_validate(config.model_dump(mode="json"))
    assert again == config
    assert again.fingerprint() == config.fingerprint()
    other = config.model_copy(update={"run": config.run.model_copy(update={"seed": 8})})
    assert other.fingerprint() != config.fingerprint()


def test_a_step_of_zero_means_no_rounding() -> None:
    built = Config().instruments[0].build("sim")
    assert built.tick is None
    assert built.lot is None


def test_a_control_is_off_only_when_the_file_says_so(tmp_path: Path) -> None:
    """I4: the word is "off", and nothing else is."""
    path = tmp_path / "off.toml"
    path.write_text('[inspector]\nbreaker_sigma = "off"\nhold_ms_max = "off"', encoding="utf-8")
    limits = load(path).inspector
    assert (limits.breaker_sigma, limits.hold_ms_max) == (None, None)
    assert Config().inspector.breaker_sigma == 6.0
    assert Config.model_validate(load(path).model_dump(mode="json")) == load(path)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ("leverage = 30", "leverage (30) is above leverage_max (20) of A-B"),
        (
            "leverage = 20\nmaintenance_rate = 0.05",
            "maintenance_rate of A-B leaves no margin at its leverage",
        ),
        ("leverage = 0.5", "instruments.0.leverage"),
    ],
)
def test_a_future_that_could_not_be_held_is_refused(terms: str, said: str, tmp_path: Path) -> None:
    text = f'[[instruments]]\nsymbol = "A-B"\nmarket = "linear"\n{terms}\n'
    assert said in told(tmp_path / "c.toml", text)


def test_a_future_has_its_terms_and_what_is_paid_in_full_has_none() -> None:
    future = InstrumentConfig(symbol="A-B", market="linear", leverage=Decimal(5)).build("sim")
    assert future.linear == Linear(Decimal(5), Decimal("0.005"))
    assert InstrumentConfig(symbol="A-B", leverage=Decimal(5)).build("sim").linear is None
