"""What the gateway tells, what it takes, and that it takes nothing else."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import anyio
import pytest

from barfinex.config import GatewayConfig
from barfinex.domain.errors import BadInput
from barfinex.domain.trading import Action, Level, Scope
from barfinex.events import provider
from barfinex.events.kernel import RunEnded
from barfinex.events.studio import HaltRequested, ResumeRequested
from barfinex.provider.gateway.app import Gateway
from barfinex.provider.gateway.bodies import BODY_BYTES_MAX
from barfinex.provider.gateway.limits import Limits
from tests.factories import START
from tests.provider.gateway.serving import BEARER, PERSON, TOKEN, serving
from tests.studio.story import candles, decline, enter, leave, refuse, started, walk


async def test_the_views_tell_the_story(tmp_path: Path) -> None:
    scores = [provider.MarketQualityScored(instrument="BTC-USDT", score=s, parts={}) for s in (0.9, 0.3)]
    events = (started(), *decline("b1"), *refuse("c1"), *enter("a1"), *leave("a1"), *enter("a2"), *scores)
    async with serving(tmp_path, events) as served:

        async def rows(path: str) -> list[dict[str, object]]:
            status, body = await served.get(path)
            assert status == 200
            found: list[dict[str, object]] = body["rows"]
            return found

        assert [row["id"] for row in await rows("/signals")] == ["sig-a2", "sig-a1", "sig-c1", "sig-b1"]
        outcomes = {row["signal_id"]: row["outcome"] for row in await rows("/decisions")}
        assert outcomes == {
            "sig-a2": "approved",
            "sig-a1": "approved",
            "sig-c1": "refused",
            "sig-b1": "declined",
        }
        assert len(await rows("/orders?limit=2")) == 2
        assert [row["trade_id"] for row in await rows("/positions")] == ["trd-a2"]
        assert [row["net_pnl"] for row in await rows("/trades")] == [594.0]
        assert [(row["instrument"], row["score"]) for row in await rows("/quality")] == [("BTC-USDT", 0.3)]


async def test_events_come_in_pages_and_the_latest_by_default(tmp_path: Path) -> None:
    async with serving(tmp_path, (started(), *enter("a1"))) as served:
        first = (await served.get("/events?after=0&limit=3"))[1]
        assert [event["seq"] for event in first["events"]] == [1, 2, 3]
        assert first["events"][0]["type"] == "kernel.run_started"
        rest = (await served.get(f"/events?after={first['next']}"))[1]
        assert [event["seq"] for event in rest["events"]] == list(range(4, served.story.seq + 1))
        assert (await served.get("/events?limit=1"))[1]["next"] == served.story.seq
        assert (await served.get(f"/events?after={served.story.seq}"))[1] == {
            "events": [],
            "next": served.story.seq,
        }


async def test_a_trace_is_found_by_any_of_its_ids(tmp_path: Path) -> None:
    async with serving(tmp_path, (started(), *enter("a1"))) as served:
        for identity in ("sig-a1", "trd-a1", "ord-a1-s"):
            status, body = await served.get(f"/trace/{identity}")
            assert status == 200
            assert "detector.signal_detected" in {event["type"] for event in body["events"]}
        assert await served.get("/trace/sig-unheard") == (404, {"error": "no decision has this id"})


async def test_candles_are_remembered_from_the_journal_and_go_on(tmp_path: Path) -> None:
    rows = walk(5, 100.0, 1)
    async with serving(tmp_path, (candles("BTC-USDT", rows[:3]),)) as served:
        served.tell(candles("BTC-USDT", rows[2:]), candles("ETH-USDT", rows[:1], "1m"))
        status, body = await served.get("/candles?instrument=BTC-USDT&timeframe=1m&limit=4")
        assert status == 200
        assert body["candles"] == rows[1:]
        assert body["candles"][0][0] == START + 60_000
        assert (await served.get("/candles?instrument=SOL-USDT"))[0] == 404
        assert (await served.get("/candles?instrument=BTC-USDT&timeframe=5m"))[0] == 404


@pytest.mark.parametrize(
    "query",
    [
        "/signals?limit=0",
        "/signals?limit=1001",
        "/signals?limit=nan",
        "/signals?limit=1&limit=2",
        "/signals?colour=red",
        "/signals?limit=1;drop table events",
        "/events?after=-1",
        "/candles",
        "/candles?instrument=a%00b",
        "/stream?types=nothing.such",
        "/stream?types=' or 1",
        "/stream?after=x",
    ],
)
async def test_a_bad_parameter_is_named(tmp_path: Path, query: str) -> None:
    async with serving(tmp_path) as served:
        status, body = await served.get(query)
        assert status == 400
        assert list(body) == ["error"]


async def test_a_halt_reaches_studio_and_is_confirmed(tmp_path: Path) -> None:
    """I13: the API can halt, all of it or a part."""
    async with serving(tmp_path) as served:
        status, body = await served.post("/halt", b'{"reason": " news "}')
        assert (status, body["confirmed"]) == (200, 2)
        part = b'{"reason": "x", "level": "strategy", "target": "trend", "action": "close_all", "by": "Ada"}'
        assert (await served.post("/halt", part))[0] == 200
        assert served.asked == [
            HaltRequested(way="api", reason="news"),
            HaltRequested(
                way="api",
                reason="x",
                action=Action.CLOSE_ALL,
                scope=Scope(Level.STRATEGY, "trend"),
                by="Ada",
            ),
        ]


async def test_only_the_persons_token_loosens_and_only_in_two_steps(tmp_path: Path) -> None:
    """I13: a token that may halt does not resume."""
    person = {"Authorization": f"Bearer {PERSON}"}
    async with serving(tmp_path) as served:
        wish = b'{"reason": "calm", "by": "Ada"}'
        status, body = await served.post("/resume", wish)
        assert (status, body) == (409, {"error": "it needs the person's token"})
        status, body = await served.post("/resume", wish, **person)
        assert (status, body["confirmation"], body["due_at"]) == (200, "lsn-1", 60_000)
        again = b'{"reason": "calm", "by": "Ada", "confirmation": "lsn-1"}'
        status, body = await served.post("/resume", again, **person)
        assert (status, body["event"]) == (200, "inspector.trading_resumed")
        assert [wish.is_person for wish in served.asked if isinstance(wish, ResumeRequested)] == [
            False,
            True,
            True,
        ]
        assert (await served.post("/acknowledge", wish))[0] == 409
        assert (await served.post("/acknowledge", wish, **person))[0] == 200
        limit = b'{"limit": "drawdown_max", "value": "0.1", "reason": "calm", "by": "Ada"}'
        assert (await served.post("/limits", limit))[1]["event"] == "inspector.limit_tightened"


async def test_a_wish_nobody_confirms_is_said_to_be_unconfirmed(tmp_path: Path) -> None:
    async with serving(tmp_path, limits=Limits(confirm_s=0.05)) as served:
        served.answers = False
        assert await served.post("/halt", b'{"reason": "x"}') == (
            202,
            {"asked": "studio.halt_requested", "confirmed": None},
        )


NESTED = b'{"reason": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"
BODIES = [
    b"",
    b"[]",
    b"null",
    b'"text"',
    b"{",
    b"{}",
    b'{"reason": ""}',
    b'{"reason": "   "}',
    b'{"reason": 1}',
    b'{"reason": NaN}',
    b'{"reason": null}',
    b'{"reason": "a", "reason": "b"}',
    b'{"reason": "a", "force": true}',
    b'{"reason": "line\\nbreak"}',
    b'{"reason": "\xff"}',
    b'{"reason": "' + b"a" * 501 + b'"}',
    NESTED,
]


async def test_a_body_that_is_not_exactly_right_does_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for body in BODIES:
            for path in ("/halt", "/resume", "/limits", "/acknowledge"):
                status, answer = await served.post(path, body)
                assert status == 400, body
                assert list(answer) == ["error"]
                assert "Traceback" not in answer["error"]
        assert (await served.post("/resume", b'{"reason": "calm"}'))[0] == 400
        for part in (b'"level": "strategy"', b'"target": "trend"', b'"level": "all"', b'"action": "sell"'):
            assert (await served.post("/halt", b'{"reason": "x", ' + part + b"}"))[0] == 400
        huge = json.dumps({"reason": "a" * BODY_BYTES_MAX}).encode()
        assert (await served.post("/halt", huge))[0] == 413
        assert (await served.post("/halt", b'{"reason": "x"}', **{"Content-Type": "text/plain"}))[0] == 415
        assert served.asked == []


async def test_no_route_trades(tmp_path: Path) -> None:
    """I13: no path of the API places an order around the Inspector."""
    async with serving(tmp_path) as served:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for path in ("/orders", "/orders/1", "/positions", "/intents", "/approvals", "/config"):
                async with served.session.request(
                    method, served.gateway.url + path, headers=BEARER
                ) as response:
                    assert response.status in (404, 405)
                    assert list(await response.json()) == ["error"]


async def test_a_fault_inside_is_an_error_without_its_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as served:
        served.command = lambda wish: 1 / 0  # type: ignore[method-assign, assignment]
        status, body = await served.post("/halt", b'{"reason": "x"}')
        assert status == 500
        assert "division" not in str(body)
    assert "ZeroDivisionError" in caplog.text


def test_a_taken_port_is_bad_input(tmp_path: Path) -> None:
    def made(port: int) -> Gateway:
        config = GatewayConfig(port=port)
        return Gateway(config, token=TOKEN, journal=tmp_path / "j.db", command=lambda wish: None, status=dict)

    first = made(0)
    try:
        with pytest.raises(BadInput, match=r"gateway\.port .*cannot be taken"):
            made(int(first.url.rsplit(":", 1)[1]))
    finally:
        first.close()


async def test_a_host_that_others_can_reach_is_allowed_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with serving(tmp_path, host="0.0.0.0") as served:
            local = served.gateway.url.replace("0.0.0.0", "127.0.0.1")
            async with served.session.get(f"{local}/health", headers={"Host": "192.168.7.7"}) as response:
                assert response.status == 200
            async with served.session.get(f"{local}/health", headers={"Host": "evil.example"}) as response:
                assert response.status == 421
    assert "others can reach it" in caplog.text


async def test_who_listens_hears_the_end_of_the_run(tmp_path: Path) -> None:
    heard: list[object] = []
    async with serving(tmp_path, (started(),)) as served, anyio.create_task_group() as group:

        async def listen() -> None:
            heard.extend(await served.stream(2, "?after=0"))

        group.start_soon(listen)
        await anyio.sleep(0.1)
        served.tell(RunEnded(reason="done"))
    assert [type(envelope.event) for envelope in heard][-1] is RunEnded  # type: ignore[attr-defined]
