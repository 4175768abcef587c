"""What reviews may cost: time, tokens and money, a decision and a day, and so many at once."""

from __future__ import annotations

from math import isfinite

from msgspec.structs import replace

from barfinex.domain.value import Value, Word

DAY_MS = 86_400_000
TTL_SHARE = 4


class Limits(Value, frozen=True):
    """`wall_ms_max` includes retries; money in USD. Days are those of UTC.

    Raises:
        ValueError: a limit is not a positive finite number.
    """

    wall_ms_max: int = 2500
    tokens_day_max: int = 1_000_000
    usd_day_max: float = 5.0
    usd_decision_max: float = 0.02
    concurrent_max: int = 4

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if not (isfinite(value) and value > 0):
                raise ValueError(f"{name} {value} is not positive and finite: turn reviews off instead")


class Admission(Word):
    """GRANTED: go. JOINED: the same call is under way, wait for its answer. The others name what ran out."""

    GRANTED = "granted"
    JOINED = "joined"
    BUSY = "concurrent"
    TOKENS = "tokens_day"
    USD_DAY = "usd_day"
    USD_DECISION = "usd_decision"


class Flight(Value, frozen=True):
    """A call under way, and what is set aside for it."""

    key: str
    started: int
    tokens: int
    usd: float


class Spending(Value, frozen=True):
    """What was spent on `day` (days since 1970), and the calls under way, never more than may be at once."""

    day: int = 0
    tokens: int = 0
    usd: float = 0.0
    flights: tuple[Flight, ...] = ()


def wall_ms(limits: Limits, ttl_ms: int) -> int:
    """How long one review may take in all: min(2.5 s, a quarter of the signal's time to live)."""
    return min(limits.wall_ms_max, max(0, ttl_ms) // TTL_SHARE)


def reserved(spending: Spending, limits: Limits, now: int, call: Flight) -> tuple[Spending, Admission]:
    """Ask for a call; granted, its estimate is set aside until `settled`.

    A flight older than twice the wall time is lost: its place is given away, its estimate counts as spent.
    """
    spending = _today(_swept(spending, limits, now), now)
    if any(one.key == call.key for one in spending.flights):
        return spending, Admission.JOINED
    held_tokens = sum(one.tokens for one in spending.flights)
    held_usd = sum(one.usd for one in spending.flights)
    tests = {
        Admission.USD_DECISION: 0.0 <= call.usd <= limits.usd_decision_max,
        Admission.TOKENS: 0 <= call.tokens <= limits.tokens_day_max - spending.tokens - held_tokens,
        Admission.USD_DAY: spending.usd + held_usd + call.usd <= limits.usd_day_max,
        Admission.BUSY: len(spending.flights) < limits.concurrent_max,
    }
    refused = next((name for name, holds in tests.items() if not holds), None)
    if refused is not None:
        return spending, refused
    return replace(spending, flights=(*spending.flights, replace(call, started=now))), Admission.GRANTED


def settled(spending: Spending, now: int, key: str, tokens: int, usd: float) -> Spending:
    """A call came back: what it took replaces what was set aside. What is no number counts as set aside."""
    spending = _today(spending, now)
    flight = next((one for one in spending.flights if one.key == key), None)
    if not (isfinite(usd) and usd >= 0.0):
        usd = flight.usd if flight is not None else 0.0
    return replace(
        spending,
        tokens=spending.tokens + max(0, tokens),
        usd=spending.usd + usd,
        flights=tuple(one for one in spending.flights if one.key != key),
    )


def _swept(spending: Spending, limits: Limits, now: int) -> Spending:
    lost = [one for one in spending.flights if now - one.started > 2 * limits.wall_ms_max]
    return replace(
        spending,
        tokens=spending.tokens + sum(one.tokens for one in lost),
        usd=spending.usd + sum(one.usd for one in lost),
        flights=tuple(one for one in spending.flights if one not in lost),
    )


def _today(spending: Spending, now: int) -> Spending:
    """On a new day nothing has been spent yet; a clock that goes back opens no new day."""
    day = now // DAY_MS
    return replace(spending, day=day, tokens=0, usd=0.0) if day > spending.day else spending
