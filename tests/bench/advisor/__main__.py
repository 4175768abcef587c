"""Print every benchmark of the Advisor beside its limit: python -m tests.bench.advisor [B1 B4 …]."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from time import perf_counter

from rich.console import Console
from rich.table import Table

import tests.bench.advisor as here
from tests.bench.advisor.figure import Figure


def main(wanted: set[str]) -> int:
    console, all_pass = Console(), True
    for module in sorted(one.name for one in pkgutil.iter_modules(here.__path__) if one.name[0] == "b"):
        ids = {part.upper() for part in module.split("_") if part[1:].isdigit()}
        if wanted and not ids & wanted:
            continue
        began = perf_counter()
        figures: list[Figure] = list(import_module(f"tests.bench.advisor.{module}").figures())
        table = Table(title=f"{module}  ({perf_counter() - began:.1f} s)", title_justify="left")
        for column in ("id", "what", "value", "limit", "result"):
            table.add_column(column)
        for one in figures:
            result = ("fails, as it must" if one.passes else "CONTROL PASSES") if one.control else ""
            table.add_row(
                one.id,
                one.what,
                f"{one.value:.4g}",
                one.limit,
                result or ("holds" if one.passes else "MISSED"),
            )
        console.print(table)
        all_pass = all_pass and all(one.passes for one in figures)
    return 0 if all_pass else 1


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
