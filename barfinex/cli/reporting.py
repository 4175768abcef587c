"""What a run over history came to: as a table for people, and as files."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.table import Table

from barfinex.audit.reader import Reader
from barfinex.cli.inputs import errors, output
from barfinex.runtime.history import Input, Outcome
from barfinex.studio import report as studio


def defects(source: Input) -> dict[str, Any]:
    found = {"findings": source.findings, "quarantined": source.quarantined}
    rates = {} if source.rates is None else {"funding": source.rates.name}
    return {"file": source.name, "sha256": source.sha256, **found, **rates}


FIGURES = (
    "bars", "wall_s", "bars_per_s", "signals", "declined", "intents", "refused", "orders", "fills",
    "trades", "wins", "net_pnl", "fees", "funding", "max_drawdown", "sharpe", "exit_reasons",
    "unprotected_ms",
)  # fmt: skip
FILES = ("trades.csv", "equity.csv", "result.json")
TRADE_COLUMNS = (
    "entry_ts", "exit_ts", "entry_price", "exit_price", "reason", "instrument", "strategy", "direction",
    "quantity", "fees", "funding", "net_pnl", "id",
)  # fmt: skip


def tell(report: dict[str, Any], outcome: Outcome, cash: Any, out: Path | None, page: Path | None) -> None:
    """Files and page, where they are wanted."""
    if out is not None:
        _write(out, outcome, cash, report)
    if page is None:
        return
    with Reader(Path(report["journal"])) as reader:
        rows = reader.query("select * from v_conditions order by net_pnl desc")
    times, equity = outcome.equity(cash)
    told = studio.Told(
        f"Barfinex: {report['run_id']}",
        {name.replace("_", " "): _text(report[name]) for name in (*FIGURES, "run_id", "journal_hash")},
        times,
        equity,
        outcome.series,
        [trade for trade, _ in outcome.collector.trades],
        rows,
    )
    studio.write(told, page)
    errors.print(f"report: {page}", style="dim", soft_wrap=True)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count:,}" for name, count in value.items()) or "none"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 1.0 else f"{value:.6g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _write(out: Path, outcome: Outcome, cash: Any, report: dict[str, Any]) -> None:
    trades, curve, result = (out / name for name in FILES)
    with trades.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*TRADE_COLUMNS, "r_net"])
        for trade, r_net in outcome.collector.trades:
            writer.writerow([*(getattr(trade, name) for name in TRADE_COLUMNS), r_net])
    times, equity = outcome.equity(cash)
    with curve.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ts", "equity"])
        writer.writerows(zip(times.tolist(), equity.tolist(), strict=True))
    result.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))


REASONS = """
select 'declined' as what, json_extract(body, '$.code') as code, count(*) as times from events
where type = 'advisor.signal_declined' group by 2
union all select 'refused', policy || ', ' || code, count(*) from v_refusals group by 2
order by times desc limit 3
"""


def _say_why(journal: Path) -> None:
    """What stood in the way when there were signals and no trade."""
    with Reader(journal) as reader:
        for row in reader.query(REASONS):
            errors.print(f"no trade: {row['what']} {row['times']:,} times for {row['code']}", style="yellow")


def show(report: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    for key in (*FIGURES, "run_id", "journal_hash", "journal"):
        table.add_row(key, f"{report[key]:,}" if isinstance(report[key], int) else str(report[key]))
    output.print(table)
    for halt in report["halts"]:
        at = datetime.fromtimestamp(halt["at"] / 1000, UTC)
        said = f"halted ({halt['scope']}) from {at:%Y-%m-%d %H:%M} on: {halt['reason']}"
        errors.print(said, style="yellow", markup=False)
    for source in report["data"]:
        for what, counts in (("found", source["findings"]), ("rows left out", source["quarantined"])):
            if counts:
                listed = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())
                errors.print(f"{source['file']}: {what}: {listed}", style="yellow")
    if report["signals"] and not report["trades"]:
        _say_why(Path(report["journal"]))
        return
    output.print(f"explain a trade: barfinex trace --journal {report['journal']} first", style="dim")
