"""The composition root of *notify*: config → store → broker → routes. Nothing else constructs adapters."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from uuid import UUID

from fastapi import FastAPI

from services.notify import config, consumers
from services.notify.channels.log import LogChannel
from services.notify.channels.mail import MailChannel
from services.notify.channels.smtp import Outcome
from services.notify.handlers.heard import Heard, timers_of
from services.notify.handlers.mailing import Mailing
from services.notify.handlers.taking_back import TakingBack
from services.notify.handlers.weeks import Weeks
from services.notify.projections import PROJECTOR
from services.notify.publishers import publisher_of
from services.notify.queries.board import BoardQueries
from services.notify.queries.disclosures import DisclosureQueries
from services.notify.queries.reminders import ReminderQueries
from services.notify.rules.reminding import mail_goes_out_by_day
from services.notify.web.api import mount_api
from services.notify.web.drafts import Drafts, mount_drafts
from services.notify.web.notices import mount_notices
from services.notify.web.pages import mount_pages
from services.notify.web.restored import facts_of
from shared.kernel.commands import Setting, dispatch_of
from shared.kernel.composition import Service, create, reading_of, serve
from shared.kernel.restored import Kind, Restored

PATIENCE = 0.15
"""Seconds that an event may wait for others: a reminder is hours away, or read by a person."""

KINDS: dict[str, Kind] = {
    "notify.CaseFollowed": ("一件交办件的提醒", "/cases/{}"),
    "notify.NoticeQueued": ("通知", None),
    "notify.DisclosureDrafted": ("信息公开", "/public/drafts/{}"),
}
"""What is taken back or left to people, and where it is seen."""


def create_app(settings: config.Config) -> FastAPI:
    """The whole service as one ASGI application."""
    service = Service.open(settings.settings)
    campaign, clock, public_url = service.campaign, service.clock, settings.settings.public_url
    mailing = Mailing(campaign, clock, by_mail=settings.mail is not None)
    heard = Heard(campaign, clock, mailing)
    engine = service.engine(
        PROJECTOR, publisher_of(campaign), timers_of, consumers.handlers(heard), heard.fire, patience=PATIENCE,
        take_back=TakingBack(campaign, clock),
    )  # fmt: skip

    async def record(reminder: UUID, outcome: Outcome) -> None:
        await engine.submit(lambda session: mailing.record(session, reminder, outcome))

    channels: list[LogChannel | MailChannel] = [LogChannel(engine)]
    if settings.mail is not None:
        addresses = {person.id: person.email for person in campaign.people if person.email is not None}
        by_day = partial(mail_goes_out_by_day, campaign)
        channels.append(MailChannel(engine, settings.mail, addresses, record, public_url, by_day, service.registry))
    app = create(
        service, engine, settings.session_public_key, Path(__file__).parent,
        beside=[*(channel.run for channel in channels), partial(Weeks(campaign).ask_for, engine)],
    )  # fmt: skip
    dispatch = dispatch_of(engine, Setting(campaign), ("director",))
    reading = reading_of(engine, campaign)
    reminders, disclosures = ReminderQueries(reading), DisclosureQueries(reading)
    mount_api(app, dispatch, reminders, disclosures)
    restored = Restored(engine, campaign, KINDS, facts_of(engine, campaign))
    restored.mount(app)
    mount_notices(app, reminders, campaign, clock, restored)
    mount_drafts(app, Drafts(dispatch, disclosures))
    mount_pages(app, BoardQueries(reading), campaign, clock, public_url)
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = config.read(os.environ)
    serve(create_app(settings), settings.settings)
