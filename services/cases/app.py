"""The composition root of *cases*: config → store → broker → routes. Nothing else constructs adapters."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI

from services.cases import config, consumers
from services.cases.access.accounts import Accounts
from services.cases.handlers.forgetting import NUMBERED, TRANSFERRED, Forgetting
from services.cases.handlers.heard import Heard, timers_of
from services.cases.handlers.taking_back import TakingBack
from services.cases.projections import PROJECTOR
from services.cases.publishers import publisher_of
from services.cases.queries import Queries, own_group
from services.cases.web.access import mount_access
from services.cases.web.api import mount_api
from services.cases.web.desk import facts_of
from services.cases.web.page import Page
from services.cases.web.pages import mount_pages
from services.cases.web.tour import mount_tour
from shared.kernel.commands import Setting, dispatch_of
from shared.kernel.composition import Service, create, reading_of, serve
from shared.kernel.restored import Kind, Restored
from shared.kernel.roles import ROLES
from shared.platform.event_store.row_clock import RowClock
from shared.platform.web.session import SessionSigner

KINDS: dict[str, Kind] = dict.fromkeys(("cases.CaseOpened", TRANSFERRED, NUMBERED), ("交办件", "/cases/{}"))
"""What is taken back or left to people, and where it is seen."""


def create_app(settings: config.Config) -> FastAPI:
    """The whole service as one ASGI application."""
    service = Service.open(settings.settings)
    heard = Heard(service.campaign, service.clock)
    engine = service.engine(
        PROJECTOR, publisher_of(service.campaign), timers_of, consumers.handlers(heard), heard.fire,
        take_back=TakingBack(service.campaign, service.clock), remember=Forgetting(service.campaign, service.clock),
    )  # fmt: skip
    accounts = Accounts(settings.settings.access_dsn, settings.address_pepper)
    app = create(service, engine, settings.session_public_key, Path(__file__).parent, before=[accounts])
    dispatch = dispatch_of(engine, Setting(service.campaign), ("director", "principal"))
    reading = reading_of(engine, service.campaign, lambda viewer: {"bihuan.own": own_group(viewer)})
    queries = Queries(reading, {person.id: person.name for person in service.campaign.people})
    mount_api(app, dispatch, queries)
    restored = Restored(engine, service.campaign, KINDS, facts_of(queries, service.campaign))
    restored.mount(app)
    page = Page(dispatch, queries, restored)
    mount_pages(app, page)
    if isinstance(service.clock, RowClock):
        mount_tour(app, page, engine.own_pool)
    mount_access(app, accounts, SessionSigner(settings.session_private_key, ROLES))
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = config.read(os.environ)
    serve(create_app(settings), settings.settings)
