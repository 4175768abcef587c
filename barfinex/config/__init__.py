"""Configuration: one TOML file, checked whole before anything starts; unknown keys and NaN are refused."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from barfinex.config.advisor import AdvisorConfig as AdvisorConfig
from barfinex.config.bounds import Amount, Bps, Folder, Fraction, Leverage, Section, Step
from barfinex.config.exchange import ExchangeConfig as ExchangeConfig
from barfinex.config.limits import GroupConfig as GroupConfig
from barfinex.config.limits import InspectorConfig as InspectorConfig
from barfinex.domain.errors import BadInput
from barfinex.domain.ids import digest
from barfinex.domain.instrument import QUANTITY_MAX, Instrument, timeframe_ms
from barfinex.domain.margin import Linear


class RunConfig(Section):
    """Where things lie. Paths are relative to the folder the command is run in."""

    data_dir: Folder = Path("data")
    strategies_dir: Folder = Path("strategies")
    seed: int = Field(7, ge=0, le=2**63 - 1)


class InstrumentConfig(Section):
    """A step of 0 means that the venue does not round. A `linear` future is held on margin: 1 / `leverage` of
    its entry value, of which `maintenance_rate` x value must be left."""

    symbol: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._:/-]+$")
    tick: Step = Decimal(0)
    lot: Step = Decimal(0)
    quantity_min: Step = Decimal(0)
    quantity_max: Amount = QUANTITY_MAX
    notional_min: Step = Decimal(0)
    market: Literal["spot", "linear"] = "spot"
    leverage: Annotated[Leverage, Field(ge=1)] = Decimal(1)
    leverage_max: Annotated[Leverage, Field(ge=1)] = Decimal(20)
    maintenance_rate: Annotated[Fraction, Field(lt=1)] = Decimal("0.005")

    def build(self, venue: str) -> Instrument:
        steps = (self.tick or None, self.lot or None)
        linear = Linear(self.leverage, self.maintenance_rate) if self.market == "linear" else None
        bounds = self.quantity_min, self.notional_min, self.quantity_max
        return Instrument(self.symbol, venue, *steps, *bounds, linear)

    @model_validator(mode="after")
    def _least_is_least(self) -> InstrumentConfig:
        if self.quantity_min > self.quantity_max:
            least, most = self.quantity_min, self.quantity_max
            raise ValueError(f"quantity_min ({least}) is above quantity_max ({most}) of {self.symbol}")
        return self

    @model_validator(mode="after")
    def _leverage_is_possible(self) -> InstrumentConfig:
        if self.leverage > self.leverage_max:
            used, most = self.leverage, self.leverage_max
            raise ValueError(f"leverage ({used}) is above leverage_max ({most}) of {self.symbol}")
        if self.market == "linear" and self.maintenance_rate * self.leverage >= 1:
            raise ValueError(f"maintenance_rate of {self.symbol} leaves no margin at its leverage")
        return self


class MarketConfig(Section):
    """The embedded market: seeded, with regimes, volatility clustering and jumps.

    `volatility` is the standard deviation of one candle's log return; `speed` how many market seconds pass in
    a second; `warmup` how many candles of history exist before the start.
    """

    timeframe: str = "1s"
    speed: float = Field(1.0, ge=0.01, le=100)
    price: float = Field(60_000.0, gt=0, le=1e9)
    volatility: float = Field(0.0008, gt=0, le=0.1)
    warmup: int = Field(400, ge=0, le=100_000)

    @field_validator("timeframe")
    @classmethod
    def _known_timeframe(cls, timeframe: str) -> str:
        try:
            timeframe_ms(timeframe)
        except BadInput as error:
            raise ValueError(str(error)) from error  # A ValueError is reported with its key.
        return timeframe


class VenueConfig(Section):
    """The simulated venue. Fees are fractions of notional: `fee` for taking a price, `fee_maker` for a limit
    order that waited (left out: the same). `volume_share` is the part of a candle's volume that our orders
    may take (0: all they want), `latency_ms` the time an order is under way; without `oco` it knows no groups
    of orders of which one cancels the others, and we cancel them. Of linear futures: `liquidation_fee` is
    charged when the venue closes a position, and `funding_rate` (of the value, longs pay shorts) is settled
    at every whole `funding_every_ms` where no series of rates is given."""

    cash: Amount = Decimal(100_000)
    fee: Fraction = Decimal("0.001")
    fee_maker: Fraction | None = None
    liquidation_fee: Fraction = Decimal("0.0125")
    funding_rate: Annotated[Decimal, Field(ge=-1, le=1, allow_inf_nan=False, strict=False)] = Decimal(0)
    funding_every_ms: int = Field(28_800_000, ge=60_000, le=86_400_000)
    spread_bps: Bps = 0.0
    slippage_bps: Bps = 0.0
    latency_ms: int = Field(0, ge=0, le=3_600_000)
    volume_share: float = Field(0.0, ge=0.0, le=1.0)
    oco: bool = True


class SizingConfig(Section):
    """`units`: a fixed quantity of base. `risk`: the quantity whose stop loses `risk_per_trade` of equity.
    `advised`: that at most, and no more than the Advisor recommends."""

    method: Literal["units", "risk", "advised"] = "risk"
    units: Amount = Decimal(1)
    risk_per_trade: Fraction = Decimal("0.0005")


class ReconcileConfig(Section):
    """How often our books are compared with the venue, in milliseconds of the market's time; what differs
    must still differ `confirm_ms` later. `external`: what is not ours is adopted and told, or also halts.
    Fees in `fee_asset` may go untold up to `fee_tolerance`, in units of that asset."""

    external: Literal["adopt", "halt"] = "adopt"
    orders_every_ms: int = Field(5_000, ge=1_000, le=3_600_000)
    account_every_ms: int = Field(30_000, ge=1_000, le=3_600_000)
    full_every_ms: int = Field(86_400_000, ge=60_000, le=7 * 86_400_000)
    confirm_ms: int = Field(2_000, ge=100, le=60_000)
    fee_asset: str = Field("", max_length=20, pattern=r"^[A-Za-z0-9]*$")
    fee_tolerance: Step = Decimal(0)


class OrdersConfig(Section):
    """How much is sent to a venue in real time. `reserved` is for cancels and what only reduces, and entries
    cannot touch it; an entry without room waits at most `wait_ms_max` and is then dropped."""

    entries_per_second_max: int = Field(5, ge=1, le=1_000)
    entries_per_minute_max: int = Field(50, ge=1, le=60_000)
    reserved_per_second_max: int = Field(10, ge=1, le=1_000)
    wait_ms_max: int = Field(200, ge=0, le=2_000)


class GovernorConfig(Section):
    """When trading is restricted by itself, and how it is loosened. `reduce_at` is the part of a loss limit
    at which nothing may raise exposure any more, `fill_collar` the most that a fill may lie from the last
    close before its instrument is halted; times are in milliseconds."""

    auto_arm: bool = True
    reduce_at: Fraction = Decimal("0.8")
    fill_collar: Fraction = Decimal("0.2")
    loosening_delay_ms: int = Field(60_000, ge=0, le=86_400_000)
    throttle_ms: int = Field(60_000, ge=1, le=86_400_000)
    starts_per_minute_max: int = Field(10, ge=2, le=1_000)
    lag_ms_max: int = Field(1_000, ge=50, le=600_000)
    heartbeat_ms: int = Field(1_000, ge=10, le=60_000)
    watchdog_ms: int = Field(5_000, ge=100, le=600_000)


class GatewayConfig(Section):
    """The API: loopback unless another host is written here; port 0 picks a free one."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8787, ge=0, le=65_535)


