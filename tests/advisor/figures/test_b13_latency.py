"""B13, at a tenth of its decisions. How fast this machine is at the moment is for the benchmark to say; what
a test can say is that nothing is lost."""

from __future__ import annotations

from tests.bench.advisor.b13_latency import burst_of, decided


def test_every_signal_is_answered_once() -> None:
    hall, series, _ = decided(labels=150, decisions=150)
    assert hall.labels >= 300
    assert hall.module.mind.learner.seats.champion is not None
    assert hall.stages.count("") >= 0.95 * len(hall.stages)
    assert burst_of(hall, series, 500)[1] == 0
