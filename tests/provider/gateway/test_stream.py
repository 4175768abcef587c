"""The stream has no gap, no repetition, and no patience with who does not read."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from barfinex.events.base import Event
from barfinex.events.kernel import AlertFired, RunEnded
from barfinex.provider.gateway.fanout import Fanout, TooManyClients
from barfinex.provider.gateway.limits import Limits
from tests.provider.gateway.serving import BEARER, serving
from tests.studio.story import Story, candles, walk


def alerts(count: int) -> tuple[Event, ...]:
    return tuple(AlertFired(name=f"alert {k}", at=k) for k in range(count))


async def test_a_client_goes_on_where_it_left_off_from_disk_to_now(tmp_path: Path) -> None:
    async with serving(tmp_path, alerts(1_300)) as served:
        served.tell(*alerts(200))
        heard = await served.stream(1_497, **{"Last-Event-ID": "3"})
        assert [envelope.seq for envelope in heard] == list(range(4, 1_501))


async def test_nothing_is_lost_while_events_pour_in(tmp_path: Path) -> None:
    async with serving(tmp_path, alerts(1_000)) as served, anyio.create_task_group() as group:

        async def pour() -> None:
            for _ in range(100):
                served.tell(*alerts(10))
                await anyio.sleep(0.001)

        group.start_soon(pour)
        seen = 0
        for _ in range(4):
            heard = await served.stream(450, **{"Last-Event-ID": str(seen)})
            assert [envelope.seq for envelope in heard] == list(range(seen + 1, seen + 451))
            seen = heard[-1].seq


async def test_without_a_place_to_go_on_from_only_the_new_is_told(tmp_path: Path) -> None:
    heard: list[int] = []
    async with serving(tmp_path, alerts(5)) as served, anyio.create_task_group() as group:

        async def listen() -> None:
            heard.extend(envelope.seq for envelope in await served.stream(1))

        group.start_soon(listen)
        await anyio.sleep(0.1)
        served.tell(*alerts(1))
    assert heard == [6]


async def test_only_the_types_asked_for_are_sent(tmp_path: Path) -> None:
    async with serving(tmp_path, (*alerts(3), RunEnded(reason="a"))) as served:
        served.tell(*alerts(3), RunEnded(reason="b"))
        heard = await served.stream(2, "?after=0&types=kernel.run_ended")
        assert [envelope.seq for envelope in heard] == [4, 8]


async def test_of_the_candles_in_the_past_only_the_latest_are_sent(tmp_path: Path) -> None:
    rows = walk(6, 100.0, 1)
    past = (*alerts(2), *(candles("BTC-USDT", [row]) for row in rows), *alerts(1))
    async with serving(tmp_path, past, Limits(candles=2)) as served:
        assert [envelope.seq for envelope in await served.stream(5, "?after=0")] == [1, 2, 7, 8, 9]


@pytest.mark.parametrize("given", ["-1", "x", "1e3", "", "9" * 30])
async def test_a_resume_point_that_is_no_number_is_refused(tmp_path: Path, given: str) -> None:
    async with serving(tmp_path) as served:
        assert (await served.get("/stream", {**BEARER, "Last-Event-ID": given}))[0] == 400


async def test_a_quiet_stream_shows_that_it_is_alive(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, alerts(2), Limits(heartbeat_s=0.02)) as served,
        served.session.get(f"{served.gateway.url}/stream?after=2", headers=BEARER) as response,
    ):
        with anyio.fail_after(2):
            async for line in response.content:
                if line.startswith(b": "):
                    assert line == b": 2\n"
                    return


async def test_a_client_that_falls_behind_is_told_why_and_let_go(tmp_path: Path) -> None:
    """I10: the queue of a client is bounded, and being too slow has a named consequence."""
    async with (
        serving(tmp_path, limits=Limits(behind=3)) as served,
        served.session.get(f"{served.gateway.url}/stream?after=0", headers=BEARER) as response,
    ):
        await anyio.sleep(0.05)
        served.tell(*alerts(10))
        with anyio.fail_after(2):
            text = await response.text()
        assert text.endswith("event: dropped\ndata: too slow: 3 events behind\n\n")
        assert (await served.get("/health"))[1]["clients_dropped"] == 1
        assert [envelope.seq for envelope in await served.stream(10, "?after=0")] == list(range(1, 11))


async def test_one_slow_client_does_not_hurt_another() -> None:
    fanout, story = Fanout(Limits(behind=2)), Story()
    with fanout.join() as slow, fanout.join() as quick:
        for event in alerts(3):
            fanout.tap(story.say(event))
            assert await quick.next() is story.told[-1]
        assert slow.dropped
        assert await slow.next() is None
        assert (quick.dropped, fanout.clients, fanout.dropped) == (None, 1, 1)


async def test_more_clients_than_places_are_turned_away_but_never_a_halt(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, alerts(1), Limits(clients=1)) as served,
        served.session.get(f"{served.gateway.url}/stream", headers=BEARER) as first,
    ):
        assert first.status == 200
        await anyio.sleep(0.05)
        assert (await served.get("/stream"))[0] == 503
        assert (await served.post("/halt", b'{"reason": "x"}'))[0] == 200


def test_a_place_is_free_again_when_its_client_leaves() -> None:
    fanout = Fanout(Limits(clients=1))
    with fanout.join(), pytest.raises(TooManyClients):
        fanout.join()
    with fanout.join() as again:
        assert again.recent == ()


async def test_a_client_that_never_reads_is_let_go(tmp_path: Path) -> None:
    """I10: what waits for it is bounded in time as well."""
    async with (
        serving(tmp_path, limits=Limits(write_s=0.1)) as served,
        served.session.get(f"{served.gateway.url}/stream?after=0", headers=BEARER),
    ):
        await anyio.sleep(0.05)
        served.tell(*[candles("BTC-USDT", walk(3_000, 100.0, 1))] * 60)
        health: dict[str, int] = {}
        for _ in range(100):
            health = (await served.get("/health"))[1]
            if health["clients_dropped"]:
                break
            await anyio.sleep(0.05)
        assert (health["clients"], health["clients_dropped"]) == (0, 1)
