"""The composition root of *assessment*: config → store → broker → routes. Nothing else constructs adapters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.assessment import config, consumers, projections
from services.assessment.application import Assessment, timers_of
from services.assessment.domain.errors import NotOwed
from services.assessment.publishers import Publisher
from services.assessment.queries import Queries
from services.assessment.rules.schedule import Schedule
from services.assessment.web.api import mount_api
from services.assessment.web.figures import Rankings
from services.assessment.web.pages import Page, mount_pages
from services.assessment.web.requests import Gate
from shared.kernel.composition import ServiceParts, create, serve
from shared.kernel.contracts import public_contracts
from shared.platform.event_store.lane import Contended, Unavailable
from shared.platform.event_store.session import Reactions
from shared.platform.messaging.engine import Engine, end

PATIENCE = 0.15
"""Seconds that an event may wait for others: counts are looked at by people."""
AGAIN, LATER = 0.5, 5.0
"""Seconds until the filings are asked for again: while the database is away; while nothing is to come (a simulation
sets its clock after the start)."""


def create_app(settings: config.Config) -> FastAPI:
    """The whole service as one ASGI application."""
    parts = ServiceParts.open(settings.settings)
    assessment = Assessment(parts.campaign, Schedule(parts.campaign))
    publish = Publisher(parts.campaign).publish
    reactions = Reactions(project=projections.project, publish=publish, timers=timers_of)
    engine = Engine(
        settings.settings, parts.clock, reactions, consumers.handlers(), assessment.fire, parts.registry,
        public_contracts("assessment"), patience=PATIENCE,
    )  # fmt: skip

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engine.start()
        opening = asyncio.create_task(_open_filings(engine, assessment))
        try:
            yield
        finally:
            await end([opening])
            await engine.stop()

    app = create(parts, engine, settings.session_public_key, lifespan, Path(__file__).parent / "templates")
    queries = Queries(engine, parts.campaign)
    gate = Gate(engine, assessment, queries)
    rankings = Rankings(queries, gate)
    mount_api(app, queries, gate, rankings)
    mount_pages(app, Page(queries, gate, rankings))
    return app


async def _open_filings(engine: Engine, assessment: Assessment) -> None:
    """Ask for the papers of the campaign once per version of it: the command's key remembers that it was done."""
    campaign = assessment.campaign
    key = f"filings:{campaign.id}:{campaign.version}"
    while True:
        try:
            await engine.submit(lambda session: assessment.open_filings(session, engine.clock.now()), key=key)
        except (Unavailable, Contended):
            await asyncio.sleep(AGAIN)
        except NotOwed:
            await asyncio.sleep(LATER)
        else:
            return


def main() -> None:
    """Serve until told to stop."""
    settings = config.read(os.environ)
    serve(create_app(settings), settings.settings)
