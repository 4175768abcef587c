"""All that the stages of one decision may consult, as it stood when the signal came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from barfinex.advisor.costs import Costs
from barfinex.advisor.learning.known import Known
from barfinex.advisor.learning.ood import Verdict
from barfinex.advisor.learning.serving import Serving
from barfinex.advisor.sizing.correlation import HELD_MAX, Cut, Held, fitted
from barfinex.advisor.sizing.kelly import Edge, Method, Size, size
from barfinex.advisor.sizing.kelly import Terms as SizeTerms
from barfinex.advisor.sizing.payoff import Payoff
from barfinex.advisor.stages.intent import Moment
from barfinex.advisor.stages.review import Reviewer
from barfinex.advisor.stages.synthesis import Synthesis
from barfinex.advisor.stages.validation import Terms
from barfinex.config import AdvisorConfig

ALARM_SHARE = 0.5
"""What a drift alarm leaves of a size."""
WISH, EVERYTHING = "wish", "everything held"


@dataclass(frozen=True, slots=True)
class Desk:
    """`held` are the open positions, by trade, of which only the sides count; `rho_of` the correlation of two
    instruments; `share` what probation leaves of a size; the rest is what the last stage looks at."""

    config: AdvisorConfig
    costs: Costs
    carry: float
    serving: Serving | None
    verdict: Verdict
    known: Known
    payoff: Payoff
    reviewer: Reviewer
    share: float
    held: tuple[Held, ...]
    rho_of: Callable[[str, str], float | None]
    now: int
    halted: str
    journal_stalled: bool
    is_repeated: bool

    def terms(self, synthesis: Synthesis) -> Terms:
        """What the trade is held against: costs, payoff, and the size that would be recommended."""
        found = self._size(synthesis)
        wished, cuts = self._capped(synthesis, found)
        return Terms(self.costs, self.carry, self.payoff, wished, cuts)

    def moment(self, synthesis: Synthesis) -> Moment:
        """How things stand when the review has taken its time."""
        return Moment(
            self.now + synthesis.review.took_ms, self.halted, self.journal_stalled, self.is_repeated
        )

    def _size(self, synthesis: Synthesis) -> Size:
        """Fractional Kelly on the probability less half its error, and what doubt leaves of it."""
        facts, known, config = synthesis.facts, self.known, self.config
        p, se, payoff = synthesis.conviction, synthesis.calibration.se, self.payoff
        edge = Edge(p, se, payoff.ratio, known.n_eff, -payoff.loss)
        volatility = facts.motion.volatility
        target = volatility if config.volatility_target is None else config.volatility_target
        phase = known.phase.size_max * (ALARM_SHARE if known.alarmed else 1.0) * self.share
        grade = synthesis.calibration.conviction.evidence.quality.grade
        trust = 0.0 if self.verdict.rejected else self.verdict.trust
        terms = SizeTerms(config.size_max, grade, phase, target, volatility, trust)
        return size(edge, terms, Method(config.kelly))

    def _capped(self, synthesis: Synthesis, found: Size) -> tuple[Size, tuple[Cut, ...]]:
        """Less, where what is held is nearly the same bet; nothing, where there is too much to compare."""
        if not self.held or not found.fraction > 0.0:
            return found, ()
        if len(self.held) >= HELD_MAX:
            return replace(found, fraction=0.0), (Cut((EVERYTHING, WISH), 1.0, found.fraction, 0.0),)
        signal = synthesis.case.signal
        wish = Held(WISH, signal.instrument, signal.direction.sign * found.fraction)
        left, cuts = fitted(wish, self.held, self.rho_of, self.config.correlation_max)
        return replace(found, fraction=abs(left.size)), cuts
