"""Run a recorded run again: from its candle files, or module by module from the journal's rows."""

from __future__ import annotations

from collections.abc import Sequence

from barfinex.audit.journal import HashJournal
from barfinex.audit.reader import Reader
from barfinex.config import Config
from barfinex.detector.loader import Loaded
from barfinex.events.kernel import RunStarted
from barfinex.runtime.compare import Comparison, compare_module, compare_streams
from barfinex.runtime.history import Input, must_be_of, run_history
from barfinex.runtime.kernel import Composition, mode_of
from barfinex.runtime.restore import past


async def rerun_history(
    config: Config,
    inputs: Sequence[Input],
    loaded: Loaded,
    reader: Reader,
    first: int,
    last: int,
    mode: str,
) -> Comparison:
    """Everything again from the candle files.

    Raises:
        BadInput: a file is not the one the run was made from.
    """
    started = reader.at(first).event
    assert isinstance(started, RunStarted), "a run begins with RunStarted"
    must_be_of(started, inputs)
    journal = HashJournal(keep=True)
    await run_history(config, inputs, loaded, journal, mode=mode)
    return compare_streams(reader.envelopes(after=first - 1, until=last), journal.envelopes)


async def rerun_modules(config: Config, loaded: Loaded, reader: Reader, first: int, last: int) -> Comparison:
    """Each deciding module alone, fed from the journal exactly what it was fed in the run."""
    journal = HashJournal()
    symbols = [instrument.symbol for instrument in config.instruments]
    parts = Composition(mode_of("replay"), config, symbols, loaded, journal)
    during = list(reader.envelopes(after=first - 1, until=last))
    total = Comparison()
    for module in (parts.detector(), parts.advisor(), parts.inspector()):
        before = past(reader, [module], until=first - 1)
        one = await compare_module(module, before, during)
        total.compared += one.compared
        total.differing += one.differing
        total.differences += one.differences
    return total
