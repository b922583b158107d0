"""The composition root of *intake*: config → store → broker → routes. Nothing else constructs adapters."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI

from services.intake import config
from services.intake.cipher import Keyring
from services.intake.handlers.clocks import Clocks, timers_of
from services.intake.handlers.forgetting import RECEIVED, Forgetting
from services.intake.projections import projector_of
from services.intake.publishers import publisher_of
from services.intake.queries import Queries
from services.intake.receipts import ReceiptCodes
from services.intake.reception import Intake, Reception
from services.intake.rules.triage import Reader
from services.intake.vault import Vault
from services.intake.web.api import mount_api
from services.intake.web.counter import Counter
from services.intake.web.desk import mount_desk
from services.intake.web.lost import facts_of
from services.intake.web.pages import mount_pages
from services.intake.web.tracking import Tracking
from shared.kernel.commands import dispatch_of
from shared.kernel.composition import Service, create, reading_everything, serve
from shared.kernel.restored import Kind, Restored
from shared.platform.web.rate_limits import RateLimiter
from shared.platform.web.readiness import add_ready_check

PATIENCE = 0.15
"""Seconds that an event may wait for others: where a tip stands is looked at by people."""

KINDS: dict[str, Kind] = {RECEIVED: ("举报", None)}
"""What is left to people."""


def create_app(settings: config.Config) -> FastAPI:
    """The whole service as one ASGI application."""
    service = Service.open(settings.settings)
    campaign = service.campaign
    receipts = ReceiptCodes(settings.receipt_pepper, settings.receipt_lookup_pepper)
    engine = service.engine(
        projector_of(receipts), publisher_of(campaign), timers_of, {}, Clocks(campaign).fire, patience=PATIENCE,
        remember=Forgetting(receipts, service.clock),
    )  # fmt: skip
    vault = Vault(settings.vault_dsn, Keyring(settings.vault_kek))
    app = create(service, engine, settings.session_public_key, Path(__file__).parent, before=[vault])
    add_ready_check(app, "vault", vault.ready)
    queries = Queries(reading_everything(engine))
    reception = Reception(queries, vault)
    limiter = RateLimiter(engine.own_pool, settings.address_pepper, settings.rate_factor)
    dispatch = dispatch_of(engine, Intake(campaign, Reader(campaign), reception, limiter), signers=())
    tracking = Tracking(campaign, queries, reception, receipts, limiter)
    counter = Counter(dispatch, receipts)
    mount_api(app, dispatch, queries, counter, tracking)
    mount_pages(app, dispatch, queries, counter, tracking)
    restored = Restored(engine, campaign, KINDS, facts_of(campaign, queries))
    restored.mount(app)
    mount_desk(app, dispatch, queries, restored)
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = config.read(os.environ)
    serve(create_app(settings), settings.settings)
