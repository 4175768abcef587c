"""`halt`, `resume` and `limits` against a run that really trades."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path
from typing import Any, Self

import pytest

from barfinex.domain.errors import BadInput
from tests.cli.command import Answer, barfinex, finish
from tests.cli.test_run import HOLDS, Run, strategies

PATIENCE_S = 20.0
CHANGES: dict[str, Any] = {
    "governor": {"loosening_delay_ms": 2_000, "lag_ms_max": 600_000, "watchdog_ms": 600_000},
    "orders": {"entries_per_second_max": 100, "entries_per_minute_max": 1_000},
}


class Trading:
    """A run with two strategies, and the commands of the person who watches it."""

    def __init__(self, folder: Path) -> None:
        own = strategies(folder / "own", holds=HOLDS, twin=HOLDS.replace("holds", "twin"))
        self.run = Run(folder, **own, **CHANGES)
        self.process = self.run.start()
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        found = re.search(r"API on (http://\S+?)\.? ", said)
        assert found, said + self.process.stderr.read()
        self.url = found[1]
        for strategy in ("holds", "twin"):
            opened = "type = 'inspector.position_opened' and json_extract(body, '$.strategy') = "
            self.wait(f"{opened}'{strategy}'")

    def say(self, *words: object) -> Answer:
        return barfinex(*words, "--url", self.url, "--journal", self.run.journal)

    def confirm(self, *words: object) -> Answer:
        """Ask, and confirm as soon as it may be."""
        asked = self.say(*words)
        found = re.search(r"--confirm (lsn-\w+)", asked.out)
        assert found, asked
        early = self.say(*words, "--confirm", found[1])
        answer, began = early, time.monotonic()
        while answer.code and time.monotonic() - began < PATIENCE_S:
            time.sleep(0.1)
            answer = self.say(*words, "--confirm", found[1])
        return answer

    def has(self, sql: str) -> bool:
        try:
            return bool(self.run.ask(f"select 1 as n from events where {sql} limit 1"))
        except BadInput:
            return False  # It is being made just now.

    def wait(self, sql: str) -> None:
        began = time.monotonic()
        while not self.has(sql):
            assert time.monotonic() - began < PATIENCE_S, sql
            time.sleep(0.1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()  # If it has not ended by now.
        self.process.communicate()

    def end(self) -> dict[str, Any]:
        self.process.send_signal(signal.SIGTERM)
        report: dict[str, Any] = finish(self.process).json
        return report


@pytest.mark.timeout(120)
def test_a_strategy_is_closed_while_the_other_goes_on_and_limits_have_a_ratchet(tmp_path: Path) -> None:
    """I13: from the command line to the venue and back."""
    with Trading(tmp_path) as trading:
        why = ("--reason", "odd fills")
        who = (*why, "--by", "Ada")
        assert trading.say("halt", *why, "--strategy", "twin", "--close-all").out == "halted\n"
        trading.wait("type = 'inspector.trade_closed' and json_extract(body, '$.trade.reason') = 'close_all'")
        assert trading.say("resume", *who).code == 2, "the account as a whole is not halted"
        assert "trading resumed" in trading.confirm("resume", *who, "--strategy", "twin").out
        assert trading.say("limits", "tighten", "drawdown_max", "0.9", *who).out == "drawdown_max is 0.9\n"
        assert trading.say("limits", "tighten", "drawdown_max", "NaN", *who).code == 2
        loosen = ("limits", "loosen", "drawdown_max", "0.95", *who)
        assert trading.confirm(*loosen).out == "drawdown_max is 0.95\n"
        shown = barfinex("limits", "show", "--json", "--journal", trading.run.journal).json
        assert (shown["limits"]["drawdown_max"], shown["configured"]["drawdown_max"]) == ("0.95", "1")
        (tmp_path / "run.toml").write_text("what is on the disk now", encoding="utf-8")
        shown_again = barfinex("limits", "show", "--json", "--journal", trading.run.journal).json
        assert shown_again == shown, "F85: a file that changed counts from the next start"
        rows = trading.run.ask("select new from v_halts where \"limit\" = 'drawdown_max' and new <> ''")
        assert sorted(row["new"] for row in rows) == ["0.9", "0.95", "0.95"]
        report = trading.end()
        assert report["chain"] == "ok"
        replayed = barfinex("replay", report["run_id"], "--journal", trading.run.journal, "--json").json
        assert replayed["differing"] == 0
        again = finish(trading.run.start("--duration", 1)).json
        assert again["chain"] == "ok"
        assert barfinex("limits", "show", "--json", "--journal", trading.run.journal).json == shown


def test_the_ordinary_token_does_not_resume(tmp_path: Path) -> None:
    """I13: never by the token that reads and halts."""
    with Trading(tmp_path) as trading:
        trading.say("halt", "--reason", "news")
        token = ("--token-file", tmp_path / "gateway.token")
        answer = trading.say("resume", "--reason", "calm", "--by", "a script", *token)
        answer.refuses("resume", "it needs the person's")
        trading.end()


def test_limits_of_no_run_are_bad_input(tmp_path: Path) -> None:
    assert barfinex("limits", "show", "--journal", tmp_path / "none.db").code == 2


def test_a_wedged_run_lets_go_of_nothing(tmp_path: Path) -> None:
    """A stopped process answers nobody: the command says so and leaves the file."""
    with Trading(tmp_path) as trading:
        trading.process.send_signal(signal.SIGSTOP)
        try:
            answer = trading.say("halt", "--reason", "it hangs")
        finally:
            trading.process.send_signal(signal.SIGCONT)
        assert "left " in answer.out
        assert (tmp_path / "HALT").exists()
        trading.wait("type = 'inspector.trading_halted' and json_extract(body, '$.way') in ('file', 'api')")
        trading.end()
