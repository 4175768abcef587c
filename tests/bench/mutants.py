"""`make mutants`: run mutmut on what decides about orders, print each file's score; exit 1 under 90 %."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from tests.bench.decorated import open_decorated

LEAST = 0.9
MUTANTS = Path("mutants")
KILLED = (1, 3, 152)  # a test failed, or the suite could not even run with it; mutmut's own exit codes
SLOW = (24, -24, 36, 255)  # it ran out of time, which a test would notice too


def scores() -> dict[str, Counter[str]]:
    """Killed, slow and alive for each mutated file."""
    found: dict[str, Counter[str]] = {}
    for meta in sorted(MUTANTS.rglob("*.meta")):
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        if codes:
            name = str(meta.relative_to(MUTANTS)).removesuffix(".meta")
            found[name] = Counter(_fate(code) for code in codes.values())
    return found


def _fate(code: int | None) -> str:
    return "killed" if code in KILLED else "slow" if code in SLOW else "alive"


def run(arguments: list[str]) -> int:
    """mutmut's own command, in this process; it ends by raising."""
    from mutmut.__main__ import cli  # Chooses how processes start: not before it is needed.

    open_decorated()
    try:
        cli(["run", *arguments])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def main() -> None:
    code = run(sys.argv[1:])
    total: Counter[str] = Counter()
    for name, fates in scores().items():
        total += fates
        print(f"{name:<52}{fates['killed'] + fates['slow']:>5} of {fates.total():>4}")
    share = (total["killed"] + total["slow"]) / max(1, total.total())
    print(f"{total.total()} mutants, {share:.1%} found; asked: {LEAST:.0%}. What lived: mutmut results")
    sys.exit(code or share < LEAST)


if __name__ == "__main__":
    main()
