"""Alive, ready, measured: the three addresses that a supervisor asks.

`/health` says only that the event loop turns. `/ready` runs the service's checks side by side, two seconds each, and
names those that fail; a check returns None when all is well, else a sentence that says what is missing. It tells no
addresses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel

from shared.platform.web.problems import Problem

Check = Callable[[], Awaitable[str | None]]
CHECK_SECONDS = 2.0


class Health(BaseModel):
    """The event loop turns."""

    status: str


class Readiness(BaseModel):
    """Everything the service needs is there; each check by name. `clock`: system, or row where time is simulated."""

    status: str
    clock: str
    checks: dict[str, str]


class NotReady(Problem):
    """Something that the service needs is away; `checks` says what."""

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


def add_ready_check(app: FastAPI, name: str, check: Check) -> None:
    """Makes `/ready` depend on this check too."""
    app.state.ready_checks[name] = check


async def _run(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check() or "ok"
    except Exception as error:  # noqa: BLE001  # whatever a driver raises means: not ready
        return f"检查未通过：{type(error).__name__}"


def add_probes(app: FastAPI, registry: CollectorRegistry) -> None:
    """Serves `/health`, `/ready` and `/metrics`."""

    @app.get("/health", tags=["operations"])
    async def health() -> Health:
        """Alive."""
        return Health(status="ok")

    @app.get("/ready", tags=["operations"])
    async def ready() -> Readiness:
        """Ready to serve, or 503 with what is missing and why."""
        checks: dict[str, Check] = dict(app.state.ready_checks)
        results = dict(zip(checks, await asyncio.gather(*map(_run, checks.values())), strict=True))
        if any(result != "ok" for result in results.values()):
            raise NotReady(results)
        return Readiness(status="ready", clock=app.state.clock, checks=results)

    @app.get("/metrics", tags=["operations"], response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus text."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
