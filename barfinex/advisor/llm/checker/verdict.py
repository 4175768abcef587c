"""H6 and H7: the claims agree with one another, and the verdict with the claims."""

from __future__ import annotations

from collections.abc import Iterator

from barfinex.advisor.llm.checker.claims import DERIVED
from barfinex.advisor.llm.checker.finding import Fault, Finding
from barfinex.advisor.llm.checker.telling import telling
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.schema import Claim, Output, Polarity, Stance, Veto, VetoCode

ALLOWED = {
    VetoCode.EVENT_RISK: ("/untrusted/", "/news/", "/events/"),
    VetoCode.LIQUIDITY: ("/quality/", "/economics/"),
    VetoCode.CROWDING: ("/portfolio/",),
    VetoCode.REGIME_CONFLICT: ("/regime/",),
    VetoCode.DATA_DOUBT: ("/quality/", "/evidence/"),
    VetoCode.ADVERSE_FLOW: ("/features/", "/signal/families/flow"),
}
"""Where the evidence for a veto of each code has to lie."""


def check_cross(output: Output) -> Iterator[Finding]:
    """No two claims of one id, and no leaf that speaks both for and against."""
    ids: set[str] = set()
    sides: dict[str, Claim] = {}
    for claim in output.claims:
        if claim.id in ids:
            yield Finding(Fault.DUPLICATE_ID, claim.id, claim.path)
        ids.add(claim.id)
        if claim.op in DERIVED:
            continue
        first = sides.setdefault(claim.path, claim)
        if first.polarity is not claim.polarity:
            yield Finding(Fault.CONTRADICTION, claim.id, claim.path, claim.polarity, first.polarity)


def check_verdict(output: Output, context: Context) -> Iterator[Finding]:
    """The stance has the tilt's sign and most of the claims that tell something; a veto stands on such claims
    against it."""
    told = telling(output, context)
    balance = sum(1 if claim.polarity is Polarity.FOR else -1 for claim in told)
    wanted = {Stance.SUPPORT: 1, Stance.OPPOSE: -1}.get(output.stance, 0)
    tilted = _sign(output.tilt) == wanted
    backed = wanted == 0 or _sign(balance) == wanted
    if not (tilted and backed):
        said = f"{output.stance} tilt {output.tilt}"
        yield Finding(Fault.INCONSISTENT_STANCE, stated=said, actual=f"claims for less against {balance}")
    if output.veto is not None and not _stands(output.veto, output, told):
        yield Finding(Fault.UNSUPPORTED_VETO, stated=output.veto.code, actual=" ".join(output.veto.claims))


def _stands(veto: Veto, output: Output, told: list[Claim]) -> bool:
    claims = {claim.id: claim for claim in output.claims}
    cited = [claims[name] for name in veto.claims if name in claims]
    against = len(cited) == len(veto.claims) and all(one.polarity is Polarity.AGAINST for one in cited)
    placed = any(one in told and one.path.startswith(ALLOWED[veto.code]) for one in cited)
    return output.stance is Stance.OPPOSE and against and placed


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
