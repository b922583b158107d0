"""The composition root of *intake*: config → store → broker → routes. Nothing else constructs adapters."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.intake import config, consumers, projections
from services.intake.application import Tips
from services.intake.cipher import Keyring
from services.intake.limiter import MissLimiter
from services.intake.publishers import Publisher
from services.intake.queries import Queries
from services.intake.receipts import ReceiptCodes
from services.intake.reception import Reception
from services.intake.rules.triage import Reader
from services.intake.vault import Vault
from services.intake.web.api import mount_api
from services.intake.web.desk import mount_desk
from services.intake.web.pages import mount_pages
from services.intake.web.tracking import Tracking
from shared.kernel.composition import ServiceParts, create, serve
from shared.kernel.contracts import public_contracts
from shared.platform.event_store.session import Reactions
from shared.platform.messaging.engine import Engine
from shared.platform.web.readiness import add_ready_check

PATIENCE = 0.15
"""Seconds that an event may wait for others: where a tip stands is looked at by people."""


def create_app(settings: config.Config) -> FastAPI:
    """The whole service as one ASGI application."""
    parts = ServiceParts.open(settings.settings)
    receipts = ReceiptCodes(settings.receipt_pepper, settings.receipt_lookup_pepper)
    reader = Reader(parts.campaign)
    tips = Tips(parts.campaign, reader, receipts)
    reactions = Reactions(project=projections.project, publish=Publisher(parts.campaign).publish, timers=lambda _: {})
    engine = Engine(
        settings.settings, parts.clock, reactions, consumers.handlers(), tips.fire, parts.registry,
        public_contracts("intake"), patience=PATIENCE
    )
    vault = Vault(settings.vault_dsn, Keyring(settings.vault_kek))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await vault.open()
        await engine.start()
        try:
            yield
        finally:
            await engine.stop()
            await vault.close()

    app = create(parts, engine, settings.session_public_key, lifespan, Path(__file__).parent / "templates")
    add_ready_check(app, "vault", vault.ready)
    queries = Queries(engine)
    reception = Reception(engine, tips, queries, vault, reader, receipts, parts.clock)
    limiter = MissLimiter(engine.own_pool, settings.address_pepper)
    tracking = Tracking(parts.campaign, queries, reception, receipts, limiter)
    mount_api(app, parts.campaign, queries, reception, tracking)
    mount_pages(app, parts.campaign, parts.clock, queries, reception, tracking)
    mount_desk(app, parts.campaign, parts.clock, queries, reception)
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = config.read(os.environ)
    serve(create_app(settings), settings.settings)
