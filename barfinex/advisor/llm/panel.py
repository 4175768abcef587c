"""Three answers instead of one where the decision is close: what most of them say, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from barfinex.advisor.llm.influence import delta_logit
from barfinex.advisor.llm.reply import Abstention
from barfinex.advisor.llm.schema import Stance
from barfinex.advisor.llm.synthesis import SynthesisResult

SIZE, NEAR = 3, 0.03


def is_close(probability: float, breakeven: float) -> bool:
    """Whether a decision is worth three calls: within 0.03 of break-even."""
    return abs(probability - breakeven) < NEAR


def agreed(results: Sequence[SynthesisResult], gamma: float) -> SynthesisResult:
    """The answer of a majority with the median tilt of all three; without a majority, an abstention.

    A veto stands where most have it. Latency is the longest, tokens and cost are the sum, and a lie of one is
    a lie of all.

    Raises:
        ValueError: there are not three results.
    """
    if len(results) != SIZE:
        raise ValueError(f"{len(results)} results are no panel: give {SIZE}")
    stance, votes = Counter(one.stance for one in results).most_common(1)[0]
    told = {
        "latency_ms": max(one.latency_ms for one in results),
        "tokens": sum(one.tokens for one in results),
        "cost": sum(one.cost for one in results),
        "lied": any(one.hallucinated for one in results),
    }
    if 2 * votes <= SIZE or stance is Stance.ABSTAIN:
        return replace(
            results[0], stance=Stance.ABSTAIN, tilt=0, veto=None, claims=(), rationale_rendered="",
            delta_logit=0.0, abstained=Abstention.INCONSISTENT, **told,
        )  # fmt: skip
    code, backed = Counter(one.veto for one in results).most_common(1)[0]
    veto = code if 2 * backed > SIZE else None
    speaker = next(one for one in results if one.stance is stance and veto in {None, one.veto})
    tilt = sorted(one.tilt for one in results)[SIZE // 2]
    return replace(
        speaker,
        tilt=tilt,
        veto=veto,
        veto_claims=() if veto is None else speaker.veto_claims,
        delta_logit=delta_logit(tilt, speaker.mode, gamma),
        **told,
    )
