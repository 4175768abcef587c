"""What the keys do."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from barfinex.events.studio import HaltRequested
from barfinex.studio.client import Client
from barfinex.studio.terminal.dashboard import Dashboard
from tests.provider.gateway.serving import TOKEN, serving


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.token"
    path.write_text(TOKEN)
    return path


async def test_one_slip_of_a_finger_does_not_halt_but_two_presses_do(tmp_path: Path, token: Path) -> None:
    async with serving(tmp_path) as served:
        dashboard = Dashboard(Client(served.gateway.url, token), Console())
        await dashboard.press("h")
        await dashboard.press("H")
        assert served.asked == []
        assert "press H again" in dashboard.view.note
        await dashboard.press("H")
        assert served.asked == [HaltRequested(way="api", reason="halted from the terminal")]
        assert dashboard.view.note == "halted"


async def test_a_halt_that_did_not_arrive_says_what_else_to_do(token: Path) -> None:
    dashboard = Dashboard(Client("http://127.0.0.1:9", token), Console())
    for _ in range(2):
        await dashboard.press("H")
    assert dashboard.view.note.startswith("NOT halted")
    assert "HALT file" in dashboard.view.note


async def test_tab_goes_on_and_q_leaves(token: Path) -> None:
    dashboard = Dashboard(Client("http://127.0.0.1:9", token), Console())
    await dashboard.press("\t")
    assert (dashboard.view.chosen, dashboard.is_done) == (1, False)
    await dashboard.press("q")
    assert dashboard.is_done
