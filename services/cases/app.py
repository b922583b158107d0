"""The composition root of *cases*: config → store → broker → routes. Nothing else constructs adapters."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.cases import config, consumers, projections, publishers
from services.cases.access import Accounts
from services.cases.application import Cases, timers_of
from services.cases.queries import Queries
from services.cases.web.access import mount_access
from services.cases.web.api import mount_api
from services.cases.web.pages import Page, mount_pages
from services.cases.web.requests import Gate
from shared.kernel.composition import ServiceParts, create, serve
from shared.kernel.contracts import public_contracts
from shared.kernel.roles import ROLES
from shared.platform.event_store.session import Reactions
from shared.platform.messaging.engine import Engine
from shared.platform.web.session import SessionSigner


def create_app(settings: config.Config) -> FastAPI:
    """The whole service as one ASGI application."""
    parts = ServiceParts.open(settings.settings)
    cases = Cases(parts.campaign, parts.clock)
    publish = publishers.Publisher(parts.campaign).publish
    reactions = Reactions(project=projections.project, publish=publish, timers=timers_of)
    engine = Engine(
        settings.settings, parts.clock, reactions, consumers.handlers(cases), cases.fire, parts.registry,
        public_contracts("cases"),
    )  # fmt: skip
    accounts = Accounts(settings.settings.access_dsn)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await accounts.open()
        await engine.start()
        try:
            yield
        finally:
            await engine.stop()
            await accounts.close()

    app = create(parts, engine, settings.session_public_key, lifespan, Path(__file__).parent / "templates")
    queries = Queries(engine, parts.campaign)
    gate = Gate(engine, cases)
    mount_api(app, gate, queries, parts.campaign, parts.clock)
    mount_pages(app, Page(engine, gate, queries, parts.campaign))
    mount_access(app, accounts, SessionSigner(settings.session_private_key, ROLES))
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = config.read(os.environ)
    serve(create_app(settings), settings.settings)
