"""What every composition root does the same way: open the campaign and the clock, make the application, serve it."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge, PlatformCollector, ProcessCollector

from shared.kernel.campaign import UnknownCode, load
from shared.kernel.campaign.definition import CITY, Campaign
from shared.kernel.contracts import internal_contracts, public_contracts, told_to
from shared.kernel.contracts.json_schema import public_schemas
from shared.kernel.loopbar import loop_svg
from shared.kernel.names import english_names
from shared.kernel.navigation import navigation
from shared.kernel.roles import ROLE_NAMES, ROLES
from shared.kernel.visibility import ALL_UNITS, interests_of, interests_setting, row_setting, units_seen
from shared.platform.clock import Clock, SystemClock
from shared.platform.event_store.row_clock import RowClock
from shared.platform.event_store.session import Reactions
from shared.platform.event_store.timers import Fire
from shared.platform.messaging import cloudevents
from shared.platform.messaging.described import asyncapi, feed_event
from shared.platform.messaging.engine import Engine, Handlers, end
from shared.platform.messaging.forgotten import Remember
from shared.platform.messaging.settings import Settings
from shared.platform.messaging.turning_back import TakeBack
from shared.platform.service.consumer import consuming
from shared.platform.service.projector import Projector
from shared.platform.service.publisher import Publisher
from shared.platform.service.reading import Reading
from shared.platform.web import words
from shared.platform.web.dead_letter_routes import mount_dead_letters
from shared.platform.web.feed_routes import Described, mount_feed
from shared.platform.web.logs import configure_logs
from shared.platform.web.pages import Look
from shared.platform.web.readiness import add_ready_check
from shared.platform.web.reconcile_routes import mount_reconcile
from shared.platform.web.revocation import Revocations
from shared.platform.web.service import create_service_app
from shared.platform.web.session import SessionVerifier, Viewer
from shared.platform.web.timeline_routes import mount_timelines
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
class Service:
    """The campaign, the clock and the metrics registry of one process, and its settings."""

    settings: Settings
    campaign: Campaign
    clock: Clock
    registry: CollectorRegistry

    @classmethod
    def open(cls, settings: Settings) -> Service:
        """Raises CampaignError naming what is wrong in the campaign file."""
        configure_logs(settings.service)
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        campaign = load(settings.campaign)
        on_row = settings.clock == "row"
        if not on_row:
            ends = datetime(max(campaign.calendar.published) + 1, 1, 1, tzinfo=campaign.zone)
            known = "Up to when the working days are known"
            Gauge("bihuan_calendar_ends_timestamp_seconds", known, registry=registry).set(ends.timestamp())
        clock: Clock = RowClock(settings.access_dsn, campaign.zone) if on_row else SystemClock(campaign.zone)
        return cls(settings, campaign, clock, registry)

    def engine(
        self,
        projector: Projector,
        publisher: Publisher,
        timers_of: Callable[[Any], Mapping[str, datetime]],
        handlers: Handlers,
        fire: Fire,
        *,
        patience: float = 0.0,
        take_back: TakeBack | None = None,
        remember: Remember | None = None,
    ) -> Engine:
        """What runs behind the application: `projector` and `publisher` answer its own events, `handlers` and the
        projector those of others, `fire` its timers."""
        name = self.settings.service
        reactions = Reactions(project=projector.project, publish=publisher.publish, timers=timers_of)
        table = consuming(handlers, projector, told_to(name))
        return Engine(
            self.settings, self.clock, reactions, table, fire, self.registry, patience=patience, take_back=take_back,
            remember=remember,
        )  # fmt: skip

    def close(self) -> None:
        if isinstance(self.clock, RowClock):
            self.clock.close()


class Opened(Protocol):
    """Something with connections of its own."""

    async def open(self) -> None:
        """Open; what it needs may come later."""

    async def close(self) -> None:
        """Close."""


def create(
    service: Service,
    engine: Engine,
    session_public_key: bytes,
    package: Path,
    *,
    before: Sequence[Opened] = (),
    beside: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
) -> FastAPI:
    """The application with everything in it that is not this service's own. `package` has its templates; `before` is
    opened before the engine starts and closed after it has stopped, `beside` runs as long as the engine does."""
    settings = engine.settings
    words.install(catalogues(package), service.campaign.zone, english_names(service.campaign))
    revocations = Revocations(settings.access_dsn)
    opened = [revocations, *before]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        for one in opened:
            await one.open()
        await engine.start()
        running = [asyncio.create_task(work()) for work in beside]
        try:
            yield
        finally:
            await end(running)
            await engine.stop()
            for one in opened:
                await one.close()
            service.close()

    app = create_service_app(
        f"Bihuan {settings.service}",
        VERSION,
        verifier=SessionVerifier(session_public_key, ROLES, check=revocations.check),
        registry=service.registry,
        public_url=settings.public_url,
        clock=settings.clock,
        lifespan=lifespan,
        template_directories=[package / "templates"],
        look=look_of(service.campaign),
    )
    app.state.revocations = revocations
    add_ready_check(app, "access", revocations.ready)
    for name, check in engine.checks().items():
        add_ready_check(app, name, check)
    interests = partial(interests_of, service.campaign)
    mount_feed(
        app, engine, _told(engine, service.campaign), lambda viewer: units_seen(service.campaign, viewer), interests,
    )  # fmt: skip
    mount_dead_letters(app, engine)
    mount_timelines(app, engine, interests)
    mount_reconcile(app, engine)
    app.state.begin_stop = engine.begin_stop
    return app


def _told(engine: Engine, campaign: Campaign) -> Described:
    """What the service tells, as it describes itself."""
    name, url = engine.settings.service, engine.settings.public_url
    public = public_contracts(name)
    heard = {
        producer: {event: handler.contract for event, handler in handlers.items()}
        for producer, handlers in engine.handlers.items()
    }
    event, components = feed_event(name, public, url)
    return Described(
        contracts={cloudevents.type_of(name, event): event for event in public},
        jurisdictions=tuple(sorted(campaign.jurisdictions)),
        schemas=public_schemas(name, url),
        event=event,
        components=components,
        asyncapi=asyncapi(name, VERSION, public, internal_contracts(name), heard, url),
    )


def catalogues(*services: Path) -> list[Path]:
    """Where the English of the pages of these services (their directories) is written."""
    return [words.CATALOGUE, *(owner / "locale" / "en.po" for owner in (Path(__file__).parent, *services))]


def reading_of(
    engine: Engine, campaign: Campaign, more: Callable[[Viewer], Mapping[str, str]] = lambda _: {}
) -> Reading:
    """How this service reads: a viewer sees the rows of his units, a visitor none of what is guarded; `more` are
    further settings of the service's own policies."""

    def scope(viewer: Viewer | None) -> Mapping[str, str]:
        return {
            "bihuan.units": row_setting(campaign, viewer), "bihuan.interests": interests_setting(campaign, viewer),
            **(more(viewer) if viewer is not None else {}),
        }  # fmt: skip

    return Reading(engine, scope)


def reading_everything(engine: Engine) -> Reading:
    """For what is computed over the rows of all units."""
    return Reading(engine, lambda _: {"bihuan.units": ALL_UNITS})


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
        unit = "" if viewer.unit == CITY else f"{campaign.unit(viewer.unit).name(locale)} · "
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
        forwarded_allow_ips=settings.gateway,
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
