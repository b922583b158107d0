"""Alive, ready, measured: the three addresses that a supervisor asks.

`/health` says only that the event loop turns. `/ready` runs the service's checks side by side and names those that
fail; a check returns None when all is well, else a sentence that says what is missing. It tells no addresses. A check
that has not ended after CHECK_SECONDS is told as such and left alone, for to cancel what hangs may hang as well; it is
not begun a second time before it has ended. `/metrics` runs them too: `bihuan_ready` says how each ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel

from shared.platform.web.problems import Problem

Check = Callable[[], Awaitable[str | None]]
CHECK_SECONDS = 1.0
"""Whoever asks is to have his answer within two, from a busy process too."""


class Health(BaseModel):
    """The event loop turns."""

    status: str


class Readiness(BaseModel):
    """Everything the service needs is there; each check by name. `clock`: system, or row where time is simulated."""

    status: str
    clock: str
    checks: dict[str, str]


class NotReady(Problem):
    """Something that the service needs is away or stands still; `checks` says what and why."""

    status = 503
    type = "not-ready"
    title = "服务尚未就绪"

    def __init__(self, checks: dict[str, str]) -> None:
        missing = "、".join(name for name, result in checks.items() if result != "ok")
        super().__init__(
            "尚未就绪：{missing}。请查看这些依赖是否在运行。",
            values={"missing": missing},
            headers={"Retry-After": "1"},
            checks=checks,
        )


class Checks:
    """What `/ready` depends on, by name."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._checks: dict[str, Check] = {}
        self._running: dict[str, asyncio.Task[str]] = {}
        self._gauge = Gauge("bihuan_ready", "Whether a check of readiness passed", ["check"], registry=registry)

    def add(self, name: str, check: Check) -> None:
        """One more."""
        self._checks[name] = check

    async def run(self) -> dict[str, str]:
        """How each ends: "ok", or what is missing. Within CHECK_SECONDS."""
        for name, check in self._checks.items():
            if name not in self._running:
                self._running[name] = asyncio.create_task(_run(check))
        running = dict(self._running)
        if running:
            await asyncio.wait(running.values(), timeout=CHECK_SECONDS)
        results = {}
        for name in self._checks:
            if (task := running[name]).done():
                results[name] = task.result()
                self._running.pop(name, None)
            else:
                results[name] = "检查未在限时内完成"
            self._gauge.labels(name).set(results[name] == "ok")
        return results


def add_ready_check(app: FastAPI, name: str, check: Check) -> None:
    """Makes `/ready` depend on this check too."""
    app.state.ready_checks.add(name, check)


async def _run(check: Check) -> str:
    try:
        return await check() or "ok"
    except Exception as error:  # noqa: BLE001  # whatever a driver raises means: not ready
        return f"检查未通过：{type(error).__name__}"


def add_probes(app: FastAPI, registry: CollectorRegistry) -> None:
    """Serves `/health`, `/ready` and `/metrics`."""
    checks = app.state.ready_checks = Checks(registry)

    @app.get("/health", tags=["operations"])
    async def health() -> Health:
        """Alive."""
        return Health(status="ok")

    @app.get("/ready", tags=["operations"])
    async def ready() -> Readiness:
        """Ready to serve, or 503 with what is missing and why."""
        results = await checks.run()
        if any(result != "ok" for result in results.values()):
            raise NotReady(results)
        return Readiness(status="ready", clock=app.state.clock, checks=results)

    @app.get("/metrics", tags=["operations"], response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus text."""
        await checks.run()
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
