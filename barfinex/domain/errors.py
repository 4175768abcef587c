"""The one error a person is meant to read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)  # Not frozen: Python writes a traceback into an exception that passes a context manager.
class BadInput(Exception):
    """Something a person gave is wrong: `where` (file, key or row), why, and what to do about it.

    The command line prints it without a traceback and exits with 2.
    """

    where: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}. {self.remedy}"
