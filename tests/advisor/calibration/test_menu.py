"""The menu: how much each method must have seen."""

from __future__ import annotations

from barfinex.advisor.calibration.menu import DEFAULT, MENU, NAMES


def test_the_menu_is_the_specifications() -> None:
    demanded = {one.name: (one.n_eff_min, one.n_eff_regime_min) for one in MENU}
    assert demanded == {
        "identity": (0, 0),
        "temperature": (60, 0),
        "platt": (60, 0),
        "hierarchical": (60, 0),
        "beta": (500, 0),
        "quadratic": (500, 0),
        "isotonic": (1_000, 300),
        "venn_abers": (1_000, 300),
    }
    assert DEFAULT in NAMES
    assert len(set(NAMES)) == len(NAMES)
