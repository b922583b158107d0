"""What every composition root does the same way: open the campaign and the clock, make the application, serve it."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector

from shared.kernel.campaign import UnknownCode, load
from shared.kernel.campaign.clock import Clock, SystemClock
from shared.kernel.campaign.definition import CITY, Campaign
from shared.kernel.contracts import public_contracts
from shared.kernel.loopbar import loop_svg
from shared.kernel.roles import ROLE_NAMES, ROLES, navigation
from shared.kernel.visibility import units_seen
from shared.platform.event_store.row_clock import RowClock
from shared.platform.messaging.engine import Engine
from shared.platform.messaging.settings import Settings
from shared.platform.web.dead_letter_routes import mount_dead_letters
from shared.platform.web.feed_routes import mount_feed
from shared.platform.web.logs import configure_logs
from shared.platform.web.pages import Look
from shared.platform.web.readiness import add_ready_check
from shared.platform.web.service import create_service_app
from shared.platform.web.session import SessionVerifier, Viewer
from shared.platform.web.words import Locale, translate

VERSION = "0.1.0"
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
SWITCH = 0.0005
"""Seconds after which a running thread is asked to give way. With the default of 5 ms the event loop waits that long
at each turn while the command lane computes."""
KEPT = 16 << 20
"""Bytes of freed memory that the process keeps. By default the C library gives back what is larger than an eighth of a
megabyte, and each group of commands is: a tenth of the lane's time went into fetching the same pages anew."""


@dataclass(frozen=True, slots=True)
class ServiceParts:
    """The campaign, the clock and the metrics registry of one process."""

    campaign: Campaign
    clock: Clock
    registry: CollectorRegistry

    @classmethod
    def open(cls, settings: Settings) -> ServiceParts:
        """Raises CampaignError naming what is wrong in the campaign file."""
        configure_logs(settings.service)
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        clock: Clock = RowClock(settings.access_dsn) if settings.clock == "row" else SystemClock()
        return cls(load(settings.campaign), clock, registry)

    def close(self) -> None:
        """Give back what was opened."""
        if isinstance(self.clock, RowClock):
            self.clock.close()


def create(
    parts: ServiceParts,
    engine: Engine,
    session_public_key: bytes,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[Any]],
    templates: Path,
    **options: Any,
) -> FastAPI:
    """The application with everything in it that is not this service's own."""
    settings = engine.settings

    @asynccontextmanager
    async def whole_life(application: FastAPI) -> AsyncIterator[Any]:
        try:
            async with lifespan(application) as state:
                yield state
        finally:
            parts.close()

    app = create_service_app(
        f"Bihuan {settings.service}",
        VERSION,
        verifier=SessionVerifier(session_public_key, ROLES),
        registry=parts.registry,
        public_url=settings.public_url,
        clock=settings.clock,
        lifespan=whole_life,
        template_directories=[templates],
        look=look_of(parts.campaign),
        **options,
    )
    add_ready_check(app, "database", engine.database_ready)
    add_ready_check(app, "bus", engine.bus_ready)
    mount_feed(app, engine, public_contracts(settings.service), lambda viewer: units_seen(parts.campaign, viewer))
    mount_dead_letters(app, engine)
    app.state.begin_stop = engine.begin_stop
    return app


def look_of(campaign: Campaign) -> Look:
    """How the pages of this campaign look."""
    return Look(
        who=lambda viewer, locale: who(campaign, viewer, locale),
        places=navigation,
        functions=lambda locale: {"loop_bar": lambda steps: loop_svg(steps, locale)},
    )


def who(campaign: Campaign, viewer: Viewer, locale: Locale) -> str:
    """A signed-in person as the header shows them: unit, role, name."""
    role = translate(locale, ROLE_NAMES[viewer.role])
    try:
        unit = "" if viewer.unit == CITY else f"{campaign.unit(viewer.unit).zh} · "
        name = f" {campaign.person(viewer.id).name}"
    except UnknownCode:
        return f"{role} · {viewer.unit}"
    return f"{unit}{role}{name}"


def settle() -> None:
    """Tune the interpreter for a process whose modules are loaded and whose caches live long."""
    sys.setswitchinterval(SWITCH)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's; elsewhere the system's own ways must do
    if mallopt is not None:
        mallopt(M_TRIM_THRESHOLD, KEPT)
        mallopt(M_MMAP_THRESHOLD, KEPT)
    gc.collect()
    gc.freeze()  # what is loaded at start lives as long as the process: keep the collector out of it
    gc.set_threshold(20_000, 20, 50)  # cached aggregates are no garbage: look through them seldom


class _Server(uvicorn.Server):
    """Tells the application that it stops before it waits for open requests: a live page ends when it is told."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.begin_stop()  # type: ignore[union-attr]  # what `serve` was given
        await super().shutdown(sockets)


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; open requests are finished, then the engine is stopped in its order."""
    settle()
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=5,  # whoever stops us waits 10 s, and the lane and the relay want some of them
        timeout_keep_alive=30,
    )
    server = _Server(config)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises the signal once more when it has stopped
        server.run()
    if not server.started:
        sys.exit(3)  # as uvicorn's own command does
