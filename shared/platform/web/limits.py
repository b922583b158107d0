"""How long a request body may be, decided before anything runs.

A declared length over the limit is refused at once. Bytes are counted too, since the length may be missing (chunked)
or a lie: when they pass the limit, the application sees a client that went away and whatever it answers is replaced
by the refusal. Limit: a handler that acts before it has read its body has acted; none of ours does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import Request
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.platform.web.problem_handlers import problem_response
from shared.platform.web.problems import BadRequest, PayloadTooLarge, Problem

MIB = 1 << 20
DEFAULT_LIMIT = 1 * MIB


class BodyLimits:
    """ASGI middleware: `default` bytes, and more for the route templates in `larger` (first match)."""

    def __init__(self, app: ASGIApp, default: int = DEFAULT_LIMIT, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._default = default
        self._larger: list[tuple[re.Pattern[str], int]] = [
            (compile_path(template)[0], limit) for template, limit in (larger or {}).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next((limit for pattern, limit in self._larger if pattern.match(scope["path"])), self._default)
        request = Request(scope)
        refusal = _refusal_by_header(request, limit)
        if refusal is not None:
            await problem_response(request, refusal)(scope, receive, send)
            return
        counted = _Counted(limit, receive, send)
        try:
            await self._app(scope, counted.receive, counted.send)
        except Exception:
            if not counted.exceeded or counted.started:
                raise  # else it is only the application's own view of the client that "went away"
        if counted.exceeded and not counted.started:
            await problem_response(request, PayloadTooLarge(limit))(scope, receive, send)


def _refusal_by_header(request: Request, limit: int) -> Problem | None:
    declared = request.headers.get("content-length")
    if declared is None:
        return None
    if not declared.isascii() or not declared.isdigit():
        return BadRequest("请求头 Content-Length 不是数字，请更正后重试。")
    return PayloadTooLarge(limit) if int(declared) > limit else None


class _Counted:
    """One request's channels: counts what comes in, and holds back the answer once it is too much."""

    def __init__(self, limit: int, receive: Receive, send: Send) -> None:
        self._limit, self._receive, self._send = limit, receive, send
        self._bytes = 0
        self.exceeded = False
        self.started = False

    async def receive(self) -> Message:
        if self.exceeded:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            if self._bytes > self._limit:
                self.exceeded = True
                return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        if self.exceeded and not self.started:
            return
        self.started = self.started or message["type"] == "http.response.start"
        await self._send(message)
