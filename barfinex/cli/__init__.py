"""The command line. Exit codes: 0 done, 1 the result says no, 2 bad input, 70 halted for safety."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from barfinex.cli import (
    advising,
    audit,
    bars,
    check,
    comparing,
    crashing,
    data,
    explaining,
    fetching,
    halting,
    history,
    limits,
    making,
    optimizing,
    replaying,
    risking,
    running,
    storing,
    studio,
    tailing,
    tracing,
)
from barfinex.domain.errors import BadInput
from barfinex.runtime.supervisor import ModuleLost

app = typer.Typer(
    name="barfinex",
    help="An operating system for AI-driven trading. Every decision is traced, replayed and proven.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(running.run)
app.command()(history.backtest)
app.command()(optimizing.optimize)
app.command()(comparing.compare)
app.command()(replaying.replay)
app.command()(tracing.trace)
app.command("why-not")(explaining.why_not)
app.command()(tailing.tail)
app.command()(studio.studio)
app.command()(halting.halt)
app.command()(halting.resume)
app.command()(check.check)
app.command("map")(check.show_map)
app.add_typer(
    advising.advisor, name="advisor", help="How honest and useful the Advisor is; a decision made again."
)
app.add_typer(limits.app, name="limits", help="The risk limits in force: show, tighten, loosen.")
app.add_typer(audit.app, name="audit", help="Verify, prove, query, seal, copy and export the journal.")
app.add_typer(making.app, name="new", help="Write a strategy to begin with.")
drills = typer.Typer(no_args_is_help=True)
drills.command()(crashing.crash)
drills.command()(risking.risk)
app.add_typer(drills, name="drill", help="Try the promises out: crash it, trip its limits.")
data.app.command("import")(storing.import_)
data.app.command()(storing.export)
data.app.command()(fetching.fetch)
data.app.command()(fetching.repair)
data.app.command()(bars.bars)
app.add_typer(data.app, name="data", help="Candles: look at files, keep, fetch, repair and export them.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line (default: the process's own arguments) and end with its exit code."""
    try:
        app(arguments)
    except BadInput as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)
    except ModuleLost as error:
        sys.stderr.write(
            f"halted: {error}. Positions keep their protection at the venue; start again to recover.\n"
        )
        sys.exit(70)
