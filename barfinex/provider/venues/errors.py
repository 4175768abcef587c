"""What a venue answers when it does not say yes, as it came."""

from __future__ import annotations

from typing import Literal

ErrorKind = Literal["transport", "http", "venue"]


class VenueError(Exception):
    """Anything but success.

    `kind`: "transport" (no answer: timeout, reset, DNS, TLS), "http" (a `status` and a body that is no answer
    of the venue's own) or "venue" (its own `code` and message). `retry_after_ms`: for how long to leave it
    alone. `sent` is False only when it is proven that nothing has left.
    """

    def __init__(
        self,
        message: str = "",
        kind: ErrorKind = "transport",
        *,
        status: int | None = None,
        code: int | str | None = None,
        retry_after_ms: int | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.kind, self.status, self.code = kind, status, code
        self.retry_after_ms, self.sent = retry_after_ms, sent
