"""The states of a market by number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from barfinex.domain.signal import Regime

Flags = NDArray[np.bool_]
State = Regime
STATES = tuple(State)
"""A state's number is its place here."""
NAMED = STATES[:-1]
"""The states that a posterior is over, in its order: all but UNKNOWN."""
UNKNOWN = STATES.index(State.UNKNOWN)
