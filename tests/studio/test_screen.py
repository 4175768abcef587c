"""The screen, as text at a fixed width."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from barfinex.events import kernel, provider
from barfinex.events.base import Event
from barfinex.studio.client import Link
from barfinex.studio.projection import Projection
from barfinex.studio.state import Mark
from barfinex.studio.tail import is_detail, line
from barfinex.studio.terminal.chart import Chart, Level
from barfinex.studio.terminal.panels import risk
from barfinex.studio.terminal.screen import View, render
from tests.studio.story import Story, day, enter, halts, started

UP = Link(is_up=True)
SNAPSHOT = Path(__file__).with_name("screen.txt")
CHART = """
                      ▽          17.3636
                      █          16.0000
╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│╌╌█     stop 13.0000
                   ██ █
       ▄▄▄▄▄▄▄▄▄▄▄▄██ █          10.0909
                    ██▀
                     │
                     ▲
       23:59:59
"""


def drawn(what: object, width: int, height: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None, legacy_windows=False)
    options = console.options.update_dimensions(width, height)
    return ["".join(part.text for part in cells).rstrip() for cells in console.render_lines(what, options)]  # type: ignore[arg-type]


def screen(state: Projection, view: View, width: int = 140, height: int = 40) -> list[str]:
    return drawn(render(state, view, width, height), width, height)


def told(*events: Event) -> Projection:
    story, state = Story(), Projection()
    for event in events:
        state.apply(story.say(event))
    return state


def whole_day() -> tuple[Projection, View]:
    state, log = Projection(), []
    for envelope in day():
        state.apply(envelope)
        if not is_detail(envelope):
            log.append(line(envelope))
    return state, View(UP, log)


def test_the_chart_draws_bodies_wicks_marks_and_levels() -> None:
    rows = [[0, 10, 14, 10, 12, 1], [60, 12, 12, 8, 8, 1], [120, 8, 9, 6, 9, 1], [180, 9, 16, 9, 16, 1]]
    padding = [[-60 * k, 10, 10, 10, 10, 1] for k in range(12, 0, -1)]
    marks = (Mark(120, 8, True, True), Mark(180, 16, False, False), Mark(99_999, 1, True, True))
    chart = Chart([*padding, *rows], marks, (Level(13.0, "stop", "red"), Level(99.0, "far", "red")), 60)
    assert drawn(chart, 40, 9) == CHART.strip("\n").splitlines()


def test_two_candles_are_the_least_that_is_drawn() -> None:
    assert drawn(Chart([[0, 1, 1, 1, 1, 1]]), 60, 10)[0] == "waiting for candles"
    flat = [[k * 60, 5, 5, 5, 5, 1] for k in range(30)]
    assert any("▀" in text or "▄" in text for text in drawn(Chart(flat), 60, 10))


def test_the_whole_screen() -> None:
    state, view = whole_day()
    assert screen(state, view) == SNAPSHOT.read_text(encoding="utf-8").splitlines()


def test_every_size_is_filled_exactly() -> None:
    state, view = whole_day()
    for width, height in ((80, 24), (100, 30), (150, 45), (220, 60)):
        lines = screen(state, view, width, height)
        assert len(lines) == height
        assert max(map(len, lines)) <= width
    assert not any("orders" in text for text in screen(state, view, 100, 30))


def test_the_beginning_says_what_is_missing() -> None:
    lines = "\n".join(screen(Projection(), View(Link(trouble="nothing answers"), now_s=65.0)))
    assert "DISCONNECTED 1 m 05 s: nothing answers" in lines
    for words in ("waiting for candles", "flat", "no signal yet", "no order yet"):
        assert words in lines


def test_a_halt_an_end_and_an_ill_module_cannot_be_overlooked() -> None:
    def head(*events: Event) -> str:
        return screen(told(started(), *events), View(UP))[0]

    assert "● trading" in head()
    assert "HALTED  by api: news" in head(*halts())
    assert "DEGRADED  detector stood down" in head(kernel.ModuleStoodDown(module="detector", reason="x"))
    assert "ENDED  done" in head(kernel.RunEnded(reason="done"))


def test_an_unprotected_position_is_marked() -> None:
    state = told(started(), *enter("a1")[:-1])
    assert any("59,400.00 !" in text for text in screen(state, View(UP)))


def test_the_chosen_instrument_is_shown() -> None:
    state, view = whole_day()
    titles = [screen(state, replace(view, chosen=k))[4][3:11] for k in range(4)]
    assert titles == ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT"]


def test_the_worst_market_data_is_shown_first() -> None:
    scores = {"BTC-USDT": 0.98, "ETH-USDT": 0.3}
    state = told(
        started(),
        *(provider.MarketQualityScored(instrument=name, score=s, parts={}) for name, s in scores.items()),
    )
    assert any("data" in row and "ETH-USDT 0.30, BTC-USDT 0.98" in row for row in drawn(risk(state), 90, 14))
