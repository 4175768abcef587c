"""What the quantities of a market are called, and which of them a context holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from barfinex.advisor.llm.leaves import Kind, Unit
from barfinex.advisor.llm.words import words

Phrase = tuple[str, ...]
PHRASE_MAX = 5


class Quantity(NamedTuple):
    """`stems`: how a path may end, units and digits off; `names`: what prose calls it.

    `vague` names may be used of other things too: where the context lacks the quantity they are no lie.
    """

    stems: frozenset[str]
    names: tuple[Phrase, ...]
    vague: bool = False


def _row(stems: str, names: str, *, vague: bool = False) -> Quantity:
    phrases = tuple(tuple(name.split()) for name in names.split(","))
    return Quantity(words(stems), phrases, vague)


QUANTITIES = (
    _row("mom momentum", "momentum"),
    _row("ret return", "return,returns,recent return,recent returns"),
    _row("trend", "trend", vague=True),
    _row("oscillator osc", "oscillator"),
    _row("adx", "adx,trend strength,directional index"),
    _row("macd", "macd"),
    _row("ema sma ma", "ema,sma,moving average,moving averages"),
    _row("vwap_dist vwap_distance vwap", "vwap,vwap distance,distance to vwap,distance from vwap"),
    _row("rsi", "rsi,relative strength,relative strength index"),
    _row("bb bollinger", "bollinger,bollinger band,bollinger bands"),
    _row("stoch", "stochastic,stochastics"),
    _row("ofi order_flow flow", "order flow,order flow imbalance,flow imbalance"),
    _row("ofi order_flow flow cvd", "flow,flows", vague=True),
    _row("cvd", "cvd,cumulative volume delta"),
    _row("book_imbalance imbalance", "book imbalance,order book imbalance"),
    _row("book_imbalance imbalance ofi", "imbalance", vague=True),
    _row("volume turnover", "volume,trading volume,turnover"),
    _row("vol rv atr volatility", "volatility,realised volatility,realized volatility"),
    _row("atr", "atr,true range,average true range"),
    _row("iv implied_vol", "implied volatility,implied vol"),
    _row("regime/prob", "regime probability"),
    _row(
        "regime/label",
        "regime label,trend regime,range regime,breakout regime,stress regime,reversal regime",
    ),
    _row("regime/age", "regime age"),
    _row("regime/change_hint", "change hint"),
    _row("spread", "spread,spreads,bid ask spread"),
    _row("depth", "depth,book depth,market depth"),
    _row("depth spread", "liquidity", vague=True),
    _row("quality/age", "quote age,data age"),
    _row("quality/gaps gaps", "gaps,data gaps"),
    _row("quality/score", "data quality,quality score,market quality"),
    _row("signal/score", "signal score"),
    _row("rules/id rules/passed rules/weight", "rule,rules", vague=True),
    _row("n_eff", "sample size,effective sample,sample"),
    _row("base_rate", "base rate"),
    _row("hit_rate_regime hit_rate win_rate", "hit rate,win rate"),
    _row("se", "standard error"),
    _row("cost", "cost,costs,trading cost,trading costs"),
    _row("fee", "fee,fees"),
    _row("slippage", "slippage"),
    _row("rr_net rr", "reward to risk,risk reward,payoff,payoff ratio,reward risk"),
    _row("breakeven", "breakeven,break even,breakeven probability"),
    _row("ev", "expected value,expectancy"),
    _row("stop_atr", "stop distance"),
    _row("gross", "gross exposure"),
    _row("portfolio/net", "net exposure"),
    _row("gross portfolio/net", "exposure", vague=True),
    _row("corr_max corr correlation", "correlation,correlations"),
    _row("open_positions", "open positions"),
    _row("drawdown", "drawdown"),
    _row("funding funding_rate", "funding,funding rate,funding rates"),
    _row("open_interest oi", "open interest"),
    _row("liquidations", "liquidation,liquidations"),
    _row("skew", "skew,option skew"),
    _row("basis", "basis,futures basis"),
    _row("gamma", "gamma,dealer gamma"),
    _row("vix", "vix"),
    _row("put_call put_call_ratio", "put call ratio"),
    _row("sentiment", "sentiment,social sentiment,fear and greed,social volume"),
    _row("inflow exchange_inflow", "inflow,inflows,exchange inflow,exchange inflows"),
    _row("outflow exchange_outflow", "outflow,outflows"),
    _row("netflow", "netflow,netflows"),
    _row("active_addresses", "active addresses,on chain"),
    _row("hash_rate", "hash rate,hashrate"),
    _row("dominance", "dominance"),
    _row("market_cap", "market cap,market capitalisation"),
    _row("sharpe", "sharpe,sharpe ratio"),
    _row("beta", "beta"),
    _row("leverage", "leverage"),
    _row("long_short_ratio", "long short ratio"),
    _row("support_level", "support level,support levels"),
    _row("resistance", "resistance,resistance level"),
)

_BY_STEM: dict[str, list[Quantity]] = {
    name: [one for one in QUANTITIES if name in one.stems]
    for name in {n for q in QUANTITIES for n in q.stems}
}
KNOWN = {
    name: any(q.vague for q in QUANTITIES if name in q.names) for one in QUANTITIES for name in one.names
}
"""Every known name, and whether it is vague."""

MAGNITUDES = words("vol volume rv atr spread depth volatility turnover activity gaps age")
SIDED = words("mom momentum ret return ofi cvd imbalance dist distance")
SIZES = frozenset({Unit.PROB, Unit.COUNT, Unit.SEC, Unit.PRICE})
SHARES = words("drawdown score percentile hit")
"""Lie in [0, 1] where they are told as fractions."""
Z_MAX = 100
GROUPS = frozenset({"regime", "quality", "portfolio", "history"})
"""First parts of a path that name all the leaves below them."""

COMMON = words(
    "side entry price prob net win id item signal strategy symbol label score age phase long short "
    "market data setup trade risk reward edge level range raw code text source the this reading "
    "supports speaks against"
)
"""Words of a path that are ordinary English too: to say them names no quantity."""
_UNITS = words("z t bps pct frac usd ms sec min bars ratio prob count")


def stem(path: str) -> str:
    """The last part of a path without units and digits: `/features/mom_20_z` gives `mom`."""
    parts = path.rsplit("/", 1)[-1].lower().split("_")
    kept = [re.sub(r"[0-9]+", "", part) for part in parts]
    while len(kept) > 1 and (not kept[-1] or kept[-1] in _UNITS):
        kept.pop()
    return "_".join(part for part in kept if part)


def kind_of(path: str, unit: Unit) -> Kind:
    """The kind of a leaf by its name: scores, returns and imbalances take sides, unless they measure size."""
    name = stem(path)
    if unit in {Unit.ENUM, Unit.ID, Unit.BOOL}:
        return Kind.LABEL
    parts = set(name.split("_"))
    sided = unit is Unit.Z or parts & SIDED
    return Kind.DIRECTIONAL if sided and not parts & MAGNITUDES else Kind.MEASURE


def limits_of(path: str, unit: Unit) -> tuple[int | None, int | None]:
    """What no value of a leaf can be below and above, in its unit; None where that is not known."""
    parts = set(stem(path).split("_"))
    if unit is Unit.Z:
        return -Z_MAX, Z_MAX
    is_share = unit is Unit.PROB or (unit is Unit.FRAC and bool(parts & SHARES))
    is_size = unit in SIZES or is_share or bool(parts & MAGNITUDES)
    return 0 if is_size else None, 1 if is_share else None


def names_of(paths: Iterable[str]) -> dict[Phrase, set[str]]:
    """Each phrase that names something of the context, with the paths it may mean."""
    found: dict[Phrase, set[str]] = {}
    for path in paths:
        for phrase in phrases_of(path):
            found.setdefault(phrase, set()).add(path)
    return found


def phrase_at(tokens: tuple[str, ...], at: int, names: Mapping[Phrase, set[str]]) -> Phrase | None:
    """The longest name of a quantity, known or of the context, that begins at a token."""
    for length in range(min(PHRASE_MAX, len(tokens) - at), 0, -1):
        phrase = tokens[at : at + length]
        if phrase in names or phrase in KNOWN:
            return phrase
    return None


def name_of(path: str) -> str | None:
    """What prose calls a leaf that is well known; None for any other."""
    return next((" ".join(one.names[0]) for one in _quantities(path) if not one.vague), None)


@lru_cache(maxsize=1024)
def phrases_of(path: str) -> frozenset[Phrase]:
    """What one leaf may be called."""
    last, first = path.rsplit("/", 1)[-1].lower(), path.split("/")[1]
    own = {tuple(re.findall("[a-z]+", name)) for name in (last, stem(path))}
    phrases = {phrase for phrase in own if not _ordinary(phrase)}
    if first in GROUPS:
        phrases.add((first,))
    return frozenset(phrases.union(*(one.names for one in _quantities(path))))


def _ordinary(phrase: Phrase) -> bool:
    return set(phrase) <= COMMON or (len(phrase) == 1 and len(phrase[0]) < 2)


def _quantities(path: str) -> list[Quantity]:
    first = path.split("/")[1] if path.count("/") > 1 else ""
    name = stem(path)
    return [*_BY_STEM.get(name, ()), *_BY_STEM.get(f"{first}/{name}", ())]
