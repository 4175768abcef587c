"""The exchange that is traded on, when it is not the embedded market."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from barfinex.config.bounds import Section


class ExchangeConfig(Section):
    """An exchange of ccxt by its `id`; empty: the embedded market. `endpoint` replaces every address of it,
    for an exchange of one's own. In `production` real money is traded: the keys must say that they are for it
    (`environment` beside them), and the command must say `--arm`. A signed request is void after
    `recv_window_ms`; of the exchange's rate limits we use at most `rate_share`."""

    id: str = Field("", max_length=40, pattern=r"^[a-z0-9_]*$")
    market: Literal["spot", "linear"] = "linear"
    environment: Literal["local", "testnet", "production"] = "testnet"
    endpoint: str = Field("", max_length=200)
    keys_file: Path | None = None
    timeframe: str = "1m"
    backfill: int = Field(400, ge=1, le=100_000)
    recv_window_ms: int = Field(5_000, ge=500, le=60_000)
    timeout_ms: int = Field(10_000, ge=500, le=60_000)
    rate_share: float = Field(0.5, gt=0, le=1)

    def shelf(self, *, keyed: bool = False) -> str:
        """The name under which candles of its prices are kept, apart from those of others: without keys it is
        asked for its real ones, unless an endpoint stands for it."""
        if not self.id:
            return "imported"
        real = self.environment == "production" or not (keyed or self.endpoint)
        return f"{self.id}-{self.market}" + ("" if real else f"-{self.environment}")
