"""Strategies for a command: as configured, within the bounds that are set, and sound on candles."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from barfinex.config import Config
from barfinex.detector.isolation.host import Bounds
from barfinex.detector.loader import Loaded, LoadedStrategy, load, load_file
from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput

UNSOUND = ("LOOKS_AHEAD", "NOT_DETERMINISTIC")
CHECKED = 1_500


def parameters_of(told: Sequence[str]) -> dict[str, float]:
    """Numbers by name, from texts such as fast=12. Raises BadInput."""
    found: dict[str, float] = {}
    for text in told:
        name, _, number = text.partition("=")
        try:
            found[name] = int(number) if number.strip("+-").isdecimal() else float(number)
        except ValueError as error:
            raise BadInput(f"--param {text}", "is no number by a name", "Write --param fast=12.") from error
    return found


def strategies_of(
    config: Config,
    folder: Path | None = None,
    names: Sequence[str] | None = None,
    *,
    timeframe: str | None = None,
    symbols: Collection[str] | None = None,
    given: Mapping[str, float] | None = None,
) -> Loaded:
    """The configured strategies, each within the bounds that are set for it. Raises BadInput."""
    own = config.strategies
    return load(
        folder or config.run.strategies_dir,
        own.names if names is None else names,
        timeframe=timeframe,
        symbols=symbols,
        given=given,
        bounds=_bounds(config),
        approved=own.approved,
    )


def _bounds(config: Config) -> Bounds | None:
    own = config.strategies
    return Bounds(own.load_s, own.answer_s, own.memory_mb << 20) if own.isolate else None


def reread(config: Config, path: Path) -> Sequence[LoadedStrategy]:
    """What one file of strategies holds now of what shall run. Raises BadInput."""
    own, symbols = config.strategies, [instrument.symbol for instrument in config.instruments]
    return load_file(path, symbols, own.names, bounds=_bounds(config), approved=own.approved).strategies


def runnable(
    config: Config,
    series: Sequence[Series],
    timeframe: str | None = None,
    given: Mapping[str, float] | None = None,
) -> Loaded:
    """The configured strategies, checked against the candles that they are about to see.

    Raises:
        BadInput: one of them listens to an instrument or a timeframe that is not there, or looks ahead.
    """
    symbols = list(dict.fromkeys(one.instrument for one in series))
    loaded = strategies_of(config, timeframe=timeframe, symbols=symbols, given=given)
    there = sorted({one.timeframe for one in series})
    for one in loaded.strategies:
        strategy = one.strategy
        if strategy.timeframe is not None and strategy.timeframe not in there:
            reason = f"{strategy.name} listens to {strategy.timeframe}, and there is {', '.join(there)}"
            raise BadInput(
                one.file, reason, "Build that timeframe with --timeframe, or run other strategies."
            )
        refuse_unsound(one, series[0])
    return loaded


def refuse_unsound(one: LoadedStrategy, series: Series) -> None:
    """Raises BadInput when a strategy sees the future or is not determined."""
    for finding in one.check(series, CHECKED):
        if finding.code in UNSOUND:
            remedy = "A condition may use its own candle and earlier ones only."
            raise BadInput(one.file, f"strategy {one.strategy.name} looks ahead: {finding}", remedy)
