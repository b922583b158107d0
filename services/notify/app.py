"""The composition root of *notify*: config → store → broker → routes. Nothing else constructs adapters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from fastapi import FastAPI

from services.notify import config, consumers, projections
from services.notify.application import Notify, timers_of
from services.notify.channels.log import LogChannel
from services.notify.channels.mail import MailChannel
from services.notify.channels.smtp import Outcome
from services.notify.publishers import Publisher
from services.notify.queries.board import BoardQueries
from services.notify.queries.disclosures import DisclosureQueries
from services.notify.queries.reading import Reading
from services.notify.queries.reminders import ReminderQueries
from services.notify.web.api import mount_api
from services.notify.web.drafts import Drafts, mount_drafts
from services.notify.web.notices import mount_notices
from services.notify.web.pages import mount_pages
from services.notify.web.requests import Gate
from shared.kernel.composition import ServiceParts, create, serve
from shared.kernel.contracts import public_contracts
from shared.platform.event_store.session import Reactions
from shared.platform.messaging.engine import Engine, end

PATIENCE = 0.15
"""Seconds that an event may wait for others: a reminder is hours away, or read by a person."""


def create_app(settings: config.Config) -> FastAPI:
    """The whole service as one ASGI application."""
    parts = ServiceParts.open(settings.settings)
    notify = Notify(parts.campaign, parts.clock, by_mail=settings.mail is not None)
    publish = Publisher(parts.campaign).publish
    reactions = Reactions(project=projections.project, publish=publish, timers=timers_of)
    engine = Engine(
        settings.settings, parts.clock, reactions, consumers.handlers(notify), notify.fire, parts.registry,
        public_contracts("notify"), patience=PATIENCE,
    )  # fmt: skip

    async def record(reminder: UUID, outcome: Outcome) -> None:
        if outcome.error is None:
            await engine.submit(lambda session: notify.mail_went_out(session, reminder, outcome.refused))
        else:
            reason = outcome.error
            await engine.submit(lambda session: notify.mail_did_not_go_out(session, reminder, reason))

    channels: list[LogChannel | MailChannel] = [LogChannel(engine)]
    if settings.mail is not None:
        addresses = {person.id: person.email for person in parts.campaign.people if person.email is not None}
        public_url = settings.settings.public_url
        channels.append(MailChannel(engine, settings.mail, addresses, record, public_url, parts.registry))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engine.start()
        ways_out = [asyncio.create_task(channel.run()) for channel in channels]
        try:
            yield
        finally:
            await end(ways_out)
            await engine.stop()

    app = create(parts, engine, settings.session_public_key, lifespan, Path(__file__).parent / "templates")
    reading = Reading(engine, parts.campaign)
    gate, disclosures = Gate(engine, notify), DisclosureQueries(reading)
    reminders = ReminderQueries(reading)
    mount_api(app, gate, reminders, disclosures, parts.campaign)
    mount_notices(app, reminders, parts.campaign, parts.clock)
    mount_drafts(app, Drafts(gate, disclosures, notify.disclosing, parts.campaign, parts.clock))
    mount_pages(app, BoardQueries(reading), parts.campaign, parts.clock, settings.settings.public_url)
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = config.read(os.environ)
    serve(create_app(settings), settings.settings)
