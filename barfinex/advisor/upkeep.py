"""What is published of regimes, and once a day of the Advisor itself."""

from __future__ import annotations

from barfinex.advisor.learning.learner import Learner
from barfinex.advisor.learning.mixture import Fitted
from barfinex.advisor.regimes.course import Rotation
from barfinex.advisor.regimes.mixture import Reader
from barfinex.advisor.sizing.rotation import Expectations
from barfinex.advisor.value.accounts import Accounts
from barfinex.domain.candles import Candles
from barfinex.events.advisor_learning import RegimeRefitted, RegimeRotated
from barfinex.events.advisor_upkeep import HealthReported


def told_rotation(candles: Candles, one: Rotation, expectations: Expectations) -> RegimeRotated:
    """The regime has changed, and what each strategy may expect of the new one."""
    return RegimeRotated(
        instrument=candles.instrument,
        timeframe=candles.timeframe,
        before=one.before,
        after=one.after,
        posterior=one.posterior,
        dwell=one.dwell,
        expected_dwell=one.expected,
        strategies=tuple(
            (each.strategy, each.expected_r, each.lcb, each.tilt, each.evidence.value)
            for each in expectations.turn(one.after)
        ),
    )


def told_refit(candles: Candles, fitted: Fitted) -> RegimeRefitted:
    """A new mixture says which regime it is."""
    mixture = fitted.mixture
    return RegimeRefitted(
        instrument=candles.instrument,
        timeframe=candles.timeframe,
        model_id=Reader(mixture).model_id,
        candles=fitted.rows,
        bic=fitted.bic,
        states=tuple(mixture.states),
        agreement=fitted.ari,
    )


def told_health(accounts: Accounts, learner: Learner, now: int) -> HealthReported:
    """Decisions so far, and how old what serves is at `now`, ms UTC."""
    champion = learner.seats.champion
    return HealthReported(
        decisions=accounts.decisions,
        approved=accounts.approved,
        waiting=len(learner.waiting),
        dropped=learner.waiting.dropped,
        model_age_ms=0 if champion is None else max(0, now - champion.trained_at),
        breakers=(),
    )
