"""Contexts drawn at random, and what a well-behaved model would answer to them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from numpy.random import Generator

from barfinex.advisor.llm.context import Context, Untrusted, build_context
from barfinex.advisor.llm.leaves import LABELS, Leaf, Unit
from barfinex.advisor.llm.quantities import kind_of, limits_of

REGIMES = ("TREND", "RANGE", "BREAKOUT", "STRESS")
HEADLINES = (
    "Exchange halts withdrawals for maintenance",
    "Regulator opens a consultation on market makers",
    "Large holder moves coins to an exchange",
    "Earnings beat what was expected",
)
SCORES = ("mom_z", "ofi_z", "vwap_dist_z", "rsi_z", "vol_z", "volume_z")
SIDED = {f"/features/{name}" for name in SCORES[:4]}
SCALES = {"frac": 0, "prob": 0, "pct": 2, "bps": 4}
NAMES = {
    "mom_z": "momentum",
    "ofi_z": "order flow",
    "vwap_dist_z": "distance from vwap",
    "rsi_z": "relative strength",
    "vol_z": "volatility",
    "volume_z": "volume",
    "depth_usd": "depth",
    "rr_net": "reward to risk",
    "corr_max": "correlation",
    "n_eff": "sample size",
    "age_ms": "quote age",
    "label": "regime label",
}
UP = ("rising", "elevated", "positive", "above average")
DOWN = ("falling", "depressed", "negative", "below average")
CALM = ("tight", "modest", "acceptable", "adequate", "limited")
FRAMES = (
    "The {w}{n} reading stands at {{{c}}}.",
    "With {n} {w}at {{{c}}} the setup {v} the trade.",
    "Note {w}{n}: {{{c}}}.",
    "{N} {{{c}}} {v} the signal.",
    "At {{{c}}} the {w}{n} {v} the {s} side.",
    "{N} is {{{c}}}, which {v} the entry.",
)


@dataclass(frozen=True)
class Case:
    context: Context
    output: dict[str, Any]

    @property
    def text(self) -> str:
        return json.dumps(self.output)

    def value(self, path: str) -> Any:
        return self.context.leaves[path].value

    def unit(self, path: str) -> str:
        return str(self.context.leaves[path].unit)

    def numeric(self, path: str) -> bool:
        return path in self.context.leaves and self.context.leaves[path].unit not in LABELS


def draw_context(rng: Generator) -> Context:
    """Some forty leaves and up to two strangers' items; not blind, so that prices come in every size."""
    price = float(10 ** rng.uniform(-1, 5))
    facts: dict[str, tuple[Any, str]] = {
        "/signal/symbol": (str(rng.choice(["BTCUSDT", "ETHUSDT", "AAPL", "EURUSD"])), "enum"),
        "/signal/side": (str(rng.choice(["LONG", "SHORT"])), "enum"),
        "/signal/entry": (price, "price"),
        "/signal/stop": (price * (1 - rng.uniform(0.003, 0.03)), "price"),
        "/signal/target": (price * (1 + rng.uniform(0.005, 0.06)), "price"),
        "/quality/score": (rng.uniform(0.6, 1), "frac"),
        "/quality/age_ms": (rng.uniform(0.01, 0.9), "sec"),
        "/quality/spread": (rng.uniform(0.5, 25), "bps"),
        "/quality/depth_usd": (10 ** rng.uniform(4, 7), "usd"),
        "/quality/gaps": (int(rng.integers(0, 5)), "count"),
        "/features/book_imbalance": (rng.uniform(-1, 1), "ratio"),
        "/regime/label": (str(rng.choice(REGIMES)), "enum"),
        "/regime/age_bars": (int(rng.integers(1, 200)), "count"),
        "/evidence/n_eff": (rng.uniform(10, 3000), "count"),
        "/evidence/base_rate": (rng.uniform(0.3, 0.7), "prob"),
        "/economics/breakeven": (rng.uniform(0.2, 0.55), "prob"),
        "/economics/rr_net": (rng.uniform(0.8, 4), "ratio"),
        "/economics/cost": (rng.uniform(2, 30), "bps"),
        "/portfolio/gross": (rng.uniform(0, 2), "frac"),
        "/portfolio/corr_max": (rng.uniform(-0.2, 0.95), "ratio"),
        "/portfolio/drawdown": (rng.uniform(0, 0.15), "frac"),
        "/portfolio/open_positions": (int(rng.integers(0, 12)), "count"),
    }
    facts |= {f"/features/{name}": (rng.normal(0, 1.2), "z") for name in SCORES}
    facts |= {f"/features/ret_{n}": (rng.normal(0, 0.01), "frac") for n in (1, 5, 20, 60)}
    facts |= {f"/history/{n}/r_net": (rng.normal(0, 1), "ratio") for n in range(3)}
    facts |= {f"/rules/{n}/passed": (bool(rng.random() < 0.5), "bool") for n in range(2)}
    leaves = {
        path: Leaf(value, Unit(unit), kind_of(path, Unit(unit))) for path, (value, unit) in facts.items()
    }
    items = [Untrusted(f"n{n}", str(rng.choice(HEADLINES))) for n in range(int(rng.integers(0, 3)))]
    return build_context(leaves, items, blind=False)


