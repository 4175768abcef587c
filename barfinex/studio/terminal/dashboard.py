"""The live dashboard: folds the stream, draws four times a second, listens to the keys."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from rich.console import Console
from rich.live import Live
from rich.text import Text

from barfinex.events.base import Envelope
from barfinex.events.catalog import CATALOG
from barfinex.studio.client import Client, Denied, Link, Unreachable
from barfinex.studio.projection import Projection
from barfinex.studio.tail import DETAILS, is_detail, line
from barfinex.studio.terminal.screen import View, render

REFRESH_S = 0.25
LOG_KEPT = 200
SURE_S = 3.0


class Dashboard:
    """One person's view of one run."""

    def __init__(self, client: Client, console: Console) -> None:
        self._client, self._console = client, console
        self._state = Projection()
        self._log: deque[Text] = deque(maxlen=LOG_KEPT)
        self._link = Link()
        self.view = View(self._link, self._log)
        self.is_done = False
        self._asked_at = -SURE_S
        self._noted_at = 0.0

    async def run(self) -> None:
        """Until the person leaves. Raises Denied when the gateway does not let us in."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._follow)
            with Live(console=self._console, screen=True, auto_refresh=False) as live, _keys() as keyboard:
                while not self.is_done:
                    self._draw(live)
                    key = await _key(keyboard)
                    if key:
                        await self.press(key)
            group.cancel_scope.cancel()

    async def _follow(self) -> None:
        shown = set(Projection.consumes()) | (set(CATALOG.values()) - DETAILS)
        await self._client.follow(self.see, self._link, shown)

    def see(self, envelope: Envelope) -> None:
        """Take an event in."""
        self._state.apply(envelope)
        if not is_detail(envelope):
            self._log.append(line(envelope))

    def _draw(self, live: Live) -> None:
        view, now = self.view, anyio.current_time()
        view.now_s = now
        if now - self._noted_at > SURE_S:
            view.note = ""
        live.update(render(self._state, view, *self._console.size), refresh=True)

    async def press(self, key: str) -> None:
        """Do what a key stands for; most stand for nothing."""
        if key in ("q", "\x03"):
            self.is_done = True
        elif key == "\t":
            self.view.chosen += 1
        elif key == "H":
            await self._halt()

    async def _halt(self) -> None:
        """A second press within `SURE_S` halts: one slip of a finger does not."""
        now = anyio.current_time()
        if now - self._asked_at > SURE_S:
            self._asked_at = now
            self._note("press H again to halt all entries; exits and protection go on")
            return
        try:
            answered = await self._client.post("/halt", {"reason": "halted from the terminal"})
        except (Unreachable, Denied) as error:
            self._note(f"NOT halted: {error}. Run `barfinex halt --reason …`, which also leaves a HALT file")
        else:
            self._note("halted" if answered["confirmed"] else "halt requested, not confirmed yet")

    def _note(self, text: str) -> None:
        self.view.note, self._noted_at = text, anyio.current_time()


@contextmanager
def _keys() -> Iterator[int | None]:
    """The keyboard's descriptor, each key at once and unseen; None when there is no keyboard."""
    if not sys.stdin.isatty():
        yield None
        return
    import termios
    import tty

    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)
    tty.setcbreak(handle)
    try:
        yield handle
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


async def _key(keyboard: int | None) -> str:
    """The next key, or nothing when the time to draw has come."""
    with anyio.move_on_after(REFRESH_S):
        if keyboard is None:
            await anyio.sleep_forever()
        else:
            await anyio.wait_readable(keyboard)
            return os.read(keyboard, 1).decode(errors="ignore")
    return ""
