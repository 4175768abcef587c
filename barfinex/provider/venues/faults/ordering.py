"""F1-F6 and F16-F26: what goes wrong when an order is sent."""

from __future__ import annotations

from barfinex.domain.order import OrderType, Purpose
from barfinex.provider.venues.faults.script import (
    TIMEOUT,
    AckAfterFill,
    AckLate,
    At,
    Fault,
    Refuse,
    RefuseLeg,
    Regrid,
    Shape,
    Shut,
    Soon,
    Step,
    Swallow,
    When,
    venue_says,
)

_ENTRY, _STOP = When(At.SUBMIT, Purpose.ENTRY), When(At.SUBMIT, Purpose.STOP)
_STOP_STANDS = When(At.HAPPEN, Purpose.STOP, "accepted")
_LATER = 2_000
MINUTE, DAY = 60_000, 86_400_000
RATE_LIMITED = Shape("Too many requests", "http", status=429, code=-1003, retry_after_ms=10_000)
BANNED = Shape("IP banned", "http", status=418, code=-1003, retry_after_ms=2 * MINUTE)
FORBIDDEN = Shape("<html>Request blocked</html>", "http", status=403)
REVOKED = venue_says(-2015, "Invalid API-key, IP, or permissions for action.", 401)

SENT = (
    Fault(
        "F1",
        "request-lost",
        "An entry is lost on its way to the venue, and no answer comes.",
        "UNKNOWN, then proven absent after the window; never sent again.",
        (Step(_ENTRY, Refuse(TIMEOUT)),),
    ),
    Fault(
        "F2",
        "answer-lost",
        "The venue takes an entry, and its answer is lost.",
        "UNKNOWN, then adopted by a query or by the stream.",
        (Step(_ENTRY, Swallow(TIMEOUT)),),
    ),
    Fault(
        "F3",
        "answer-5xx",
        "The venue takes three orders and answers HTTP 502, then -1006, then -1007; the stream is late.",
        "UNKNOWN each time, then adopted.",
        (
            Step(_ENTRY, Swallow(Shape("Bad Gateway", "http", status=502), mute_ms=5_000)),
            Step(_STOP, Swallow(venue_says(-1006, "Unexpected response from the message bus", 503), 5_000)),
            Step(
                When(At.SUBMIT, Purpose.STOP, nth=2),
                Swallow(venue_says(-1007, "Timeout waiting for response from backend", 408), 5_000),
            ),
        ),
    ),
    Fault(
        "F4",
        "ack-late",
        "Acknowledgements come up to a minute late.",
        "A late acknowledgement counts once, whatever a query has found meanwhile.",
        (Step(When(At.SUBMIT, times=3), AckLate(MINUTE)),),
    ),
    Fault(
        "F5",
        "fill-first",
        "The first fill of an entry overtakes its acknowledgement.",
        "The fill counts at once; the acknowledgement changes nothing.",
        (Step(_ENTRY, AckAfterFill()),),
    ),
    Fault(
        "F6",
        "query-lags",
        "An entry fills at once, its answer is lost, and for 2 s a query does not find it.",
        "Not found is no proof of absence: UNKNOWN until it is found.",
        (Step(_ENTRY, Swallow(TIMEOUT, mute_ms=None, hide_ms=2_000)),),
    ),
)

REFUSED = (
    Fault(
        "F16",
        "filter-changed",
        "The venue's quantity step becomes coarser without notice.",
        "Rejected, the rules are looked at again, and nothing is tried over and over.",
        (Step(_ENTRY, Regrid()),),
    ),
    Fault(
        "F17",
        "balance-short",
        "The venue finds the balance insufficient although our own account says enough.",
        "Rejected, balances reconciled, the instrument halted.",
        (Step(_ENTRY, Refuse(venue_says(-2010, "Account has insufficient balance for requested action."))),),
    ),
    Fault(
        "F18",
        "clock-skewed",
        "The venue refuses a request whose time stamp lies outside its window (-1021).",
        "Rejected for certain; the same order is not sent again.",
        (
            Step(
                _ENTRY,
                Refuse(venue_says(-1021, "Timestamp for this request is outside of the recvWindow.")),
            ),
        ),
    ),
    Fault(
        "F19",
        "rate-limited",
        "The venue answers 429 for 10 s; a new order in that time earns a ban.",
        "No new orders for Retry-After; cancels and exits keep their budget.",
        (
            Step(
                When(At.SUBMIT, Purpose.ENTRY, nth=2),
                Shut(RATE_LIMITED, 10_000, spares_cancels=True, worse=BANNED, worse_ms=2 * MINUTE),
            ),
        ),
    ),
    Fault(
        "F20",
        "banned",
        "The venue bans us (418) for two minutes or more, while we hold a position with its stop.",
        "HALTED, and no calls until the ban is over; the stops at the venue protect.",
        (Step(_STOP_STANDS, Soon(_LATER, Shut(BANNED, 2 * MINUTE, ms_max=5 * MINUTE))),),
    ),
    Fault(
        "F21",
        "forbidden",
        "A firewall answers 403 with a page of HTML for 30 s.",
        "As for 429, and an alert.",
        (Step(When(At.SUBMIT, Purpose.ENTRY, nth=2), Shut(FORBIDDEN, 30_000, spares_cancels=True)),),
    ),
    Fault(
        "F22",
        "too-many-orders",
        "The venue finds three entries too many (-1015).",
        "Rejected; the throttle closes.",
        (
            Step(
                When(At.SUBMIT, Purpose.ENTRY, times=3),
                Refuse(venue_says(-1015, "Too many new orders; current limit is 50 per TEN_SECOND.", 429)),
            ),
        ),
    ),
    Fault(
        "F23",
        "stops-full",
        "The venue takes no more stops (MAX_NUM_ALGO_ORDERS).",
        "The position is left, or covered in another way, within ten seconds.",
        (
            Step(
                When(At.SUBMIT, Purpose.STOP, times=0),
                Refuse(venue_says(-1013, "Filter failure: MAX_NUM_ALGO_ORDERS")),
            ),
        ),
    ),
    Fault(
        "F24",
        "stop-too-late",
        "The venue refuses a stop that the price has already passed.",
        "Exit at market at once.",
        (Step(_STOP, Refuse(venue_says(-2010, "Stop price would trigger immediately."))),),
    ),
    Fault(
        "F25",
        "leg-refused",
        "Of stop and target only the target is taken.",
        "The position counts as unprotected: the ladder runs.",
        (Step(_STOP, RefuseLeg(venue_says(-2010, "The pending leg was refused."))),),
    ),
    Fault(
        "F26",
        "stop-gapped",
        "The venue takes no stops but stop-limits, which a gap leaves behind.",
        "Turned into a market exit.",
        (
            Step(
                When(At.SUBMIT, type=OrderType.STOP, times=0), Refuse(venue_says(-1116, "Invalid orderType."))
            ),
        ),
    ),
    Fault(
        "F33",
        "key-revoked",
        "The API key is revoked while we hold a position (-2015).",
        "HALTED, an alert, no storm of retries.",
        (Step(_STOP_STANDS, Soon(_LATER, Shut(REVOKED, None))),),
    ),
)
