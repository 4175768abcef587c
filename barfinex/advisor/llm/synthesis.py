"""The outcome of one answer: judged, cut to what is true, and turned into the little it may move."""

from __future__ import annotations

from msgspec.structs import replace

from barfinex.advisor.llm.checker import Verdict, check
from barfinex.advisor.llm.checker.finding import CHECK_OF, Check, Fault, Finding
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.influence import Mode, delta_logit
from barfinex.advisor.llm.injection import Suspicion, suspicions
from barfinex.advisor.llm.render import render
from barfinex.advisor.llm.reply import UNTRUE, Abstention, Reply, Source
from barfinex.advisor.llm.schema import Claim, Output, Stance, VetoCode
from barfinex.domain.value import Value

INJECTED = frozenset({Fault.INSTRUCTION})
INCONSISTENT = frozenset({Check.CROSS, Check.VERDICT})


class SynthesisResult(Value, frozen=True):
    """`delta_logit` is what the review adds to the conviction's logit; `veto` is its code where it stands,
    `veto_claims` what it rests on.

    A review that `abstained` has no stance, no claim and no effect; `findings` says why. `flags` name what
    was dropped, and the untrusted items the reviewer had before it; those `suspected` read like orders.
    `lied` of a first answer that was not so, whether or not a second one mended it.
    """

    source: Source
    stance: Stance
    tilt: int
    veto: VetoCode | None
    claims: tuple[Claim, ...]
    rationale_rendered: str
    flags: tuple[str, ...]
    mode: Mode
    delta_logit: float
    route: str
    latency_ms: float
    tokens: int
    cost: float
    cache_key: str
    abstained: Abstention | None = None
    findings: tuple[Finding, ...] = ()
    suspected: tuple[Suspicion, ...] = ()
    lied: bool = False
    veto_claims: tuple[str, ...] = ()

    @property
    def vetoed(self) -> bool:
        """Whether the decision is declined: a veto has an effect in VETO and TILT alone."""
        return self.veto is not None and self.mode in {Mode.VETO, Mode.TILT}

    @property
    def hallucinated(self) -> bool:
        """Whether the reviewer said what is not so, mended or not, or took orders from the text it was
        shown."""
        return self.lied or self.abstained in UNTRUE


def judge(reply: Reply, context: Context, mode: Mode, gamma: float) -> SynthesisResult:
    """Check a reply; abstain on a hard fault, drop the sentences of soft ones; then bound its influence.

    Args:
        gamma: the tilt's coefficient in [0, 1], as earned; rules have no influence, whatever it is.
    """
    if reply.fault is not None:
        return _abstained(reply, context, mode, reply.fault)
    verdict = check(reply.text, context)
    if verdict.output is None or verdict.hard:
        return _abstained(reply, context, mode, _why(verdict.hard), verdict.findings)
    return _accepted(reply, context, mode, gamma, verdict, verdict.output)


def _accepted(
    reply: Reply, context: Context, mode: Mode, gamma: float, verdict: Verdict, output: Output
) -> SynthesisResult:
    moves = reply.source is not Source.RULE
    veto = output.veto if moves else None
    return replace(
        _blank(reply, context, mode, verdict.findings),
        stance=output.stance,
        tilt=output.tilt,
        veto=None if veto is None else veto.code,
        veto_claims=() if veto is None else veto.claims,
        claims=output.claims,
        rationale_rendered=render(output, context, verdict.dropped),
        delta_logit=delta_logit(output.tilt, mode, gamma) if moves else 0.0,
    )


def _abstained(
    reply: Reply, context: Context, mode: Mode, why: Abstention, findings: tuple[Finding, ...] = ()
) -> SynthesisResult:
    return replace(_blank(reply, context, mode, findings), abstained=why)


def _blank(reply: Reply, context: Context, mode: Mode, findings: tuple[Finding, ...]) -> SynthesisResult:
    """A result that moves nothing, and tells all that was found."""
    items = (f"untrusted:{item.id}" for item in context.untrusted)
    return SynthesisResult(
        source=reply.source,
        stance=Stance.ABSTAIN,
        tilt=0,
        veto=None,
        claims=(),
        rationale_rendered="",
        flags=(*reply.passed, *items, *dict.fromkeys(one.code for one in findings)),
        mode=mode,
        delta_logit=0.0,
        route=reply.route,
        latency_ms=reply.latency_ms,
        tokens=reply.tokens,
        cost=reply.cost,
        cache_key=reply.cache_key,
        findings=findings,
        suspected=tuple(suspicions(context)),
    )


def _why(hard: tuple[Finding, ...]) -> Abstention:
    """The gravest of what was found: an order obeyed, a reply that is none, an untruth, a contradiction."""
    codes = {one.code for one in hard}
    if codes & INJECTED:
        return Abstention.INJECTION
    if Fault.SCHEMA_INVALID in codes:
        return Abstention.SCHEMA_INVALID
    if all(CHECK_OF[code] in INCONSISTENT for code in codes):
        return Abstention.INCONSISTENT
    return Abstention.HALLUCINATION
