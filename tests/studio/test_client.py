"""The client survives what happens to connections, and does not hide it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from barfinex.config import GatewayConfig
from barfinex.domain.errors import BadInput
from barfinex.events.base import Envelope
from barfinex.events.kernel import AlertFired, RunEnded
from barfinex.provider.gateway.app import Gateway
from barfinex.provider.gateway.limits import Limits
from barfinex.studio import client as pauses
from barfinex.studio.client import Client, Denied, Link, Unreachable
from tests.provider.gateway.serving import TOKEN, serving

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.token"
    path.write_text(TOKEN + "\n")
    return path


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        await anyio.sleep(0.01)
    pytest.fail("it did not come about within five seconds")


async def test_it_follows_the_past_and_the_present(tmp_path: Path, token: Path) -> None:
    heard: list[Envelope] = []
    link = Link()
    async with serving(tmp_path, (AlertFired(name="a", at=1),)) as served, anyio.create_task_group() as group:
        group.start_soon(Client(served.gateway.url, token).follow, heard.append, link)
        await until(lambda: len(heard) == 1)
        served.tell(RunEnded(reason="done"))
        await until(lambda: len(heard) == 2)
        assert (link.is_up, link.last) == (True, 2)
        group.cancel_scope.cancel()
    assert heard == served.story.told


async def test_a_lost_connection_shows_and_comes_back_without_a_gap(tmp_path: Path, token: Path) -> None:
    heard: list[Envelope] = []
    link = Link()
    async with serving(tmp_path, (AlertFired(name="a", at=1),)) as served:
        port = int(served.gateway.url.rsplit(":", 1)[1])
        async with anyio.create_task_group() as group:
            group.start_soon(Client(served.gateway.url, token).follow, heard.append, link)
            await until(lambda: link.is_up and len(heard) == 1)
            served.scope.cancel()
            await until(lambda: not link.is_up)
            assert link.trouble
            for k in range(5):
                served.journal.append(served.story.say(AlertFired(name=f"b{k}", at=k)))
            served.journal.flush()
            again = Gateway(
                GatewayConfig(port=port),
                token=TOKEN,
                journal=tmp_path / "j.db",
                command=served.command,
                status=dict,
            )
            group.start_soon(again.serve)
            await until(lambda: len(heard) == 6)
            assert link.is_up
            group.cancel_scope.cancel()
    assert [envelope.seq for envelope in heard] == [1, 2, 3, 4, 5, 6]


async def test_a_client_that_was_dropped_goes_on_from_where_it_was(tmp_path: Path, token: Path) -> None:
    heard: list[Envelope] = []
    async with (
        serving(tmp_path, limits=Limits(behind=5)) as served,
        anyio.create_task_group() as group,
    ):
        group.start_soon(Client(served.gateway.url, token).follow, heard.append, Link())
        await anyio.sleep(0.1)
        served.tell(*(AlertFired(name="a", at=k) for k in range(50)))
        await until(lambda: len(heard) >= 50)
        group.cancel_scope.cancel()
    assert [envelope.seq for envelope in heard] == list(range(1, 51))


@pytest.fixture
def wrong_token(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.token"
    path.write_text("wrong")
    return path


async def test_a_wrong_token_is_said_at_once(tmp_path: Path, wrong_token: Path) -> None:
    async with serving(tmp_path) as served:
        client = Client(served.gateway.url, wrong_token)
        with pytest.raises(Denied, match="bearer token"):
            await client.get("/events")
        with pytest.raises(Denied):
            await client.follow(lambda envelope: None, Link())


async def test_silence_and_nobody_are_unreachable(token: Path) -> None:
    with pytest.raises(Unreachable, match="nothing answers at"):
        await Client(NOWHERE, token).get("/health")
    with pytest.raises(BadInput, match="is no address"):
        await Client("nonsense", token).get("/health")


async def test_pauses_grow_to_a_bound(token: Path) -> None:
    """I10: a retry has a bound, and the person sees that it is being tried."""
    link = Link()
    with anyio.move_on_after(0.7):
        await Client(NOWHERE, token).follow(lambda envelope: None, link)
    assert (link.is_up, link.attempts) == (False, 2)
    assert "nothing answers" in link.trouble
    assert max(pauses.BACKOFF_S) == pauses.BACKOFF_S[-1] == 8.0


def test_a_missing_token_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Start a run"):
        Client(NOWHERE, tmp_path / "none")
