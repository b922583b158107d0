"""The composition root of *assessment*: config → store → broker → routes. Nothing else constructs adapters."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI

from services.assessment import config
from services.assessment.consumers import handlers
from services.assessment.counting import Keeper
from services.assessment.figures import FiguresRead
from services.assessment.handlers.contradicting import Contradictions, HeardOfCases
from services.assessment.handlers.heard import Heard, timers_of
from services.assessment.handlers.setting import AssessmentSetting
from services.assessment.projections import PROJECTOR
from services.assessment.publishers import publisher_of
from services.assessment.queries import Queries
from services.assessment.rules import measures
from services.assessment.rules.schedule import Schedule
from services.assessment.web.api import mount_api
from services.assessment.web.figures import Rankings
from services.assessment.web.pages import Page, mount_pages
from shared.kernel.commands import dispatch_of
from shared.kernel.composition import Service, create, reading_everything, reading_of, serve
from shared.kernel.restored import Restored
from shared.platform.web.readiness import add_ready_check

PATIENCE = 0.15
"""Seconds that an event may wait for others: counts are looked at by people."""


def create_app(settings: config.Config) -> FastAPI:
    """The whole service as one ASGI application."""
    service = Service.open(settings.settings)
    campaign, schedule = service.campaign, Schedule(service.campaign)
    heard = Heard(campaign, schedule)
    counting = measures.Counting.of(campaign)
    reactions = handlers(HeardOfCases(Contradictions(campaign, schedule, counting.names), service.clock))
    engine = service.engine(PROJECTOR, publisher_of(campaign), timers_of, reactions, heard.fire, patience=PATIENCE)
    keeper = Keeper(engine, counting)
    app = create(
        service, engine, settings.session_public_key, Path(__file__).parent,
        beside=[lambda: heard.ask_for_papers(engine), keeper.run],
    )  # fmt: skip
    add_ready_check(app, "figures", keeper.ready)
    everything = reading_everything(engine)
    figures = FiguresRead(keeper, everything, counting, schedule)
    queries = Queries(reading_of(engine, campaign), everything, figures, campaign)
    setting = AssessmentSetting(campaign, schedule, counting, service.clock, figures)
    dispatch = dispatch_of(engine, setting, ("director", "principal", "group"))
    rankings = Rankings(queries, figures, setting)
    mount_api(app, dispatch, queries, rankings)
    Restored(engine, campaign).mount(app)  # before the pages: `/assessment/{unit}/…`
    mount_pages(app, Page(dispatch, queries, rankings))
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = config.read(os.environ)
    serve(create_app(settings), settings.settings)
