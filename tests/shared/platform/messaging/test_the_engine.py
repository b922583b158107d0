"""A service that is told to stop: what it still does, in which order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from deploy.local.nats import EmbeddedNats
from shared.platform.clock import SystemClock
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.migrate import set_installation
from shared.platform.messaging.engine import Engine
from shared.platform.messaging.handler import Handler
from shared.platform.messaging.relay import Relay
from shared.platform.messaging.settings import Settings
from tests.support.bus import everything_in
from tests.support.mirror import CONSUMER, PRODUCER, STREAM, LiftChanged, body, numbers, position
from tests.support.sample import REACTIONS, register
from tests.support.seals import sealed, write_keys
from tests.support.servers import Database
from tests.support.waiting import until


@asynccontextmanager
async def engine_on(
    database: Database, nats_server: EmbeddedNats, service: str = PRODUCER, handlers: Any = None
) -> AsyncIterator[Engine]:
    """One that is up; it is stopped at the end."""
    set_installation(database.owner, new_id())
    settings = Settings(
        service, "127.0.0.1", 0, database.writer, database.writer, database.writer, nats_server.admin_url, None,
        Path(), write_keys(nats_server.layout.secrets / service, service), "system", "http://bihuan.example",
    )  # fmt: skip
    registry = CollectorRegistry()
    engine = Engine(settings, SystemClock(UTC), REACTIONS, handlers or {}, lambda *_: None, registry)
    await engine.start()
    try:
        await until(lambda: engine._relay is not None and engine._relay.active)
        yield engine
    finally:
        await engine.stop()


async def test_what_was_committed_is_sent_before_it_ends(
    database: Database, bus: Client, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Relay._copy

    async def slowly(*arguments: Any) -> bool:
        await asyncio.sleep(0.4)
        return await original(*arguments)

    monkeypatch.setattr(Relay, "_copy", slowly)
    async with engine_on(database, nats_server) as engine:
        await asyncio.gather(*(engine.submit(register(new_id())) for _ in range(10)))
    assert numbers([one.data or b"" for one in await everything_in(bus, STREAM)]) == list(range(1, 11))


async def test_commands_that_wait_in_the_lane_are_run_and_sent(
    database: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    async with engine_on(database, nats_server) as engine:
        waiting = [engine.submit(register(new_id())) for _ in range(300)]
    assert len(await asyncio.gather(*waiting)) == 300
    assert len(await everything_in(bus, STREAM)) == 300


async def test_a_batch_that_is_being_taken_in_is_finished(
    database: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    """Also where that takes a second command: to put aside what failed."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow_and_bad(*_: Any) -> None:
        loop.call_soon_threadsafe(begun.set)
        time.sleep(0.5)
        raise ZeroDivisionError

    handlers = {PRODUCER: {"LiftRegistered": Handler(LiftChanged, slow_and_bad)}}
    async with engine_on(database, nats_server, CONSUMER, handlers) as engine:
        message = body(1, "LiftRegistered", new_id())
        await bus.jetstream().publish(
            f"bihuan.int.v1.{PRODUCER}.0.Tested", message, stream=STREAM, headers=sealed(PRODUCER, message)
        )
        await asyncio.wait_for(begun.wait(), 10)
        assert position(database) == 0
    assert position(database) == 1
    assert engine.inboxes[PRODUCER].sequence == 1


async def test_a_part_that_ended_of_a_defect_makes_the_service_unready(
    database: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    async with engine_on(database, nats_server) as engine:
        parts = engine.checks()["parts"]
        assert await parts() is None
        engine._spawn(broken())
        await until(lambda: engine._ended)
        assert "broken" in (await parts() or "")


async def test_whoever_waits_for_a_commit_is_woken_when_it_stops(
    database: Database, bus: Client, nats_server: EmbeddedNats
) -> None:
    async with engine_on(database, nats_server) as engine:
        waiting = asyncio.create_task(engine.next_commit(60))
        await asyncio.sleep(0.1)
        engine.begin_stop()
        await asyncio.wait_for(waiting, 1)
    assert engine.stopping
