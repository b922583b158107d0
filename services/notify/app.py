"""The composition root of *notify*: config → store → broker → routes. Nothing else constructs adapters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.notify import config, consumers, projections
from services.notify.application import Notify, timers_of
from services.notify.channels import LogChannel
from services.notify.queries import Queries
from services.notify.web.api import mount_api
from services.notify.web.pages import mount_pages
from shared.event_store.session import Reactions
from shared.messaging.engine import Engine, end
from shared.web.engine_app import ServiceParts, create, serve

PATIENCE = 0.15
"""Seconds that an event may wait for others: a reminder is hours away, or read by a person."""


def create_app(settings: config.Config) -> FastAPI:
    """The whole service as one ASGI application."""
    parts = ServiceParts.open(settings.settings)
    notify = Notify(parts.campaign, parts.clock)
    reactions = Reactions(project=projections.project, publish=lambda *_: (), timers=timers_of)
    engine = Engine(
        settings.settings, parts.clock, reactions, consumers.handlers(notify), notify.fire, parts.registry,
        patience=PATIENCE,
    )  # fmt: skip

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engine.start()
        channel = asyncio.create_task(LogChannel(engine).run())
        try:
            yield
        finally:
            await end([channel])
            await engine.stop()

    app = create(parts, engine, settings.session_public_key, lifespan, Path(__file__).parent / "templates")
    mount_api(app, Queries(engine, parts.campaign), parts.campaign)
    mount_pages(app, parts.campaign, parts.clock)
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = config.read(os.environ)
    serve(create_app(settings), settings.settings)
