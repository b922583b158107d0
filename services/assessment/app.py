"""The composition root of *assessment*: config → store → broker → routes. Nothing else constructs adapters."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI

from services.assessment import config, consumers
from services.assessment.queries import Queries
from services.assessment.web.api import mount_api
from services.assessment.web.pages import mount_pages
from shared.event_store.session import Reactions, Session
from shared.event_store.unit_of_work import Timer
from shared.messaging.engine import Engine
from shared.web.engine_app import ServiceParts, create, serve

PATIENCE = 0.15
"""Seconds that an event may wait for others: counts are looked at by people."""


class UnexpectedTimer(RuntimeError):
    """A timer fell due in a service that sets none."""


def create_app(settings: config.Config) -> FastAPI:
    """The whole service as one ASGI application."""
    parts = ServiceParts.open(settings.settings)
    reactions = Reactions(project=lambda _: (), publish=lambda *_: (), timers=lambda _: {})  # no events of its own yet
    engine = Engine(
        settings.settings, parts.clock, reactions, consumers.handlers(), _no_timer, parts.registry, patience=PATIENCE
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engine.start()
        try:
            yield
        finally:
            await engine.stop()

    app = create(parts, engine, settings.session_public_key, lifespan, Path(__file__).parent / "templates")
    queries = Queries(engine, parts.campaign)
    mount_api(app, queries)
    mount_pages(app, queries, parts.campaign, parts.clock)
    return app


def _no_timer(_: Session, timer: Timer, __: datetime) -> None:
    raise UnexpectedTimer(f"{timer.kind} of {timer.stream}")


def main() -> None:
    """Serve until told to stop."""
    settings = config.read(os.environ)
    serve(create_app(settings), settings.settings)
