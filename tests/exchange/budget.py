"""How much may be asked: weight a minute and orders in ten seconds, as the real one counts them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.exchange.words import No

MINUTE_MS, TEN_S_MS = 60_000, 10_000
WEIGHTS = {"depth": 5, "exchangeInfo": 20, "klines": 2, "account": 20, "openOrders": 6, "myTrades": 20}
ENOUGH = 5  # Requests after the first 429 that turn it into a ban.
BAN_MS = 120_000


@dataclass
class Budget:
    """`weight_max` a minute, `orders_max` in ten seconds; who goes on after a 429 is banned (418)."""

    weight_max: int
    orders_max: int = 100
    weight: int = 0
    orders: int = 0
    defied: int = 0
    banned_until: int = 0
    _minute: int = 0
    _tens: int = 0

    def spend(self, method: str, route: str, now: int) -> None:
        """Raises No."""
        if now // MINUTE_MS != self._minute:
            self._minute, self.weight, self.defied = now // MINUTE_MS, 0, 0
        if now // TEN_S_MS != self._tens:
            self._tens, self.orders = now // TEN_S_MS, 0
        if now < self.banned_until:
            raise No(
                -1003, f"Way too many requests; IP banned until {self.banned_until}.", 418, self._wait(now)
            )
        self.weight += WEIGHTS.get(route, 1)
        if self.weight > self.weight_max:
            self.defied += 1
            if self.defied > ENOUGH:
                self.banned_until = now + BAN_MS
            raise No(-1003, "Too many requests.", 429, self._wait(now))
        if method == "POST" and "rder" in route:
            self.orders += 1
            if self.orders > self.orders_max:
                raise No(-1015, "Too many new orders.", 429, {"Retry-After": "10"})

    def _wait(self, now: int) -> dict[str, str]:
        until = max(self.banned_until, (now // MINUTE_MS + 1) * MINUTE_MS)
        return {"Retry-After": str(-(-(until - now) // 1_000))}
