"""The error that a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from barfinex.domain.errors import BadInput


@contextmanager
def place() -> Iterator[None]:
    yield


def test_it_says_where_why_and_what_to_do() -> None:
    assert str(BadInput("a.csv row 3", "high is below low", "Correct it.")) == (
        "a.csv row 3: high is below low. Correct it."
    )


def test_it_passes_a_context_manager_unharmed() -> None:
    with pytest.raises(BadInput, match="here"), place():
        raise BadInput("here", "why", "what")