class JournalConfig(Section):
    """The audit journal: room kept for a full disk, the head of the chain kept outside it, and its size.

    Without a `seal_file` the seals lie beside the journal; with a `seal_key_file` they are signed.
    """

    ballast_mb: int = Field(64, ge=0, le=65_536)
    segment_mb: int = Field(4_096, ge=1, le=1_048_576)
    seal_s: float = Field(60.0, ge=0.1, le=86_400)
    seal_file: Folder | None = None
    seal_key_file: Folder | None = None


class StoreConfig(Section):
    """The candle store: candles of the last `hot_days` in SQLite, older ones in Parquet by month, and those
    older than `keep_days` (0: none) forgotten. Without a `dir` it is `candles` in run.data_dir."""

    dir: Folder | None = None
    hot_days: int = Field(7, ge=1, le=60)
    keep_days: int = Field(0, ge=0, le=36_500)


class StrategyConfig(Section):
    """Which strategies run; empty: every file in the folder."""

    names: Annotated[tuple[str, ...], Field(strict=False)] = ()
    reload: bool = True
    isolate: bool = True
    load_s: float = Field(10.0, gt=0.0, le=600.0)
    answer_s: float = Field(0.5, gt=0.0, le=60.0)
    memory_mb: int = Field(2_048, ge=256, le=1_000_000)
    approved: Annotated[tuple[str, ...], Field(strict=False)] = ()


