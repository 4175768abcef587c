"""Messages between the Detector and a worker: a JSON head and raw arrays, over a pair of pipes.

A frame is its length (8 bytes, little endian), the head's length (4 bytes), the head, and the arrays' bytes.
"""

from __future__ import annotations

import os
import select
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from barfinex.clock import stopwatch_ns
from barfinex.sdk.expressions import Array

FRAME_MAX = 1 << 28
CHUNK = 1 << 20


class Gone(Exception):
    """The other side has ended, or says what is no message."""


class Late(Exception):
    """No answer came in time."""


class Wire:
    """One end: reads from one descriptor and writes to another."""

    def __init__(self, reads: int, writes: int) -> None:
        self._reads, self._writes = reads, writes

    def send(self, head: dict[str, Any], arrays: Sequence[Array] = (), within_s: float | None = None) -> None:
        """Raises Gone, Late."""
        shapes = [[one.dtype.str, list(one.shape)] for one in arrays]
        text = orjson.dumps({**head, "arrays": shapes})
        data = [np.ascontiguousarray(one).tobytes() for one in arrays]
        whole = b"".join([struct.pack("<I", len(text)), text, *data])
        self._write(struct.pack("<Q", len(whole)) + whole, within_s)

    def receive(self, within_s: float | None = None) -> tuple[dict[str, Any], list[Array]]:
        """The next message. Raises Gone, Late."""
        until = None if within_s is None else stopwatch_ns() + round(within_s * 1e9)
        (size,) = struct.unpack("<Q", self._read(8, until))
        if not 4 <= size <= FRAME_MAX:
            raise Gone(f"it says {size} bytes at once")
        whole = memoryview(self._read(size, until))
        (length,) = struct.unpack("<I", whole[:4])
        try:
            head = orjson.loads(whole[4 : 4 + length])
            arrays, at = [], 4 + length
            for kind, shape in head.pop("arrays"):
                dtype = np.dtype(kind)
                count = int(np.prod(shape, dtype=np.int64))
                arrays.append(np.frombuffer(whole, dtype, count, at).reshape(shape))
                at += count * dtype.itemsize
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Gone(f"it says what is no message: {error}") from error
        return head, arrays

    def _write(self, data: bytes, within_s: float | None) -> None:
        until = None if within_s is None else stopwatch_ns() + round(within_s * 1e9)
        rest = memoryview(data)
        while rest:  # bound: each turn writes some of it, or ends late
            self._wait(self._writes, until, writes=True)
            try:
                rest = rest[os.write(self._writes, rest[:CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Gone("its process has ended") from error

    def _read(self, size: int, until: int | None) -> bytes:
        found = bytearray()
        while len(found) < size:  # bound: each turn reads some of it, or ends late
            self._wait(self._reads, until, writes=False)
            part = os.read(self._reads, min(CHUNK, size - len(found)))
            if not part:
                raise Gone("its process has ended")
            found += part
        return bytes(found)

    @staticmethod
    def _wait(descriptor: int, until: int | None, *, writes: bool) -> None:
        if until is None:
            return
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT if writes else select.POLLIN)
        if not poll.poll(max(0, (until - stopwatch_ns()) // 1_000_000)):
            raise Late("no answer in time")
