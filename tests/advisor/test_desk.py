"""How much is recommended: what each doubt leaves of it, and what is held already takes off it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from barfinex.advisor.learning.ladder import Phase
from barfinex.advisor.learning.ood import Verdict
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.schema import Stance
from barfinex.advisor.sizing.correlation import HELD_MAX, Held
from barfinex.advisor.sizing.payoff import Payoff
from barfinex.advisor.stages.calibration import Calibration
from barfinex.advisor.stages.review import Review
from barfinex.advisor.stages.validation import Terms
from barfinex.config import AdvisorConfig
from barfinex.domain.signal import Direction
from tests.advisor.builders import MOTION, NOW, case, desk, facts, known
from tests.advisor.steps import synthesis
from tests.advisor.test_codes import Scripted

SURE = known(n_eff=2_000.0, prior=0.6, base=0.6, regime=0.6)


def terms(config: dict[str, Any] | None = None, sent: dict[str, Any] | None = None, **changes: Any) -> Terms:
    made = desk(AdvisorConfig.model_validate(config or {}), **{"known": SURE, **changes})
    return made.terms(synthesis(case(**(sent or {})), desk=made))


def fraction(**changes: Any) -> float:
    return terms(**changes).size.fraction


def test_a_sure_edge_is_worth_a_size_and_never_more_than_the_most() -> None:
    assert 0.0 < fraction() <= 0.02
    assert fraction(config={"size_max": 0.001}) == pytest.approx(0.001, rel=0.2)
    assert fraction(config={"size_max": 0.0}) == 0.0


def test_no_edge_no_size() -> None:
    assert fraction(payoff=Payoff(0.5, -1.0, 0.0)) == 0.0


WIDE = {"size_max": 1.0}


def test_costs_on_top_of_the_stop_take_from_the_size() -> None:
    cheap, dear = (fraction(config=WIDE, payoff=Payoff(2.0 * loss, -loss, 0.0)) for loss in (1.0, 1.25))
    assert dear == pytest.approx(cheap / 1.25)


@pytest.mark.parametrize(
    ("changes", "share"),
    [
        ({"share": 0.25}, 0.25),
        ({"share": 0.0}, 0.0),
        ({"known": replace(SURE, alarmed=True)}, 0.5),
        ({"verdict": Verdict(0.0, rejected=False, drift=False)}, 0.0),
        ({"verdict": Verdict(0.9, rejected=True, drift=False)}, 0.0),
    ],
)
def test_each_doubt_takes_its_share(changes: dict[str, Any], share: float) -> None:
    whole, left = fraction(config=WIDE), fraction(config=WIDE, **changes)
    assert left == pytest.approx(share * whole, rel=1e-9)


def test_less_known_is_less_risked() -> None:
    found = [fraction(config=WIDE, known=replace(SURE, n_eff=n)) for n in (0.0, 45.0, 100.0, 500.0, 2_000.0)]
    assert found == sorted(found)
    assert found[0] < 0.5 * found[-1]
    assert Phase.of(0.0).size_max == 0.25


def test_doubt_may_shrink_the_stake_instead_of_the_probability_once_enough_is_known() -> None:
    few, many = replace(SURE, n_eff=500.0), SURE
    stakes = {
        (name, known.n_eff): fraction(config={**WIDE, "kelly": name}, known=known)
        for name in ("haircut", "baker_mchale")
        for known in (few, many)
    }
    assert stakes["haircut", 500.0] == stakes["baker_mchale", 500.0]
    assert stakes["haircut", 2_000.0] < stakes["baker_mchale", 2_000.0]


def test_a_volatility_target_takes_off_what_is_too_wild() -> None:
    calm = fraction(config=WIDE)
    assert fraction(config={**WIDE, "volatility_target": MOTION.volatility / 2}) < calm
    assert fraction(config={**WIDE, "volatility_target": MOTION.volatility}) == calm


def held(instrument: str = "ETH-USDT", size: float = 1.0, expected_r: float = 9.0) -> tuple[Held, ...]:
    return (Held("trd-1", instrument, size, expected_r),)


@pytest.mark.parametrize("expected_r", [9.0, -9.0])
def test_what_is_nearly_the_same_bet_as_something_held_is_less(expected_r: float) -> None:
    """Failed before: a position that expected less than the wish was reduced on paper, the wish not."""
    beside = held(expected_r=expected_r)
    assert terms(held=beside, rho_of=lambda a, b: 0.5).cuts == ()
    cut = terms(held=beside, rho_of=lambda a, b: 0.9)
    assert cut.size.fraction == pytest.approx(0.5 * fraction())
    assert [(one.pair, one.rho) for one in cut.cuts] == [(("trd-1", "wish"), 0.9)]


def test_what_is_held_twice_is_held() -> None:
    """Failed before: of two positions that are one bet the second counted as gone."""
    rho = {("ETH-USDT", "SOL-USDT"): 1.0, ("ETH-USDT", "BTC-USDT"): 0.0, ("SOL-USDT", "BTC-USDT"): 0.95}
    beside = (*held(), Held("trd-2", "SOL-USDT", 1.0, 8.0))
    cut = terms(held=beside, rho_of=lambda a, b: rho[a, b])
    assert cut.size.fraction == pytest.approx(0.25 * fraction())


def test_a_short_is_reduced_as_a_long_is() -> None:
    """Failed before: what was left of a short was below zero, and taken for nothing left."""
    both = [
        terms(held=held(size=sign), rho_of=lambda a, b: 0.9, sent={"direction": side})
        for sign, side in ((1.0, Direction.LONG), (-1.0, Direction.SHORT))
    ]
    long, short = ([(cut.before, cut.after) for cut in one.cuts] for one in both)
    assert long == short
    assert long[0][1] == pytest.approx(0.5 * long[0][0])


def test_the_same_instrument_or_an_unknown_correlation_is_the_same_bet() -> None:
    assert terms(held=held("BTC-USDT")).size.fraction == 0.0
    assert terms(held=held(), rho_of=lambda a, b: None).size.fraction == 0.0
    assert terms(held=held(), rho_of=lambda a, b: float("nan")).size.fraction == 0.0


def test_who_hedges_is_left_alone() -> None:
    hedge = terms(held=held(), rho_of=lambda a, b: 0.99, sent={"direction": Direction.SHORT})
    assert hedge.cuts == ()


def test_too_many_positions_to_compare_leave_nothing() -> None:
    """Failed before: one position more than can be compared took the Advisor down."""
    many = tuple(Held(f"trd-{number}", f"COIN{number}", 0.01, 0.1) for number in range(HELD_MAX))
    found = terms(held=many)
    assert found.size.fraction == 0.0
    assert [(cut.rho, cut.after) for cut in found.cuts] == [(1.0, 0.0)], "a correlation cap like any other"
    assert fraction(held=many[1:]) == fraction()


@pytest.mark.parametrize(
    ("mode", "took_ms", "waited_ms"),
    [(Mode.VETO, 1_500.9, 1_500), (Mode.SHADOW, 1_500.9, 1_500),
     (Mode.VETO, 9e5, 900_000), (Mode.SHADOW, 9e5, 2_500)],
)  # fmt: skip
def test_a_review_takes_its_time_and_unheeded_no_more_than_it_was_given(
    mode: Mode, took_ms: float, waited_ms: int
) -> None:
    class Slow:
        def review(self, calibration: Calibration) -> Review:
            return replace(Scripted(mode=mode, latency_ms=took_ms).review(calibration), budget_ms=2_500)

    made = desk(reviewer=Slow(), halted="global", journal_stalled=True, is_repeated=True)
    moment = made.moment(synthesis(desk=made))
    assert (moment.now, moment.halted) == (NOW + waited_ms, "global")
    assert (moment.journal_stalled, moment.is_repeated) == (True, True)
    quick = desk()
    assert quick.moment(synthesis(desk=quick)).now == NOW
    assert synthesis(desk=quick).review.stance in Stance
    assert facts().motion == MOTION
