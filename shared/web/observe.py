"""What is seen of each request from outside: a log line, two metrics, and guarding headers.

Routes are named by their template (`/cases/{case}`), never by the address asked for, so that neither a receipt code
nor an unbounded set of labels arises; give a router's prefix to the router itself, else the template lacks it. No
client address, query string or body is read here.
"""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.logs import write_line

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_QUIET = frozenset({"/health", "/ready", "/metrics", "/static/{name}"})


def route_of(scope: Scope) -> str:
    """The template of the route that answered, or `unmatched`."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "unmatched"


class Observed:
    """ASGI middleware: times each request, counts it by (method, route, status class), logs one line."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._requests = Counter(
            "bihuan_http_requests", "HTTP requests answered.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "bihuan_http_request_seconds",
            "Seconds until an HTTP request was answered in full.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._counters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - began
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route = route_of(scope)
            requests, duration = self._counting(method, route, status // 100)
            requests.inc()
            duration.observe(seconds)
            if route not in _QUIET:
                write_line(
                    "shared.web.access", "request", method=method, route=route, status=status,
                    ms=round(seconds * 1000, 1),
                )  # fmt: skip

    def _counting(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        """The two metrics with their labels; looking labels up costs several times what counting does."""
        found = self._counters.get((method, route, status))
        if found is None:
            found = self._requests.labels(method, route, f"{status}xx"), self._seconds.labels(method, route)
            self._counters[method, route, status] = found
        return found


class GuardingHeaders:
    """ASGI middleware: headers that every answer carries unless the handler set its own.

    The referrer stays on our own site, not `no-referrer`: under that, browsers send `Origin: null` with our own forms.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            *([(b"strict-transport-security", b"max-age=31536000")] if secure else []),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = dict(message["headers"])  # lower case, as ASGI wants them
                add = [header for header in self._headers if header[0] not in given]
                pdf = given.get(b"content-type") == b"application/pdf"  # browsers show it in a page of their own
                if not pdf and _POLICY[0] not in given:
                    add.append(_POLICY)
                message["headers"] = [*message["headers"], *add]
            await send(message)

        await self._app(scope, receive, guarded)
