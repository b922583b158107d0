"""What is seen of each request from outside: a log line, two metrics, and guarding headers.

Routes are named by their template (`/cases/{case}`), never by the address asked for, so that neither a receipt code
nor an unbounded set of labels arises; give a router's prefix to the router itself, else the template lacks it. No
client address, query string or body is read here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_QUIET = frozenset({"/health", "/ready", "/metrics", "/static/{name}"})
_log = structlog.get_logger("shared.platform.web.access")


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
            self._requests.labels(method, route, f"{status // 100}xx").inc()
            self._seconds.labels(method, route).observe(seconds)
            if route not in _QUIET:
                _log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


class GuardingHeaders:
    """ASGI middleware: headers that every answer carries unless the handler set its own.

    A redirect names a path and never a host: frameworks make one of the `Host` that the request claims, by which a
    cache in between could be made to send others elsewhere. The referrer stays on our own site, not `no-referrer`:
    under that, browsers send `Origin: null` with our own forms.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers: Mapping[str, str] = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            **({"Strict-Transport-Security": "max-age=31536000"} if secure else {}),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if (location := headers.get("location")) is not None:
                    headers["location"] = _on_this_site(location)
                if headers.get("content-type", "") != "application/pdf":  # browsers show a PDF in a page of their own
                    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
            await send(message)

        await self._app(scope, receive, guarded)


def _on_this_site(location: str) -> str:
    """The path, query and fragment of an address. One slash leads: two would begin another host's name."""
    found = urlsplit(location)
    return urlunsplit(("", "", "/" + found.path.lstrip("/\\"), found.query, found.fragment))
