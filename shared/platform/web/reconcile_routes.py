"""The bus and the database compared by HTTP, at once and in full; mounted by every service, for administrators."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import nats.errors
import nats.js.errors
import psycopg
import structlog
from fastapi import APIRouter, Depends, FastAPI
from psycopg_pool import PoolTimeout
from typing_extensions import TypedDict

from shared.platform.event_store.lane import Unavailable
from shared.platform.messaging.engine import Engine
from shared.platform.web import problems
from shared.platform.web.session import Viewer, require_role

Administrator = Annotated[Viewer, Depends(require_role("admin"))]
_AWAY = (psycopg.Error, PoolTimeout, nats.errors.Error, nats.js.errors.Error, Unavailable, TimeoutError, OSError)
log = structlog.get_logger("reconcile")


class ComparedFeed(TypedDict):
    """How many events the bus must hold; how many it lacks, or has with other bytes alone; how many went out again."""

    events: int
    missing: int
    different: int
    republished: int


class Reconciled(TypedDict):
    """Both feeds of a service; `equal`: nothing was missing and nothing different."""

    public: ComparedFeed
    internal: ComparedFeed
    equal: bool


def mount_reconcile(app: FastAPI, engine: Engine) -> None:
    """Serve `/api/<service>/v1/reconcile`."""
    router = APIRouter(prefix=f"/api/{engine.settings.service}/v1/reconcile", tags=["operations"])

    @router.post("", response_model=Reconciled)
    async def reconcile(_: Administrator) -> dict[str, Any]:
        """Compare all events of this service on the bus with the database, and send again what is missing or different.

        It answers when it is done. Safe to repeat.
        """
        try:
            found = await engine.reconciler.compare_now()
        except _AWAY as error:
            log.warning("comparing interrupted", error=f"{type(error).__name__}: {error}")
            raise problems.ServiceUnavailable("总线或数据库没有回答，未能核对。请在 {seconds} 秒后重试。") from error
        equal = not any(one.republished for one in found.values())
        return {**{name: msgspec.to_builtins(one) for name, one in found.items()}, "equal": equal}

    app.include_router(router)
