"""Stage 5: the raw probability corrected by what became of its like."""

from __future__ import annotations

from typing import ClassVar

from barfinex.advisor.learning.platt import Platt
from barfinex.advisor.odds import probability
from barfinex.advisor.stages.conviction import RawConviction
from barfinex.advisor.trace import Step
from barfinex.events.advisor import ConvictionCalibrated

CALIBRATED_MIN, CALIBRATED_MAX = 0.02, 0.98
"""No number of past trades makes the next one certain."""


class Calibration(Step, frozen=True):
    """`calibrated` in [0.02, 0.98]."""

    stage: ClassVar[str] = "calibration"
    conviction: RawConviction
    calibrated: float
    platt: Platt

    def event(self) -> ConvictionCalibrated:
        case, platt = self.case, self.platt
        return ConvictionCalibrated(
            instrument=case.signal.instrument,
            decision_id=case.decision_id,
            calibrated=self.calibrated,
            slope=platt.slope,
            intercept=platt.intercept,
            calibrator="platt",
        )


def calibrate(conviction: RawConviction, platt: Platt) -> Calibration:
    """Apply the calibrator in force."""
    calibrated = probability(platt.apply(conviction.odds))
    bounded = min(CALIBRATED_MAX, max(CALIBRATED_MIN, calibrated))
    return Calibration(conviction.case, conviction, bounded, platt)
