"""Strategy files that misbehave in every way we could think of, and what becomes of each.

`DISABLED`: taken out of service, and the reason says so. `HARMLESS`: what it does stays in its own process.
"""

from __future__ import annotations

HEAD = """
from barfinex.sdk import Bracket, Condition, Strategy, close, ema
import os, sys, time
BRACKET = Bracket(stop=0.01, target=0.02)

def made(up):
    return Strategy(name="hostile", long=[Condition("up", up)], bracket=BRACKET)
"""
CALLED = (
    HEAD
    + """
calls = 0

def up(c):
    global calls
    calls += 1
    if calls > 40:
        {deed}
    return c.close > c.open

strategy = made(up)
"""
)


def when_called(deed: str) -> str:
    return CALLED.format(deed=deed)


AT_LOAD = {
    "syntax error": (HEAD + "strategy = made(\n", "is no Python"),
    "import missing": (HEAD + "import nothing_of_that_name\n", "ModuleNotFoundError"),
    "no strategy": (HEAD + "strategy = 1\n", "defines no strategy"),
    "raises when run": (HEAD + "strategy = made(undefined)\n", "NameError"),
    "loops when run": (HEAD + "while True: pass\n", "takes longer than"),
    "sleeps when run": (HEAD + "time.sleep(600)\n", "takes longer than"),
    "exits when run": (HEAD + "sys.exit(3)\n", "SystemExit"),
    "leaves when run": (HEAD + "os._exit(3)\n", "exit code 3"),
    "kills itself when run": (HEAD + "os.kill(os.getpid(), 9)\n", "signal 9"),
    "allocates when run": (HEAD + "x = bytearray(10 << 30)\n", "MemoryError"),
    "recurses when run": (HEAD + "def f(): f()\nf()\n", "RecursionError"),
    "negative weight": (HEAD + "Condition('up', close > 1, weight=-1)\n", "weight -1"),
    "infinite weight": (HEAD + "Condition('up', close > 1, weight=float('inf'))\n", "weight inf"),
    "huge stop": (HEAD + "Bracket(stop=1e9)\n", "bracket.stop"),
    "odd timeframe": (
        HEAD + "Strategy(name='hostile', long=[], bracket=BRACKET, timeframe='1x')\n",
        "timeframe",
    ),
    "name with a line break": (HEAD + "Strategy(name='a\\nb', long=[], bracket=BRACKET)\n", "is no name"),
    "parameter out of range": (HEAD + "from barfinex.sdk import param\nparam('n', 99, 1, 9)\n", "param('n')"),
}
WHEN_CALLED = {
    "raises": (when_called("raise ValueError('no')"), "ValueError: no"),
    "loops": (when_called("while True: pass"), "no answer within"),
    "sleeps": (when_called("time.sleep(600)"), "no answer within"),
    "exits": (when_called("sys.exit(3)"), "exit code 3"),
    "leaves": (when_called("os._exit(3)"), "exit code 3"),
    "kills itself": (when_called("os.kill(os.getpid(), 9)"), "signal 9"),
    "allocates": (when_called("x = bytearray(10 << 30)"), "MemoryError"),
    "gives nothing": (when_called("return None"), "BadScore"),
    "gives text": (when_called("return 'buy'"), "BadScore"),
    "gives NaN": (when_called("return c.close * float('nan')"), "not in [0, 1]"),
    "gives infinity": (when_called("return c.close / 0.0"), "not in [0, 1]"),
    "gives too few": (when_called("return c.close[:0]"), "BadScore"),
    "gives too much": (when_called("return c.close * 1000"), "not in [0, 1]"),
    "writes into candles": (when_called("c.close[:] = 1.0"), "read-only"),
    "answers in our place": (when_called("os.write(int(sys.argv[3]), b'x' * 4096)"), "says"),
    "closes the line": (when_called("os.close(int(sys.argv[3]))"), "ended"),
}
HARMLESS = {
    "prints a flood": when_called("print('x' * 1_000_000); sys.stderr.write('y' * 1_000_000)"),
    "injects a log": when_called("print('\\x1b[2J CRITICAL all is lost')"),
    "starts threads": when_called(
        "import threading; threading.Thread(target=lambda: time.sleep(9), daemon=True).start()"
    ),
    "forks": when_called("os.fork() or os._exit(0)"),
    "patches the SDK": when_called("import barfinex.sdk.operators as o; o.Ema.step = None"),
    "patches numpy": when_called("import numpy; numpy.isfinite = None"),
    "changes the folder": when_called("os.chdir('/')"),
    "opens a socket": when_called("import socket; socket.socket().close()"),
    "writes a module's state": when_called("import barfinex.detector.scoring as s; s.PIECE = 1"),
}
