"""What a venue's error means: a definite no only where nobody can doubt it (I15)."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from barfinex.provider.venues.base import OutcomeUnknown
from barfinex.provider.venues.errors import Outcome, OutcomeKind, VenueError, classify

K = OutcomeKind
NO, WAIT, BAN, GONE, DOUBT = K.REJECTED, K.THROTTLED, K.BANNED, K.NOT_FOUND, K.UNKNOWN


def venue(code: int | str, text: str, status: int | None = 400, **more: Any) -> VenueError:
    """The venue's own words: `{"code": ..., "msg": ...}`."""
    return VenueError(text, "venue", code=code, status=status, **more)


def http(status: int, body: str = "", **more: Any) -> VenueError:
    return VenueError(body, "http", status=status, **more)


def lost(text: str, **more: Any) -> VenueError:
    return VenueError(text, "transport", **more)


# Written from the venues' documents, not from the list in the code.
SHAPES: list[tuple[str, Exception, OutcomeKind]] = [
    # The wire.
    ("read timeout", lost("timed out after 10 s"), DOUBT),
    ("connection reset by peer", lost("[Errno 104] Connection reset by peer"), DOUBT),
    ("broken pipe while writing", lost("[Errno 32] Broken pipe"), DOUBT),
    ("server disconnected without a response", lost("Server disconnected"), DOUBT),
    ("DNS failed in the middle of a run", lost("Temporary failure in name resolution"), DOUBT),
    ("TLS alert after the request", lost("sslv3 alert bad record mac"), DOUBT),
    ("websocket closed with a request under way", lost("1006 abnormal closure"), DOUBT),
    ("the answer ends in the middle", lost("IncompleteRead(112 bytes read, 40 more expected)"), DOUBT),
    ("refused before a byte was written", lost("[Errno 111] Connection refused", sent=False), NO),
    ("no address, nothing written", lost("Name or service not known", sent=False), NO),
    ("certificate expired, nothing written", lost("certificate has expired", sent=False), NO),
    ("a venue that does not answer", OutcomeUnknown("no answer"), DOUBT),
    # What is no error of a venue at all.
    ("a bare timeout", TimeoutError(), DOUBT),
    ("a bare refusal may follow a retry", ConnectionRefusedError(111, "refused"), DOUBT),
    ("a bare resolver error", socket.gaierror(-3, "Temporary failure"), DOUBT),
    ("a bare TLS error", ssl.SSLError("EOF occurred in violation of protocol"), DOUBT),
    ("a defect in the adapter", KeyError("orderId"), DOUBT),
    ("a text that should be a number", ValueError("could not convert"), DOUBT),
    # Statuses without a word of the venue's own.
    ("200 with a page of a proxy", http(200, "<html>Login to the hotel network</html>"), DOUBT),
    ("200 with half a JSON", http(200, '{"symbol":"BTCUSDT","orderId":12'), DOUBT),
    ("200 and empty", http(200, ""), DOUBT),
    ("202 accepted", http(202, ""), DOUBT),
    ("301 moved", http(301, ""), DOUBT),
    ("307 to another host", http(307, ""), DOUBT),
    ("400 without a code", http(400, "Bad Request"), DOUBT),
    ("401", http(401, "Unauthorized"), NO),
    ("403 of the firewall", http(403, "<html>Request blocked</html>"), WAIT),
    ("404 of something in between", http(404, "<html>Not Found</html>"), DOUBT),
    ("405", http(405, "Method Not Allowed"), NO),
    ("407 of a proxy", http(407, "Proxy Authentication Required"), NO),
    ("408 while it was read", http(408, "Request Timeout"), DOUBT),
    ("409 half of a replacement", http(409, ""), DOUBT),
    ("413", http(413, "Payload Too Large"), NO),
    ("415", http(415, "Unsupported Media Type"), NO),
    ("418", http(418, "", retry_after_ms=300_000), BAN),
    ("429 with a time", http(429, "", retry_after_ms=7_000), WAIT),
    ("429 without", http(429, ""), WAIT),
    ("431", http(431, "Request Header Fields Too Large"), NO),
    ("451", http(451, "restricted location"), NO),
    ("500", http(500, "Internal Server Error"), DOUBT),
    ("502", http(502, "<html>Bad Gateway</html>"), DOUBT),
    ("503", http(503, "Service Unavailable"), DOUBT),
    ("504", http(504, "Gateway Time-out"), DOUBT),
    ("520 of a content network", http(520, "Web server is returning an unknown error"), DOUBT),
    # Spot, in its own words.
    ("-1000", venue(-1000, "An unknown error occurred while processing the request."), DOUBT),
    ("-1001", venue(-1001, "Internal error; unable to process your request. Please try again."), DOUBT),
    ("-1002", venue(-1002, "You are not authorized to execute this request.", 401), NO),
    ("-1003 queued", venue(-1003, "Too many requests queued.", 429), WAIT),
    ("-1003 weight", venue(-1003, "Too much request weight used; current limit is 6000"), WAIT),
    (
        "-1003 ban",
        venue(-1003, "Way too much request weight used; IP banned until 1700000160000.", 418),
        BAN,
    ),
    ("-1006", venue(-1006, "An unexpected response was received from the message bus.", 500), DOUBT),
    ("-1007", venue(-1007, "Timeout waiting for response from backend server.", 408), DOUBT),
    ("-1008 spot", venue(-1008, "Server is currently overloaded with other requests."), DOUBT),
    ("-1010 balance", venue(-1010, "Account has insufficient balance for requested action."), NO),
    ("-1010 of another kind", venue(-1010, "ERROR_MSG_RECEIVED."), DOUBT),
    ("-1013 filter", venue(-1013, "Filter failure: LOT_SIZE"), NO),
    ("-1013 algo orders", venue(-1013, "Filter failure: MAX_NUM_ALGO_ORDERS"), NO),
    ("-1013 quantity", venue(-1013, "Invalid quantity."), NO),
    ("-1014", venue(-1014, "Unsupported order combination."), NO),
    ("-1015", venue(-1015, "Too many new orders; current limit is 50 orders per 10 SECOND.", 429), WAIT),
    ("-1016", venue(-1016, "This service is no longer available."), DOUBT),
    ("-1021 behind", venue(-1021, "Timestamp for this request is outside of the recvWindow."), NO),
    ("-1021 ahead", venue(-1021, "Timestamp for this request was 1000ms ahead of the server's time."), NO),
    ("-1022", venue(-1022, "Signature for this request is not valid."), NO),
    ("-1100", venue(-1100, "Illegal characters found in parameter 'price'."), NO),
    ("-1102", venue(-1102, "Mandatory parameter 'side' was not sent, was empty/null, or malformed."), NO),
    ("-1111", venue(-1111, "Parameter 'quantity' has too much precision."), NO),
    ("-1121", venue(-1121, "Invalid symbol."), NO),
    ("-2010 balance", venue(-2010, "Account has insufficient balance for requested action."), NO),
    ("-2010 closed", venue(-2010, "Market is closed."), NO),
    ("-2010 trigger", venue(-2010, "Order would trigger immediately."), NO),
    ("-2010 post only", venue(-2010, "Order would immediately match and take."), NO),
    ("-2010 stops", venue(-2010, "Stop loss orders are not supported for this symbol."), NO),
    ("-2010 filter", venue(-2010, "Filter failure: MAX_POSITION"), NO),
    ("-2010 a double: the first is there", venue(-2010, "Duplicate order sent."), DOUBT),
    ("-2010 in words nobody knows", venue(-2010, "The stars are not right."), DOUBT),
    ("-2010 with a server fault", venue(-2010, "Market is closed.", 503), DOUBT),
    ("-2011 on cancel", venue(-2011, "Unknown order sent."), GONE),
    ("-2011 for a reason", venue(-2011, "Order was not canceled due to cancel restrictions."), DOUBT),
    ("-2013", venue(-2013, "Order does not exist."), GONE),
    ("-2014", venue(-2014, "API-key format invalid.", 401), NO),
    ("-2015", venue(-2015, "Invalid API-key, IP, or permissions for action.", 401), NO),
    ("-2021 spot, half a replacement", venue(-2021, "Order cancel-replace partially failed.", 409), DOUBT),
    ("-2026 spot, archived", venue(-2026, "Order was canceled or expired with no executed qty."), DOUBT),
    # USD-M futures.
    ("-2019", venue(-2019, "Margin is insufficient."), NO),
    ("-2021 futures", venue(-2021, "Order would immediately trigger."), NO),
    ("-2022", venue(-2022, "ReduceOnly Order is rejected."), NO),
    ("-2025", venue(-2025, "Reach max open order limit."), NO),
    ("-2027", venue(-2027, "Exceeded the maximum allowable position at current leverage."), NO),
    ("-4003", venue(-4003, "Quantity less than zero."), NO),
    ("-4116, a double", venue(-4116, "clientOrderId is duplicated."), DOUBT),
    ("-4120", venue(-4120, "Order type not supported for this endpoint."), NO),
    ("-4131", venue(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter."), NO),
    ("-4164", venue(-4164, "Order's notional must be no smaller than 5."), NO),
    ("-5022", venue(-5022, "Due to the order could not be executed as maker."), NO),
    ("-1008 futures", venue(-1008, "Request throttled by system-level protection.", 503), WAIT),
    ("a code nobody knows", venue(-9999, "Something new."), DOUBT),
    ("a code in words", venue("EOrder", "Insufficient funds"), DOUBT),
    ("a code as text", venue("-1121", "Invalid symbol."), NO),
    ("words without a code", VenueError("Market is closed.", "venue"), DOUBT),
    ("spelt and spaced otherwise", venue(-2010, "ACCOUNT  has insufficient\nbalance."), NO),
]


@pytest.mark.parametrize(("error", "kind"), [shape[1:] for shape in SHAPES], ids=[s[0] for s in SHAPES])
def test_every_shape_of_error_is_what_the_venues_document_says(error: Exception, kind: OutcomeKind) -> None:
    """I15: more than sixty shapes."""
    assert classify(error).kind is kind


def test_there_are_enough_shapes_and_each_is_another() -> None:
    assert len({(type(error), str(error), getattr(error, "status", 0)) for _, error, _ in SHAPES}) >= 60


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (lost("refused", sent=False), "NOT_SENT"),
        (venue(-2010, "Order would trigger immediately."), "WOULD_TRIGGER"),
        (venue(-2021, "Order would immediately trigger."), "WOULD_TRIGGER"),
        (venue(-1013, "Filter failure: MAX_NUM_ALGO_ORDERS"), "TOO_MANY_OPEN"),
        (venue(-1013, "Filter failure: PRICE_FILTER."), "FILTER"),
        (venue(-2018, "Balance is insufficient."), "INSUFFICIENT_FUNDS"),
        (venue(-2015, "Invalid API-key"), "KEY_REFUSED"),
        (venue(-1021, "Timestamp"), "CLOCK"),
        (venue(-2022, "ReduceOnly Order is rejected."), "REDUCE_ONLY"),
        (venue(-1015, "Too many new orders."), "TOO_MANY_ORDERS"),
        (http(403), "FIREWALL"),
        (http(502), "HTTP_502"),
        (venue(-9999, "new"), "VENUE_-9999"),
        (KeyError("x"), "KeyError"),
    ],
)
def test_the_word_says_what_to_do_about_it(error: Exception, code: str) -> None:
    assert classify(error).code == code


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (http(429, retry_after_ms=7_000), Outcome(WAIT, "THROTTLED", 7_000)),
        (http(429), Outcome(WAIT, "THROTTLED", 60_000)),
        (http(429, retry_after_ms=-5), Outcome(WAIT, "THROTTLED", 60_000)),
        (http(418), Outcome(BAN, "BANNED", 120_000)),
        (venue(-1003, "IP banned until 1700000160000.", 418), Outcome(BAN, "BANNED", 120_000, 1700000160000)),
        (
            venue(-1008, "Request throttled by system-level protection.", 503),
            Outcome(WAIT, "OVERLOADED", 1_000),
        ),
    ],
)
def test_a_venue_is_left_alone_for_as_long_as_it_says(error: VenueError, outcome: Outcome) -> None:
    assert classify(error) == outcome


@pytest.mark.parametrize("status", range(500, 600))
def test_no_fault_of_a_server_is_ever_a_definite_no(status: int) -> None:
    """I15: it may have failed after the order was in."""
    assert not classify(http(status)).is_definite
    assert not classify(venue(-2010, "Market is closed.", status)).is_definite
