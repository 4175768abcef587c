"""I9: the layers hold, and the five modules share types, never one another."""

from __future__ import annotations

import subprocess
import sys

from tests.architecture.tree import FIVE, ROOT, report, sources


def test_every_import_contract_is_kept() -> None:
    """In a process of its own: the linter silences every logger that is there before it."""
    check = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", check, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (
        f"{done.stdout}{done.stderr}\nRemedy: share a type through domain or publish an event; "
        "the contracts and their homes for libraries are in pyproject.toml."
    )


def test_no_module_of_the_five_imports_another() -> None:
    """I9: what a module wants of another it learns from an event."""
    faults = [
        f"{source.at(node)} imports {name}"
        for module in FIVE
        for source in sources(f"barfinex/{module}")
        for node, name in source.imported()
        if any(name.startswith(f"barfinex.{other}.") for other in FIVE if other != module)
        or name in {f"barfinex.{other}" for other in FIVE if other != module}
    ]
    report(faults, "consume the other module's event, or move the shared type to barfinex/domain.")


def test_a_strategy_imports_only_the_sdk() -> None:
    """I9: barfinex.sdk is all that a strategy may know of the system."""
    faults = [
        f"{source.at(node)} imports {name}"
        for source in sources("strategies")
        for node, name in source.imported()
        if name.split(".")[0] == "barfinex"
        and name != "barfinex.sdk"
        and not name.startswith("barfinex.sdk.")
    ]
    report(faults, "import it from barfinex.sdk, and export it there if a strategy truly needs it.")
