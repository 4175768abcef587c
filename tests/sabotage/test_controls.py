"""What is no policy is sabotaged too: a seeded sample here, all of it by `python -m tests.sabotage`."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.sabotage.controls import CONTROLS

SAMPLE, SEED = 4, int(os.environ.get("BARFINEX_SABOTAGE", "1"))


def test_names_are_told_apart() -> None:
    names = [control.name for control in CONTROLS]
    assert len(set(names)) == len(names) >= 50


@pytest.mark.timeout(240)
def test_a_sample_of_sabotages_is_caught() -> None:
    """R4, C35. BARFINEX_SABOTAGE=SEED draws another sample; BARFINEX_SEEDS (a long run) takes them all."""
    draw = np.random.Generator(np.random.PCG64(SEED))
    drawn = draw.choice(len(CONTROLS), SAMPLE, replace=False)
    names = [] if "BARFINEX_SEEDS" in os.environ else [CONTROLS[at].name for at in drawn]
    done = subprocess.run(
        [sys.executable, "-m", "tests.sabotage", *names], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