class Config(Section):
    """Everything a run is configured by."""

    run: RunConfig = RunConfig()
    instruments: Annotated[tuple[InstrumentConfig, ...], Field(strict=False)] = (
        InstrumentConfig(symbol="BTC-USDT"),
    )
    market: MarketConfig = MarketConfig()
    exchange: ExchangeConfig = ExchangeConfig()
    venue: VenueConfig = VenueConfig()
    strategies: StrategyConfig = StrategyConfig()
    advisor: AdvisorConfig = AdvisorConfig()
    sizing: SizingConfig = SizingConfig()
    inspector: InspectorConfig = InspectorConfig()
    reconcile: ReconcileConfig = ReconcileConfig()
    orders: OrdersConfig = OrdersConfig()
    governor: GovernorConfig = GovernorConfig()
    gateway: GatewayConfig = GatewayConfig()
    journal: JournalConfig = JournalConfig()
    store: StoreConfig = StoreConfig()

    def shelf(self, *, keyed: bool = False) -> Path:
        """Where candles of the configured exchange are kept."""
        return self.shelves / self.exchange.shelf(keyed=keyed)

    @property
    def shelves(self) -> Path:
        """The folder of the candle store."""
        return self.store.dir or self.run.data_dir / "candles"

    @model_validator(mode="after")
    def _instruments_differ(self) -> Config:
        symbols = [instrument.symbol for instrument in self.instruments]
        if len(set(symbols)) != len(symbols):
            raise ValueError("two instruments have the same symbol")
        return self

    @model_validator(mode="after")
    def _least_fits_most(self) -> Config:
        most = self.inspector.position_notional_max
        for one in self.instruments:
            if one.notional_min > most:
                least = f"notional_min of {one.symbol} ({one.notional_min})"
                raise ValueError(f"{least} is above inspector.position_notional_max ({most})")
        return self

    def fingerprint(self) -> str:
        """Equal configurations, equal text."""
        return digest(self.model_dump_json())


def load(path: Path) -> Config:
    """Read a TOML file.

    Raises:
        BadInput: the file is missing or no TOML, or a key is unknown, of the wrong type or out of bounds.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(
            str(path), f"cannot be read ({error.strerror})", "Name an existing file with --config."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(str(path), f"is not TOML: {error}", "Correct that line.") from error
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        remedy = "Correct it; config/barfinex.toml says what every key means."
        raise BadInput(str(path), _explain(error), remedy) from error


def _explain(error: ValidationError) -> str:
    def line(key: tuple[int | str, ...], kind: str, text: str) -> str:
        name = ".".join(map(str, key)) or "the file"
        said = text.removeprefix("Value error, ")
        return f"unknown key {name}" if kind == "extra_forbidden" else f"{name}: {said}"

    return "; ".join(line(e["loc"], e["type"], e["msg"]) for e in error.errors()[:5])
