"""Room for orders within the budgets: an entry waits for a moment, what reduces risk until it is its turn."""

from __future__ import annotations

from barfinex.bus.port import Port
from barfinex.domain.order import OrderRequest
from barfinex.events.provider import ThrottleTripped
from barfinex.provider.line import Line
from barfinex.provider.permits import Fault, Permits, reduces
from barfinex.provider.throttle import TRIPS_MAX, TRIPS_MS


async def room(line: Line, permits: Permits, port: Port) -> Fault | None:
    """Take room for orders that belong together, or say why there is none in time."""
    throttle, count, clock = line.throttle, len(permits), port.clock
    until = min(permit.expires_at for permit in permits)
    if reduces(permits):
        wait = await line.orders(permits, clock, until)
        return _none(line, permits[0].order, wait, port) if wait else None
    until = min(until, clock.now() + throttle.wait_ms_max)
    while (wait := throttle.entries(now := clock.now(), count)) > 0:
        if now + wait > until:
            return _none(line, permits[0].order, wait, port)
        await throttle.sleep(wait / 1_000)
    return None


def _none(line: Line, order: OrderRequest, wait: int, port: Port) -> Fault:
    now = port.clock.now()
    if not order.reduce_only and line.throttle.trip(now):
        tripped = ThrottleTripped(
            instrument=order.instrument, strategy=order.strategy, trips=TRIPS_MAX, window_ms=TRIPS_MS
        )
        port.emit(tripped)
    code = "BANNED" if line.throttle.is_banned(now) else "THROTTLED"
    return code, f"there is no room for it for {wait} ms"
