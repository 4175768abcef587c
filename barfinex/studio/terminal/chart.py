"""Candles in half blocks: one column a candle, two levels a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from barfinex.studio.figures import at_second, price
from barfinex.studio.state import Mark

AXIS_WIDTH = 17
UP, DOWN = Style(color="green"), Style(color="red")
DIM, LAST = Style(color="bright_black"), Style(color="black", bgcolor="cyan")
BUY, SELL = Style(color="bright_green", bold=True), Style(color="bright_red", bold=True)
Cell = tuple[str, Style]
BLANK: Cell = (" ", Style())


@dataclass(frozen=True, slots=True)
class Level:
    """A price drawn across the chart, such as a stop."""

    price: float
    name: str
    style: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`rows` are [ts, open, high, low, close, volume], oldest first; the latest that fit are shown."""

    rows: Sequence[Sequence[float]]
    marks: Sequence[Mark] = ()
    levels: Sequence[Level] = ()
    step_ms: int = 60_000

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width - AXIS_WIDTH, (options.height or 16) - 1
        rows = self.rows[-max(width, 1) :]
        if len(rows) < 2 or width < 10 or height < 4:
            yield "waiting for candles"
            return
        scale = _Scale.over(rows, height)
        grid = [[BLANK] * width for _ in range(height)]
        left = width - len(rows)
        self._draw_levels(grid, scale)
        for column, row in enumerate(rows, left):
            _draw_candle(grid, scale, column, row)
        self._draw_marks(grid, scale, rows, left)
        labels = self._labels(scale, float(rows[-1][4]), height)
        for line, cells in enumerate(grid):
            yield from _merged(cells)
            text, style = labels.get(line, ("", DIM))
            yield Segment(f" {text[: AXIS_WIDTH - 1]:>{AXIS_WIDTH - 1}}", style)
            yield Segment.line()
        yield Segment(_times(rows, left), DIM)

    def _draw_levels(self, grid: list[list[Cell]], scale: _Scale) -> None:
        for level in self.levels:
            line = scale.line(level.price)
            if line is not None:
                grid[line] = [("╌", Style(color=level.style, dim=True))] * len(grid[line])

    def _draw_marks(
        self, grid: list[list[Cell]], scale: _Scale, rows: Sequence[Sequence[float]], left: int
    ) -> None:
        """A buy stands under its candle, a sell above it; hollow when it closes a position."""
        columns = {int(row[0]) // self.step_ms: (left + k, row) for k, row in enumerate(rows)}
        for mark in self.marks:
            found = columns.get(mark.ts // self.step_ms)
            if found is None:
                continue
            column, row = found
            line = scale.line(row[3] if mark.is_buy else row[2])
            if line is None:
                continue
            line = min(line + 1, len(grid) - 1) if mark.is_buy else max(line - 1, 0)
            glyph = ("▲" if mark.opens else "△") if mark.is_buy else ("▼" if mark.opens else "▽")
            grid[line][column] = (glyph, BUY if mark.is_buy else SELL)

    def _labels(self, scale: _Scale, last: float, height: int) -> dict[int, tuple[str, Style]]:
        labels = {line: (price(scale.price(line)), DIM) for line in range(0, height, 4)}
        for level in self.levels:
            line = scale.line(level.price)
            if line is not None:
                labels[line] = (
                    f"{level.name} {price(level.price)}"[-AXIS_WIDTH + 1 :],
                    Style(color=level.style),
                )
        now = scale.line(last)
        if now is not None:
            labels[now] = (price(last), LAST)
        return labels


@dataclass(frozen=True, slots=True)
class _Scale:
    """Half lines from the top: 0 is the highest price shown."""

    high: float
    unit: float
    height: int

    @classmethod
    def over(cls, rows: Sequence[Sequence[float]], height: int) -> _Scale:
        """A scale that leaves a line free above and below for marks."""
        high, low = max(row[2] for row in rows), min(row[3] for row in rows)
        room = (high - low) or high * 1e-6 or 1.0
        unit = room / max(1, 2 * height - 5)
        return cls(high + 2 * unit, unit, height)

    def half(self, value: float) -> int:
        return round((self.high - value) / self.unit)

    def line(self, value: float) -> int | None:
        """The line a price lies on; None outside the chart."""
        line = self.half(value) // 2
        return line if 0 <= line < self.height else None

    def price(self, line: int) -> float:
        return self.high - (2 * line + 0.5) * self.unit


def _draw_candle(grid: list[list[Cell]], scale: _Scale, column: int, row: Sequence[float]) -> None:
    first, high, low, last = row[1:5]
    style = UP if last >= first else DOWN
    top, bottom = scale.half(max(first, last)), scale.half(min(first, last))
    tip, foot = scale.half(high), scale.half(low)
    for line in range(max(tip // 2, 0), min(foot // 2, len(grid) - 1) + 1):
        upper, lower = 2 * line, 2 * line + 1
        body = (top <= upper <= bottom, top <= lower <= bottom)
        wick = (tip <= upper <= foot, tip <= lower <= foot)
        glyph = {(True, True): "█", (True, False): "▀", (False, True): "▄"}.get(body)
        if glyph is None:
            glyph = {(True, True): "│", (True, False): "╵", (False, True): "╷"}.get(wick)
        if glyph is not None:
            grid[line][column] = (glyph, style)


def _merged(cells: Sequence[Cell]) -> Iterator[Segment]:
    """Neighbours of one style as one segment."""
    text, style = "", cells[0][1]
    for glyph, own in cells:
        if own is not style:
            yield Segment(text, style)
            text, style = "", own
        text += glyph
    yield Segment(text, style)


def _times(rows: Sequence[Sequence[float]], left: int) -> str:
    """The time axis: a label every 20 columns."""
    text = " " * left
    for k in range(0, len(rows) - 8, 20):
        text = f"{text:<{left + k}}{at_second(int(rows[k][0]))}"
    return text
