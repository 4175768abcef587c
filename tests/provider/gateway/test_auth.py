"""Nobody speaks to the gateway without the token, from another site, or under another name."""

from __future__ import annotations

from pathlib import Path

import pytest

from barfinex.domain.errors import BadInput
from barfinex.provider.gateway.auth import is_loopback, token_in
from tests.provider.gateway.serving import BEARER, TOKEN, serving


def test_the_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "gateway.token"
    assert token_in(path, lambda: TOKEN) == TOKEN
    assert path.stat().st_mode & 0o777 == 0o600
    assert token_in(path, lambda: "another" * 8) == TOKEN


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        (TOKEN, 0o644, "can be read by others"),
        ("short", 0o600, "holds no token"),
        ("", 0o600, "holds no token"),
        ("bad token with spaces, long enough to pass", 0o600, "holds no token"),
        ("\u00e9" * 40, 0o600, "cannot be used"),
    ],
)
def test_a_token_file_that_cannot_be_trusted_is_refused(
    tmp_path: Path, text: str, mode: int, reason: str
) -> None:
    path = tmp_path / "gateway.token"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(BadInput, match=reason):
        token_in(path, lambda: TOKEN)


PATHS = [
    "/signals",
    "/decisions",
    "/orders",
    "/positions",
    "/trades",
    "/events",
    "/trace/x",
    "/stream",
    "/none",
]
WRONG = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": TOKEN},
]


async def test_without_the_token_there_is_nothing_but_health(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        assert (await served.get("/health", headers={}))[0] == 200
        for path in PATHS:
            assert (await served.get(path, headers={}))[0] == 401, path
        for headers in WRONG:
            status, body = await served.get("/signals", headers=headers)
            assert status == 401
            assert TOKEN not in str(body)
        for path in ("/halt", "/resume"):
            assert (await served.post(path, b"{}", Authorization="Bearer no"))[0] == 401
        assert served.asked == []


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8787", "127.0.0.1.evil.example", "", "a@b", "10.1.1.1"]
)
async def test_another_host_is_refused_even_with_the_token(tmp_path: Path, host: str) -> None:
    async with serving(tmp_path) as served:
        assert (await served.get("/health", {**BEARER, "Host": host}))[0] == 421


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8787", "LOCALHOST"])
async def test_the_names_of_this_machine_are_welcome(tmp_path: Path, host: str) -> None:
    async with serving(tmp_path) as served:
        assert (await served.get("/signals", {**BEARER, "Host": host}))[0] == 200


async def test_another_site_is_refused_and_our_own_is_not(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for origin in ("http://evil.example", "null", "https://127.0.0.1"):
            assert (await served.get("/signals", {**BEARER, "Origin": origin}))[0] == 403
            assert (await served.post("/halt", b'{"reason": "x"}', Origin=origin))[0] == 403
        assert (await served.get("/signals", {**BEARER, "Origin": served.gateway.url}))[0] == 200
        assert served.asked == []


def test_only_loopback_addresses_are_loopback() -> None:
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.168.1.4", "example.org", ""))
