"""Strategy files are watched during a run: what was saved is read, checked, and given to the Detector."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import anyio
from anyio import to_thread

from barfinex.detector.loader import LoadedStrategy
from barfinex.domain.candles import Series
from barfinex.domain.errors import BadInput

logger = logging.getLogger(__name__)

CHECKED = 1_500
DEBOUNCE_MS = 200  # Editors write a file in several steps.

Read = Callable[[Path], Sequence[LoadedStrategy]]


class Takes(NamedTuple):
    """What the Detector does with a file that was saved: `stage` its strategies, or `turn_down` its fault;
    `past` are the candles to check on."""

    stage: Callable[[Path, Sequence[LoadedStrategy]], None]
    turn_down: Callable[[Path, str], None]
    past: Callable[[], Sequence[Series]]


class StrategyWatch:
    """Watches a folder until cancelled. `read` gives the strategies of a file that shall run, or raises
    BadInput; it runs in a thread, as a file may take seconds to be read."""

    def __init__(self, folder: Path, read: Read, takes: Takes) -> None:
        self._folder, self._read, self._takes = folder, read, takes
        self._stop, self._ended = anyio.Event(), anyio.Event()

    async def stop(self) -> None:
        """Return when it has ended: a thread of its library is looked after, and is not cancelled at once."""
        self._stop.set()
        await self._ended.wait()

    async def run(self) -> None:
        from watchfiles import awatch

        try:
            saved = awatch(self._folder, debounce=DEBOUNCE_MS, recursive=False, stop_event=self._stop)
            async for changes in saved:
                for file in self._affected({Path(path) for _, path in changes}):
                    await self._take(file)
        except Exception as error:  # What trades does not depend on who watches.
            logger.warning("strategies are not watched any more: %s: %s", type(error).__name__, error)
        finally:
            self._ended.set()

    def _affected(self, changed: set[Path]) -> list[Path]:
        """The strategy files to be read again: all of them when a module that they may import has changed."""
        python = {path for path in changed if path.suffix == ".py"}
        if any(path.name.startswith("_") for path in python):
            return sorted(path for path in self._folder.glob("*.py") if not path.name.startswith("_"))
        return sorted(self._folder / path.name for path in python)

    async def _take(self, file: Path) -> None:
        past = self._takes.past()
        try:
            found = await to_thread.run_sync(self._checked, file, past, abandon_on_cancel=True)
        except BadInput as error:
            self._takes.turn_down(file, str(error))
            return
        except Exception as error:  # A file may make anything fail that reads it.
            self._takes.turn_down(file, f"cannot be read: {type(error).__name__}: {error}")
            return
        self._takes.stage(file, found)

    def _checked(self, file: Path, past: Sequence[Series]) -> Sequence[LoadedStrategy]:
        """Raises BadInput when one of them sees the future, is not determined, or fails."""
        if not file.exists():
            return ()
        found = self._read(file)
        for one in found:
            fits = [each for each in past if one.strategy.timeframe in (None, each.timeframe)]
            for finding in one.check(fits[0], CHECKED) if fits else ():
                if finding.is_grave:
                    where = f"{file}, strategy {one.strategy.name}"
                    raise BadInput(where, str(finding), "The version before it goes on.")
        return found
