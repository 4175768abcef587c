"""A hundred conditions of every kind, each beside an oracle that shares no code with it.

`SERIES` names an expression and what it is worth: by TA-Lib where the value is TA-Lib's, else by plain loops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import talib

from barfinex import sdk
from barfinex.domain.candles import Series
from barfinex.sdk import Expr, close, high, low, on, open, typical, volume  # noqa: A004  # the word of the trade
from tests.sdk import plain
from tests.sdk.plain import NAN

HOUR, DAY = 3_600_000, 86_400_000


class Listed:
    """Candles as lists, for loops."""

    def __init__(self, series: Series) -> None:
        self.ts: list[int] = series.ts.tolist()
        self.step = series.step_ms
        self.o, self.h, self.l, self.c, self.v = (
            column.tolist() for column in (series.open, series.high, series.low, series.close, series.volume)
        )
        self.typical = [(h + l + c) / 3 for h, l, c in zip(self.h, self.l, self.c, strict=True)]  # noqa: E741
        self.series = series

    def slow(self, ms: int, of: Callable[[Any], Sequence[float]]) -> list[float]:
        bars, known = plain.slower(self.ts, self.step, ms, (self.o, self.h, self.l, self.c, self.v))
        return plain.held(len(self.ts), known, of([list(column) for column in zip(*bars, strict=True)]))


class Made(NamedTuple):
    expr: Expr
    oracle: Callable[[Listed], Any]


def _ta(name: str, inputs: str, output: int = 0, **params: float) -> Callable[[Listed], Any]:
    """TA-Lib over the whole; `inputs` by letters: o h l c v."""

    def run(x: Listed) -> Any:
        found = getattr(talib, name)(*[np.array(getattr(x, one)) for one in inputs], **params)
        return found[output] if isinstance(found, tuple) else found

    return run


def _zip(function: Callable[..., float], *of: Callable[[Listed], Any]) -> Callable[[Listed], Any]:
    return lambda x: [function(*row) for row in zip(*(one(x) for one in of), strict=True)]


def _keltner(sign: int) -> Callable[[Listed], Any]:
    return _zip(
        lambda middle, span: middle + sign * 2 * span,
        lambda x: plain.ema(x.c, 20),
        lambda x: plain.wilder(plain.true_range(x.h, x.l, x.c), 20),
    )


def _share(n: int) -> Callable[[Listed], Any]:
    return lambda x: [v / m for v, m in zip(x.v, plain.windowed(x.v, n, plain.mean), strict=True)]


def _vwma(n: int) -> Callable[[Listed], Any]:
    def run(x: Listed) -> list[float]:
        worth = plain.windowed([p * v for p, v in zip(x.typical, x.v, strict=True)], n, sum)
        return [a / b for a, b in zip(worth, plain.windowed(x.v, n, sum), strict=True)]

    return run


def _moved(n: int) -> Callable[[Listed], Any]:
    return lambda x: [a / b - 1 for a, b in zip(x.c, plain.shifted(x.c, n), strict=True)]


def _macd(x: Listed) -> list[float]:
    return [a - b for a, b in zip(plain.ema(x.c, 12), plain.ema(x.c, 26), strict=True)]


def _zscore(x: Listed) -> list[float]:
    means, spread = plain.windowed(x.c, 20, plain.mean), plain.windowed(x.c, 20, plain.deviation)
    return [(c - m) / s for c, m, s in zip(x.c, means, spread, strict=True)]


SERIES: dict[str, Made] = {
    "ema": Made(sdk.ema(20), lambda x: plain.ema(x.c, 20)),
    "ema of high": Made(sdk.ema(high, 9), lambda x: plain.ema(x.h, 9)),
    "sma": Made(sdk.sma(20), lambda x: plain.windowed(x.c, 20, plain.mean)),
    "sma of volume": Made(sdk.sma(volume, 7), lambda x: plain.windowed(x.v, 7, plain.mean)),
    "wilder": Made(sdk.wilder(14), lambda x: plain.wilder(x.c, 14)),
    "rsi": Made(sdk.rsi(14), lambda x: plain.rsi(x.c, 14)),
    "atr": Made(sdk.atr(14), lambda x: plain.wilder(plain.true_range(x.h, x.l, x.c), 14)),
    "stdev": Made(sdk.stdev(20), lambda x: plain.windowed(x.c, 20, plain.deviation)),
    "bollinger": Made(sdk.bollinger_upper(20), _ta("BBANDS", "c", 0, timeperiod=20)),
    "macd": Made(sdk.macd(), _macd),
    "macd signal": Made(sdk.macd_signal(), lambda x: plain.ema(_macd(x), 9)),
    "histogram": Made(
        sdk.macd_histogram(), lambda x: [a - b for a, b in zip(_macd(x), plain.ema(_macd(x), 9), strict=True)]
    ),
    "shift": Made(sdk.shift(close, 5), lambda x: plain.shifted(x.c, 5)),
    "highest": Made(sdk.highest(high, 20), lambda x: plain.windowed(x.h, 20, max)),
    "lowest": Made(sdk.lowest(low, 20), lambda x: plain.windowed(x.l, 20, min)),
    "change": Made(sdk.change(3), _moved(3)),
    "typical": Made(typical, lambda x: x.typical),
    "arithmetic": Made(
        (high - low) / (abs(close - open) + 1.0),
        lambda x: [(h - l) / (abs(c - o) + 1) for o, h, l, c in zip(x.o, x.h, x.l, x.c, strict=True)],  # noqa: E741
    ),
    "maximum": Made(
        sdk.maximum(close, sdk.ema(5)),
        lambda x: [max(c, e) if e == e else NAN for c, e in zip(x.c, plain.ema(x.c, 5), strict=True)],  # noqa: PLR0124
    ),
    "wma": Made(sdk.wma(20), _ta("WMA", "c", timeperiod=20)),
    "hma": Made(sdk.hma(16), _ta("HMA", "c", timeperiod=16)),
    "dema": Made(sdk.dema(10), _ta("DEMA", "c", timeperiod=10)),
    "tema": Made(sdk.tema(10), _ta("TEMA", "c", timeperiod=10)),
    "kama": Made(sdk.kama(10), _ta("KAMA", "c", timeperiod=10)),
    "adx": Made(sdk.adx(14), _ta("ADX", "hlc", timeperiod=14)),
    "plus di": Made(sdk.plus_di(14), _ta("PLUS_DI", "hlc", timeperiod=14)),
    "minus di": Made(sdk.minus_di(14), _ta("MINUS_DI", "hlc", timeperiod=14)),
    "aroon": Made(sdk.aroon(14), _ta("AROONOSC", "hl", timeperiod=14)),
    "psar": Made(sdk.psar(), _ta("SAR", "hl")),
    "supertrend": Made(sdk.supertrend(), _ta("SUPERTREND", "hlc", timeperiod=10, multiplier=3.0)),
    "donchian": Made(sdk.donchian_upper(20), _ta("DONCHIAN", "hl", 0, timeperiod=20)),
    "keltner upper": Made(sdk.keltner_upper(), _keltner(1)),
    "keltner lower": Made(sdk.keltner_lower(), _keltner(-1)),
    "to low": Made(
        sdk.to_low(20),
        lambda x: [(c - m) / c for c, m in zip(x.c, plain.windowed(x.l, 20, min), strict=True)],
    ),
    "to high": Made(
        sdk.to_high(20),
        lambda x: [(m - c) / c for c, m in zip(x.c, plain.windowed(x.h, 20, max), strict=True)],
    ),
    "slope": Made(sdk.slope(14), _ta("LINEARREG_SLOPE", "c", timeperiod=14)),
    "stoch k": Made(sdk.stoch_k(), _ta("STOCH", "hlc", 0, fastk_period=14, slowk_period=3, slowd_period=3)),
    "stoch d": Made(sdk.stoch_d(), _ta("STOCH", "hlc", 1, fastk_period=14, slowk_period=3, slowd_period=3)),
    "stoch rsi": Made(sdk.stoch_rsi(), _ta("STOCHRSI", "c", 0, timeperiod=14)),
    "cci": Made(sdk.cci(), _ta("CCI", "hlc", timeperiod=20)),
    "williams": Made(sdk.williams_r(), _ta("WILLR", "hlc", timeperiod=14)),
    "roc": Made(sdk.roc(), _ta("ROC", "c", timeperiod=10)),
    "momentum": Made(sdk.momentum(), _ta("MOM", "c", timeperiod=10)),
    "cmo": Made(sdk.cmo(), _ta("CMO", "c", timeperiod=14)),
    "ultimate": Made(sdk.ultimate(), _ta("ULTOSC", "hlc")),
    "trix": Made(sdk.trix(12), _ta("TRIX", "c", timeperiod=12)),
    "zscore": Made(sdk.zscore(20), _zscore),
    "obv": Made(sdk.obv(), _ta("OBV", "cv")),
    "mfi": Made(sdk.mfi(), _ta("MFI", "hlcv", timeperiod=14)),
    "cmf": Made(sdk.cmf(), _ta("CMF", "hlcv", timeperiod=20)),
    "relative volume": Made(sdk.relative_volume(), _share(20)),
    "vwma": Made(sdk.vwma(20), _vwma(20)),
    "vwap": Made(sdk.vwap("4h"), lambda x: plain.since(x.ts, 4 * HOUR, x.typical, x.v)),
    "ema 1h": Made(sdk.ema(5, "1h"), lambda x: x.slow(HOUR, lambda b: plain.ema(b[3], 5))),
    "rsi 15m": Made(sdk.rsi(7, "15m"), lambda x: x.slow(HOUR // 4, lambda b: plain.rsi(b[3], 7))),
    "range 30m": Made(
        on("30m", high - low),
        lambda x: x.slow(HOUR // 2, lambda b: [h - l for h, l in zip(b[1], b[2], strict=True)]),  # noqa: E741
    ),
    "volume 1h": Made(on("1h", volume), lambda x: x.slow(HOUR, lambda b: b[4])),
    "adx 15m": Made(
        sdk.adx(7, "15m"),
        lambda x: x.slow(
            HOUR // 4,
            lambda b: talib.ADX(np.array(b[1]), np.array(b[2]), np.array(b[3]), timeperiod=7).tolist(),
        ),
    ),
    "hour": Made(sdk.hour, lambda x: [(t + x.step) % DAY / HOUR for t in x.ts]),
    "weekday": Made(
        sdk.weekday, lambda x: [float(datetime.fromtimestamp(t / 1000, UTC).weekday()) for t in x.ts]
    ),
}


def _in_new_york(x: Listed) -> list[bool]:
    """Candles that lie between half past nine and four, from Monday to Friday, on clocks of New York."""
    found = []
    for t in x.ts:
        local = datetime.fromtimestamp((t + x.step) / 1000, ZoneInfo("America/New_York")) - timedelta(
            milliseconds=1
        )
        minutes = local.hour * 60 + local.minute
        found.append(local.weekday() < 5 and 9 * 60 + 30 <= minutes < 16 * 60)
    return found


def _overnight(x: Listed) -> list[bool]:
    return [(t + x.step - 1) % DAY >= 22 * HOUR or (t + x.step - 1) % DAY < 6 * HOUR for t in x.ts]


def _up(x: Listed) -> list[bool]:
    return [c > o for c, o in zip(x.c, x.o, strict=True)]


def _crossed(a: Sequence[float], b: Sequence[float]) -> list[bool]:
    return [at > 0 and a[at] > b[at] and a[at - 1] <= b[at - 1] for at in range(len(a))]


TRUTHS: dict[str, Made] = {
    "new york": Made(sdk.session("09:30", "16:00", "America/New_York", "mon-fri"), _in_new_york),
    "overnight": Made(sdk.session("22:00", "06:00"), _overnight),
    "up": Made(close > open, _up),
    "not up and more volume": Made(
        ~(close > open) & (volume > sdk.shift(volume, 1)),
        lambda x: [not u and v > b for u, v, b in zip(_up(x), x.v, plain.shifted(x.v, 1), strict=True)],
    ),
    "within": Made(
        sdk.within(close > open, 3),
        lambda x: [at >= 2 and any(_up(x)[at - 2 : at + 1]) for at in range(len(x.c))],
    ),
    "count": Made(
        sdk.count(close > open, 5) >= 4,
        lambda x: [at >= 4 and sum(_up(x)[at - 4 : at + 1]) >= 4 for at in range(len(x.c))],
    ),
    "crosses": Made(
        sdk.crosses_above(sdk.ema(9), sdk.ema(21)), lambda x: _crossed(plain.ema(x.c, 9), plain.ema(x.c, 21))
    ),
    "rising": Made(
        sdk.rising(close, 3),
        lambda x: [
            at >= 3 and all(d > 0 for d in plain.changes(x.c)[at - 2 : at + 1]) for at in range(len(x.c))
        ],
    ),
    "falling": Made(
        sdk.falling(close, 2),
        lambda x: [
            at >= 2 and all(d < 0 for d in plain.changes(x.c)[at - 1 : at + 1]) for at in range(len(x.c))
        ],
    ),
    "supertrend up": Made(
        sdk.supertrend_up(), lambda x: _ta("SUPERTREND", "hlc", 1, timeperiod=10, multiplier=3.0)(x) > 0
    ),
    "engulfing": Made(sdk.bullish("engulfing"), lambda x: _ta("CDLENGULFING", "ohlc")(x) > 0),
    "belt hold": Made(sdk.bearish("belt hold"), lambda x: _ta("CDLBELTHOLD", "ohlc")(x) < 0),
    "up on 1h": Made(
        on("1h", close > open),
        lambda x: [
            v > 0 for v in x.slow(HOUR, lambda b: [float(c > o) for o, c in zip(b[0], b[3], strict=True)])
        ],
    ),
}
