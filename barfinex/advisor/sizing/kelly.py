"""How much of the equity to risk: a fraction of Kelly's, cut for what is not known."""

from __future__ import annotations

from math import inf, isfinite

from barfinex.domain.value import Value, Word

KAPPA, KAPPA_MATURE, MATURE = 0.25, 0.5, 1_000.0
HAIRCUT = 0.5
"""Standard errors taken off the probability before it is used."""
VOLATILITY_MIN, VOLATILITY_MAX = 0.25, 1.5
TINY = 1e-12


class Method(Word):
    """HAIRCUT, or Baker & McHale's shrinkage, which serves from 1,000 effective labels on only."""

    HAIRCUT = "haircut"
    BAKER_MCHALE = "baker_mchale"


class Edge(Value, frozen=True):
    """`p` in [0, 1] of a net win with its standard error `se`; `ratio` is b, the mean win over the mean loss;
    `n_eff` effective labels they rest on; `loss` is the mean loss in R, above 1 where costs come on top."""

    p: float
    se: float
    ratio: float
    n_eff: float
    loss: float = 1.0


class Terms(Value, frozen=True):
    """What bounds and scales: `cap` is the smallest of the caps, a fraction of equity; `quality`, `phase` and
    `familiarity` (1 less the penalty for being unlike the training) are in [0, 1]; `vol_target` and `vol` are
    volatilities in the same unit."""

    cap: float
    quality: float
    phase: float
    vol_target: float
    vol: float
    familiarity: float


class Size(Value, frozen=True):
    """`fraction` of equity at risk between entry and stop, and how it came about.

    fraction = min(cap, min(kelly, cap) x quality x phase x volatility x familiarity), where `kelly` already
    holds `kappa` and is over the mean loss, so that one costs what Kelly says: a loss below 1 R, as of trades
    that ran out of time, raises nothing. Where it is 0, `reason` says why.
    """

    fraction: float = 0.0
    kelly: float = 0.0
    kappa: float = 0.0
    p_eff: float = 0.0
    ratio: float = 0.0
    cap: float = 0.0
    quality: float = 0.0
    phase: float = 0.0
    volatility: float = 0.0
    familiarity: float = 0.0
    reason: str = ""


def size(edge: Edge, terms: Terms, method: Method = Method.HAIRCUT) -> Size:
    """The recommended size (§6). What is not finite, or out of its range, gives no size: never a guess.

    The volatility multiplier may be above 1; the cap holds after it, too.
    """
    fault = _fault(edge, terms)
    if fault:
        return Size(reason=fault)
    mature = edge.n_eff >= MATURE
    if method is Method.BAKER_MCHALE and mature:
        kappa, p_eff = trust(edge.p, edge.se, edge.ratio), edge.p
    else:
        kappa, p_eff = KAPPA_MATURE if mature else KAPPA, edge.p - HAIRCUT * edge.se
    kelly = kappa * fraction(p_eff, edge.ratio) / max(1.0, edge.loss)
    volatility = min(max(terms.vol_target / terms.vol, VOLATILITY_MIN), VOLATILITY_MAX)
    scaled = min(kelly, terms.cap) * terms.quality * terms.phase * volatility * terms.familiarity
    held = min(scaled, terms.cap)
    return Size(
        held,
        kelly,
        kappa,
        p_eff,
        edge.ratio,
        terms.cap,
        terms.quality,
        terms.phase,
        volatility,
        terms.familiarity,
        "" if held > 0.0 else _why_none(kelly, p_eff, edge.ratio),
    )


def fraction(p: float, ratio: float) -> float:
    """max(0, (p (1 + b) - 1) / b), which maximises p ln(1 + f b) + (1 - p) ln(1 - f) (Kelly 1956)."""
    return max(0.0, (p * (1.0 + ratio) - 1.0) / ratio)


def trust(p: float, se: float, ratio: float) -> float:
    """e² / (e² + ((1 + b) se)²), e = p (1 + b) - 1: how much of Kelly's fraction to use when the edge e is an
    estimate (Baker & McHale 2013, "Optimal betting under parameter uncertainty"; their approximation)."""
    edge, noise = p * (1.0 + ratio) - 1.0, (1.0 + ratio) * se
    return edge * edge / (edge * edge + noise * noise + TINY)


def _fault(edge: Edge, terms: Terms) -> str:
    for name, value, low, high in (
        ("p", edge.p, 0.0, 1.0),
        ("se", edge.se, 0.0, inf),
        ("ratio", edge.ratio, TINY, inf),
        ("n_eff", edge.n_eff, 0.0, inf),
        ("loss", edge.loss, TINY, inf),
        ("cap", terms.cap, 0.0, 1.0),
        ("quality", terms.quality, 0.0, 1.0),
        ("phase", terms.phase, 0.0, 1.0),
        ("vol_target", terms.vol_target, TINY, inf),
        ("vol", terms.vol, TINY, inf),
        ("familiarity", terms.familiarity, 0.0, 1.0),
    ):
        if not (isfinite(value) and low <= value <= high):
            return f"{name} {value} is not inside [{low:g}, {high:g}]"
    return ""


def _why_none(kelly: float, p_eff: float, ratio: float) -> str:
    if kelly > 0.0:
        return "a cap or a multiplier is zero"
    return f"p_eff {p_eff:.4f} does not exceed the break-even {1.0 / (1.0 + ratio):.4f}"
