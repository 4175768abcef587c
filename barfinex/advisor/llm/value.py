"""What the model is worth: both arms of every decision, measured where it cannot have known the answer."""

from __future__ import annotations

import hashlib
from math import log

from msgspec.structs import replace

from barfinex.advisor.learning.evalues import Band, Wager
from barfinex.advisor.llm.budget import DAY_MS
from barfinex.advisor.llm.context import Context, build_context
from barfinex.advisor.llm.influence import R_HIGH
from barfinex.advisor.llm.leaves import Leaf
from barfinex.domain.value import Value

AFTER_CUTOFF_MS = 30 * DAY_MS
HOLDOUT_ONE_IN = 10
PROBE_ONE_IN, PROBE_LEAVES = 100, 3


class Counterfactual(Value, frozen=True):
    """One decision in both arms: without the review, and with it.

    `size_*` in multiples of the strategy's plain risk, 0 where the arm does not act; `decided_at` in ms UTC;
    `replayed` history was decided with hindsight within reach, and never counts.
    """

    decision_id: str
    decided_at: int
    p_no_llm: float
    p_llm: float
    size_no_llm: float
    size_llm: float
    replayed: bool = False


class Worth(Value, frozen=True):
    """The running account of one route; `settled` and `probed` return the next one."""

    gain: Band = Band(-1.0, 1.0)
    favour: Wager = Wager()
    harm: Wager = Wager()
    r: Band = Band(-R_HIGH, R_HIGH)
    log_gain: float = 0.0
    latency_ms: float = 0.0
    cost: float = 0.0
    probes: int = 0
    changed: int = 0


class ValueReport(Value, frozen=True):
    """Means per decision; positive is in the model's favour.

    `delta_brier` with its 95 % confidence sequence, `delta_log` in nats, `delta_r` in multiples of plain risk
    with its sequence, `sensitivity` the share of probes that changed the stance (None before the first),
    `cost` in USD and `latency_ms` a decision, `r_per_usd` None where nothing was paid.
    """

    n: int
    delta_brier: float
    cs_low: float
    cs_high: float
    e_for: float
    e_against: float
    delta_log: float
    delta_r: float
    r_low: float
    r_high: float
    sensitivity: float | None
    cost: float
    latency_ms: float
    r_per_usd: float | None


def is_held_out(decision_id: str) -> bool:
    """One decision in ten goes without the model, whatever the mode: hash(decision_id) mod 10 = 0."""
    return _hash(decision_id) % HOLDOUT_ONE_IN == 0


def is_probed(decision_id: str) -> bool:
    """One call in a hundred is repeated on a changed context, in SHADOW only."""
    return _hash(f"probe {decision_id}") % PROBE_ONE_IN == 0


def counts(record: Counterfactual, cutoff_at: int) -> bool:
    """Whether a decision may speak for the model: thirty days past its stated cutoff, and not replayed."""
    return not record.replayed and record.decided_at > cutoff_at + AFTER_CUTOFF_MS


def settled(
    worth: Worth, record: Counterfactual, *, won: bool, net_r: float, latency_ms: float, cost: float
) -> Worth:
    """The account after the outcome of a decision that counts; net R in multiples of the risk."""
    plain, tilted, y = record.p_no_llm, record.p_llm, float(won)
    p, q = (one if won else 1.0 - one for one in (plain, tilted))
    return replace(
        worth,
        gain=worth.gain.after((plain - y) ** 2 - (tilted - y) ** 2),
        favour=worth.favour.after(tilted, plain, won),
        harm=worth.harm.after(plain, tilted, won),
        r=worth.r.after((record.size_llm - record.size_no_llm) * net_r),
        log_gain=worth.log_gain + log(q) - log(p),
        latency_ms=worth.latency_ms + latency_ms,
        cost=worth.cost + cost,
    )


def probed(worth: Worth, *, changed: bool) -> Worth:
    """The account after a probe."""
    return replace(worth, probes=worth.probes + 1, changed=worth.changed + changed)


def report(worth: Worth) -> ValueReport:
    """What the account says so far."""
    n = max(1, worth.gain.count)
    cs_low, cs_high = worth.gain.interval
    r_low, r_high = worth.r.interval
    return ValueReport(
        n=worth.gain.count,
        delta_brier=worth.gain.mean,
        cs_low=cs_low,
        cs_high=cs_high,
        e_for=worth.favour.value,
        e_against=worth.harm.value,
        delta_log=worth.log_gain / n,
        delta_r=worth.r.mean,
        r_low=r_low,
        r_high=r_high,
        sensitivity=worth.changed / worth.probes if worth.probes else None,
        cost=worth.cost / n,
        latency_ms=worth.latency_ms / n,
        r_per_usd=worth.r.mean * n / worth.cost if worth.cost > 0.0 else None,
    )


def flipped(context: Context) -> Context:
    """The context with the three signed leaves that matter most turned round: a reader changes its mind."""
    signed = [path for path, leaf in context.leaves.items() if leaf.signed]
    weight = context.attribution or {path: float(context.leaves[path].value) for path in signed}
    chosen = sorted(signed, key=lambda path: (-abs(weight.get(path, 0.0)), path))[:PROBE_LEAVES]
    turned = {
        path: Leaf(-float(leaf.value), leaf.unit, leaf.kind) if path in chosen else leaf
        for path, leaf in context.leaves.items()
    }
    return build_context(turned, context.untrusted, blind=context.blind)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