def draw_case(rng: Generator) -> Case:
    """A true answer: three to seven claims, a verdict that follows from them, a sentence for each."""
    context = draw_context(rng)
    case = Case(context, {})
    paths = list(context.leaves)
    chosen = [paths[at] for at in rng.permutation(len(paths))[: int(rng.integers(3, 8))]]
    claims = [_claim(case, path, f"c{at}", rng) for at, path in enumerate(chosen, 1)]
    if context.untrusted and rng.random() < 0.3:
        claims[-1] = _quote(context.untrusted[0], claims[-1]["id"], rng)
    balance = sum(1 if one["polarity"] == "FOR" else -1 for one in claims)
    side = (balance > 0) - (balance < 0)
    against = [one for one in claims if one["polarity"] == "AGAINST"]
    loud = [
        path
        for path in SIDED
        if context.sign * float(case.value(path)) < -2 and path not in {one["path"] for one in claims}
    ]
    case.output.update(
        context_id=context.id,
        claims=claims,
        conflicts=sorted(loud),
        missing=[],
        stance={1: "SUPPORT", 0: "NEUTRAL", -1: "OPPOSE"}[side],
        tilt=side * int(rng.integers(1, 3)),
        veto=_veto(against) if side < 0 and rng.random() < 0.4 else None,
        rationale=[_sentence(case, one, rng) for one in claims[:6]],
    )
    return case


def rounded(value: float, figures: int) -> str:
    """A number as a model would write it, to so many significant figures."""
    if value == 0.0:
        return "0"
    places = figures - 1 - int(f"{value:e}".split("e")[1])
    return f"{round(value, places):.{max(0, places)}f}"


def stated(value: float, rng: Generator) -> str:
    """Three to six figures, now and then with commas."""
    text = rounded(value, int(rng.integers(3, 7)))
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}" if abs(value) >= 1000 and rng.random() < 0.3 else text


def _claim(case: Case, path: str, name: str, rng: Generator) -> dict[str, Any]:
    unit = case.unit(path)
    claim = {"id": name, "path": path, "op": "EQ", "value": "", "unit": unit, "refs": [],
             "polarity": str(rng.choice(["FOR", "AGAINST"]))}  # fmt: skip
    value = case.value(path)
    if not case.numeric(path):
        return claim | {"value": str(value).lower() if isinstance(value, bool) else str(value)}
    roll = rng.random()
    partners = [
        one for one in case.context.leaves if one != path and case.unit(one) == unit and case.value(one) > 0
    ]
    if roll < 0.25 and partners:
        return claim | _derived(case, path, partners[int(rng.integers(len(partners)))], rng)
    if roll < 0.5 and (bounds := _bounds(path, value, Unit(unit), rng)):
        return claim | bounds[int(rng.integers(len(bounds)))]
    wanted = [one for one in SCALES if unit in SCALES and one != unit]
    if wanted and rng.random() < 0.3:
        other = str(rng.choice(wanted))
        return claim | {"unit": other, "value": stated(value * 10.0 ** (SCALES[other] - SCALES[unit]), rng)}
    return claim | {"value": stated(value, rng)}


def _bounds(path: str, value: float, unit: Unit, rng: Generator) -> list[dict[str, str]]:
    """A bound from below and one from above, as far as it says more than what is so of every such value."""
    margin = abs(value) * rng.uniform(0.03, 0.6) + 0.01
    low, high = limits_of(path, unit)
    above, below = rounded(value - margin, 4), rounded(value + margin, 4)
    found = [{"op": "GT", "value": above}] if low is None or float(above) > low else []
    return [*found, {"op": "LT", "value": below}] if high is None or float(below) < high else found


def _derived(case: Case, path: str, other: str, rng: Generator) -> dict[str, Any]:
    a, b = case.value(path), case.value(other)
    op = str(rng.choice(["DIFF", "RATIO", "PCT_CHANGE"]))
    value = {"DIFF": a - b, "RATIO": a / b, "PCT_CHANGE": (a / b - 1) * 100}[op]
    unit = {"DIFF": case.unit(path), "RATIO": "ratio", "PCT_CHANGE": "pct"}[op]
    return {"op": op, "value": stated(value, rng), "unit": unit, "refs": [other]}


def _quote(item: Untrusted, name: str, rng: Generator) -> dict[str, Any]:
    words = item.text.split()
    start = int(rng.integers(len(words) - 1))
    return {"id": name, "path": f"/untrusted/items/{item.id}", "op": "QUOTE", "unit": "id", "refs": [],
            "value": " ".join(words[start : start + 4]), "polarity": "AGAINST"}  # fmt: skip


def _veto(against: list[dict[str, Any]]) -> dict[str, Any] | None:
    homes = {"/quality/": "LIQUIDITY", "/portfolio/": "CROWDING", "/regime/": "REGIME_CONFLICT",
             "/features/": "ADVERSE_FLOW", "/untrusted/": "EVENT_RISK"}  # fmt: skip
    for claim in against:
        for home, code in homes.items():
            if claim["path"].startswith(home):
                return {"code": code, "claims": [claim["id"]]}
    return None


def name_of(path: str) -> str:
    last = path.rsplit("/", 1)[-1]
    plain = " ".join(part for part in last.split("_") if not part.isdigit())
    return NAMES.get(last, plain)


def _sentence(case: Case, claim: dict[str, Any], rng: Generator) -> dict[str, Any]:
    path = claim["path"]
    verb = "supports" if claim["polarity"] == "FOR" else "weighs against"
    if claim["op"] == "QUOTE":
        return {"text": f"The news {{{claim['id']}}} {verb} the trade.", "claims": [claim["id"]]}
    word = ""
    if case.unit(path) == "z" and claim["op"] in {"EQ", "GT", "LT"} and rng.random() < 0.6:
        word = f"{rng.choice(UP if case.value(path) > 0 else DOWN)} "
    elif path == "/quality/spread" and rng.random() < 0.5:
        word = f"{rng.choice(CALM)} "
    name, side = name_of(path), str(case.value("/signal/side")).lower()
    text = str(rng.choice(FRAMES)).format(
        w=word, n=name, N=name[0].upper() + name[1:], c=claim["id"], v=verb, s=side
    )
    return {"text": text, "claims": [claim["id"]]}
