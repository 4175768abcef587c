"""Windows of rest: daily, weekly and single, all UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from barfinex.domain.calendar import week_of, window
from barfinex.domain.errors import BadInput


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (
            "08:00-09:00",
            ["01-28T08:00", "05-05T08:59:59.999"],
            ["01-28T09:00", "01-28T07:59"],
        ),
        ("23:55-00:05", ["01-28T23:55", "01-29T00:04"], ["01-28T00:05", "01-28T12:00"]),
        (
            "Fri 21:00-Sun 22:00",
            ["01-30T21:00", "02-01T21:59"],
            ["01-30T20:59", "02-01T22:00"],
        ),
        (
            "sun 20:00-mon 02:00",
            ["02-01T23:00", "02-02T01:59"],
            ["02-02T02:00", "02-01T19:00"],
        ),
        ("Wed 10:00-11:00", ["01-28T10:30"], ["01-29T10:30", "01-28T11:00"]),
        (
            "Wed 23:00-01:00",
            ["01-28T23:30", "01-29T00:30"],
            ["01-29T23:30", "01-28T00:30"],
        ),
        ("00:00-24:00", ["01-28T00:00", "01-28T23:59"], []),
        ("2026-01-28T18:45/2026-01-28T19:30", ["01-28T18:45"], ["01-28T19:30", "01-29T18:50"]),
    ],
)
def test_a_window_holds_its_times_and_no_others(text: str, inside: list[str], outside: list[str]) -> None:
    read = window(text)
    assert [moment for moment in inside if not read.holds(at(moment))] == []
    assert [moment for moment in outside if read.holds(at(moment))] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "25:00-26:00",
        "10:61-11:00",
        "Xyz 10:00-11:00",
        "10:00-Mon 11:00",
        "2026-01-28/2026-01-27",
        "a/b",
    ],
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="window"):
        window(text)


def test_a_week_begins_on_monday() -> None:
    sunday, monday = at("02-01T23:59:59"), at("02-02T00:00")
    assert week_of(monday) == week_of(sunday) + 1 == week_of(at("02-08T23:59"))
