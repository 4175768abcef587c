"""The candle store: what was put is got back, and as it was known at any moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from barfinex.domain.candles import Candles, Provenance, series_of
from barfinex.domain.errors import BadInput
from barfinex.provider.store.candles import DAY_MS, CandleStore, Put
from barfinex.provider.store.hot import StoreTrouble

T0, STEP = 1_735_689_600_000, 60_000  # 2025-01-01
NAME = "BTC/USDT:USDT"


def block(first: int, count: int, price: float = 100.0, kind: Provenance = Provenance.FINAL) -> Candles:
    """`count` candles from the `first` minute on."""
    rows = [[T0 + (first + k) * STEP, price, price + 1, price - 1, price, float(k)] for k in range(count)]
    return series_of(NAME, "1m", rows, provenance=kind).block()


def later(minutes: int) -> int:
    return T0 + minutes * STEP


def test_what_was_put_is_got_back_in_order_from_both_halves(tmp_path: Path) -> None:
    store = CandleStore(tmp_path)
    whole = block(0, 90 * 1_440)  # Three months: the last week is hot.
    assert store.put(whole, later(90 * 1_440)) == Put(90 * 1_440, 0, 0)
    assert store.months(NAME, "1m") == ["2025-01", "2025-02", "2025-03"]
    assert store.get(NAME, "1m").block() == whole
    some = store.get(NAME, "1m", later(80 * 1_440), later(86 * 1_440))
    assert (int(some.ts[0]), len(some.ts)) == (later(80 * 1_440), 6 * 1_440)
    assert store.put(whole, later(91 * 1_440)) == Put(0, 0, 90 * 1_440)
    assert store.names() == [(NAME, "1m")]
    store.close()
    assert CandleStore(tmp_path).get(NAME, "1m").block() == whole


def test_a_correction_is_a_further_version_known_from_then_on(tmp_path: Path) -> None:
    store = CandleStore(tmp_path)
    store.put(block(0, 10), later(10))
    assert store.put(block(4, 2, price=200.0), later(50)) == Put(0, 2, 0)
    assert store.get(NAME, "1m").close.tolist()[3:7] == [100.0, 200.0, 200.0, 100.0]
    assert store.get(NAME, "1m", as_of=later(50) - 1).close.tolist() == [100.0] * 10
    assert store.get(NAME, "1m", as_of=later(7)).ts.tolist() == [later(k) for k in range(7)]


def test_no_decision_sees_a_repair_before_it_was_made(tmp_path: Path) -> None:
    """Bitemporal: whatever is put, whenever, an answer as of a moment never changes afterwards."""
    draw = np.random.Generator(np.random.PCG64(5))
    store, asked = CandleStore(tmp_path), dict[int, Candles]()
    for turn in range(60):
        now = later(100 + turn)
        first, count = int(draw.integers(0, 80)), int(draw.integers(1, 12))
        kind = Provenance(int(draw.integers(0, 4))) if turn > 5 else Provenance.REPAIRED
        kind = Provenance.REPAIRED if kind is Provenance.FINAL else kind
        store.put(block(first, count, float(draw.integers(90, 110)), kind), now)
        if turn == 30:
            store.settle(later(100) + 8 * DAY_MS)
        for moment, answer in asked.items():
            assert store.get(NAME, "1m", as_of=moment).block() == answer, (turn, moment)
        asked[now] = store.get(NAME, "1m", as_of=now).block()


def test_what_was_made_up_never_replaces_what_was_traded(tmp_path: Path) -> None:
    store = CandleStore(tmp_path)
    store.put(block(0, 3), later(3))
    assert store.put(block(0, 3, 150.0, Provenance.SYNTHETIC), later(4)) == Put(0, 0, 3)
    store.put(block(3, 1, 150.0, Provenance.SYNTHETIC), later(4))
    assert store.put(block(3, 1, 160.0), later(5)) == Put(0, 1, 0)
    assert store.get(NAME, "1m").marks is None


def test_provenance_is_kept_a_candle_through_a_month(tmp_path: Path) -> None:
    store = CandleStore(tmp_path)
    store.put(block(0, 2), later(2))
    store.put(block(2, 1, kind=Provenance.REPAIRED), later(9))
    store.settle(later(9) + 9 * DAY_MS)
    assert store.months(NAME, "1m") == ["2025-01"]
    assert store.get(NAME, "1m").block().marks.tolist() == [0, 0, Provenance.REPAIRED]
    assert len(store.get(NAME, "1m", as_of=later(9) - 1).ts) == 2


def test_a_settling_that_was_interrupted_is_done_again(tmp_path: Path) -> None:
    store = CandleStore(tmp_path)
    store.put(block(0, 100), later(100))
    kept = store.hot.read(NAME, "1m", 0, 10**13)
    assert store.settle(later(100) + 9 * DAY_MS) == 100
    store.hot.write(NAME, "1m", kept)  # As if it had ended before the hot ones were forgotten.
    assert store.get(NAME, "1m").block() == block(0, 100)
    assert store.settle(later(100) + 9 * DAY_MS) == 100
    assert store.get(NAME, "1m").block() == block(0, 100)


def test_old_months_are_forgotten_when_that_is_wanted(tmp_path: Path) -> None:
    store = CandleStore(tmp_path)
    store.put(block(0, 90 * 1_440), later(90 * 1_440))
    store.settle(later(90 * 1_440), keep_days=30)
    assert store.months(NAME, "1m") == ["2025-03"]


def test_others_read_it_without_us(tmp_path: Path) -> None:
    """A folder of Parquet with the names in the paths, and a view in SQLite."""
    import sqlite3

    from pyarrow import dataset

    store = CandleStore(tmp_path)
    store.put(block(0, 30 * 1_440), later(30 * 1_440))
    table = dataset.dataset(tmp_path / "history", partitioning="hive").to_table()
    assert set(table["instrument"].to_pylist()) == {NAME}
    assert set(table["provenance"].to_pylist()) == {"final"}
    with sqlite3.connect(tmp_path / "hot.db") as db:
        (rows,) = db.execute("select count(*) from v_candles where provenance = 'final'").fetchone()
    assert rows + table.num_rows == 30 * 1_440


def test_what_is_no_store_or_is_damaged_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "hot.db").write_bytes(b"not a database, but long enough to look like one" * 50)
    with pytest.raises(BadInput, match="is no candle store"):
        CandleStore(tmp_path)
    store = CandleStore(tmp_path / "other")
    store.put(block(0, 30 * 1_440), later(30 * 1_440))
    month = next((tmp_path / "other" / "history").rglob("*.parquet"))
    month.write_bytes(month.read_bytes()[:1_000])
    with pytest.raises(BadInput, match="is no month of candles"):
        store.get(NAME, "1m")


def test_a_store_that_somebody_else_is_writing_says_so_at_once(tmp_path: Path) -> None:
    """Whoever trades must not wait for it."""
    import sqlite3

    store = CandleStore(tmp_path, wait_s=0.05)
    other = sqlite3.connect(tmp_path / "hot.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(StoreTrouble, match="locked"):
        store.put(block(0, 3), later(3))
    other.execute("commit")
    assert store.put(block(0, 3), later(3)) == Put(3, 0, 0)
    other.close()
