"""The closed list of a venue's definite noes: what is not in it may have left an order behind.

Codes of Binance spot and USD-M futures. Where both use a number for different things, or a number is used for
a no as well as for a doubt, the text decides, and a text that is not known is no proof.
"""

from __future__ import annotations

NO_KEY, NO_CLOCK, NO_FUNDS, NO_MARKET = "KEY_REFUSED", "CLOCK", "INSUFFICIENT_FUNDS", "MARKET_CLOSED"
FILTER, MALFORMED, UNSUPPORTED = "FILTER", "MALFORMED", "UNSUPPORTED"
WOULD_TRIGGER, REDUCE_ONLY, TOO_MANY_OPEN = "WOULD_TRIGGER", "REDUCE_ONLY", "TOO_MANY_OPEN"
NOT_FILLABLE, RISK_LIMIT = "NOT_FILLABLE", "RISK_LIMIT"

_MALFORMED = (
    *(
        -1014,
        -1020,
        -1100,
        -1101,
        -1102,
        -1103,
        -1104,
        -1105,
        -1106,
        -1108,
        -1111,
        -1114,
        -1115,
        -1116,
        -1117,
    ),
    *(
        -1118,
        -1121,
        -1128,
        -1130,
        -1134,
        -1135,
        -1158,
        -1160,
        -1165,
        -1166,
        -1168,
        -1196,
        -1197,
        -1198,
        -1199,
    ),
    *(-4015, -4061),
)
_FILTERS = (
    *(-4001, -4002, -4003, -4004, -4005, -4013, -4014, -4016, -4023, -4024, -4029, -4030, -4131, -4164),
)

DEFINITE: dict[int, str] = {
    **dict.fromkeys(_MALFORMED, MALFORMED),
    **dict.fromkeys(_FILTERS, FILTER),
    **dict.fromkeys((-1002, -1022, -2014, -2015, -2017), NO_KEY),
    **dict.fromkeys((-1021, -5028), NO_CLOCK),
    **dict.fromkeys((-2018, -2019, -4050, -4051), NO_FUNDS),
    **dict.fromkeys((-2024, -4062, -4118), REDUCE_ONLY),
    **dict.fromkeys((-2025, -4045), TOO_MANY_OPEN),
    **dict.fromkeys((-1112, -2020, -5021, -5022), NOT_FILLABLE),
    **dict.fromkeys((-2023, -2027, -2028), RISK_LIMIT),
    -1013: FILTER,  # The request did not reach the matching engine.
    -4120: UNSUPPORTED,
}

# These come from the matching engine for a no, a doubt and a double alike.
SPEAKING = {-1010, -2010, -2021, -2022, -2026}
TEXTS: tuple[tuple[str, str], ...] = (
    ("insufficient balance", NO_FUNDS),
    ("market is closed", NO_MARKET),
    ("trading is not enabled", NO_MARKET),
    ("would trigger immediately", WOULD_TRIGGER),
    ("would immediately trigger", WOULD_TRIGGER),
    ("would immediately match and take", NOT_FILLABLE),
    ("order book liquidity is less than", NOT_FILLABLE),
    ("reduceonly order is rejected", REDUCE_ONLY),
    ("not supported when reduceonly", REDUCE_ONLY),
    ("not supported for this symbol", UNSUPPORTED),
    ("not support for this symbol", UNSUPPORTED),
    ("unsupported order combination", UNSUPPORTED),
    ("price * qty is zero or less", FILTER),
    ("icebergqty exceeds qty", FILTER),
    ("relationship of the prices for the orders is not correct", FILTER),
    ("this action is disabled on this account", NO_KEY),
    ("this account may not place or cancel orders", NO_KEY),
    ("this symbol is not permitted for this account", NO_KEY),
    ("this symbol is restricted for this account", NO_KEY),
)
FILTER_TEXT = "filter failure: "
FULL_FILTERS = (
    "MAX_NUM_ORDERS",
    "MAX_NUM_ALGO_ORDERS",
    "EXCHANGE_MAX_NUM_ORDERS",
    "EXCHANGE_MAX_ALGO_ORDERS",
)

# A venue or what stands before it has turned the request away; none of these can have made an order.
STATUSES: dict[int, str] = {
    401: NO_KEY,
    405: MALFORMED,
    407: "PROXY_REFUSED",
    411: MALFORMED,
    413: MALFORMED,
    414: MALFORMED,
    415: MALFORMED,
    431: MALFORMED,
    451: "LOCATION_REFUSED",
}
ABSENT_CODES = {-2011, -2013}
