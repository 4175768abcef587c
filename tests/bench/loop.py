"""The oracle of the reference strategy, when its file is there."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

ORACLE = Path(__file__).parents[2].parent / "shared" / "bench" / "reference.py"


def oracle() -> ModuleType | None:
    """The module with make_series(seed, bars) and trades(series), or None."""
    if not ORACLE.exists():
        return None
    spec = importlib.util.spec_from_file_location("reference_oracle", ORACLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_series(bars: int, seed: int, path: Path) -> None:
    """The oracle's series as the CSV that `backtest --data` reads."""
    module = oracle()
    assert module is not None, f"{ORACLE} is absent"
    with path.open("w") as file:
        file.write("ts,open,high,low,close,volume\n")
        file.writelines(
            f"{int(r[0])},{r[1]!r},{r[2]!r},{r[3]!r},{r[4]!r},{r[5]!r}\n"
            for r in module.make_series(seed, bars).tolist()
        )
