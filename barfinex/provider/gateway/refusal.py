"""Every answer that is a no: {"error": …} with the right status, and never a traceback."""

from __future__ import annotations

import logging

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from barfinex.domain.errors import BadInput

log = logging.getLogger(__name__)


class Refusal(Exception):
    """A request is answered with an error: HTTP status and reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def answer(document: object, status: int = 200) -> web.Response:
    """Plain data as JSON; nobody may keep a copy of it."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    body = orjson.dumps(document, default=str)
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def plain_errors() -> Middleware:
    """A middleware that turns whatever a handler raises into such an answer."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            response = answer({"error": refusal.reason}, refusal.status)
            if refusal.status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
        except BadInput as error:
            return answer({"error": str(error)}, 400)
        except web.HTTPException as error:
            return answer({"error": error.reason.lower()}, error.status)
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            log.exception("gateway: %s %s failed", request.method, request.path)
            return answer({"error": "internal fault; the log of the run says more"}, 500)

    return guard
