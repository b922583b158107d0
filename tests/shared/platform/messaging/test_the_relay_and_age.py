"""A stream that is empty of age is told from one that lost what it should still keep."""

from __future__ import annotations

import asyncio

from nats.aio.client import Client

from tests.shared.platform.messaging.test_the_relay import NOTED, register_lifts
from tests.support.bus import holds
from tests.support.lanes import lane_on
from tests.support.mirror import STREAM, relaying
from tests.support.servers import Database
from tests.support.waiting import until


async def test_a_stream_that_is_empty_of_age_is_not_filled_again(database: Database, bus: Client) -> None:
    jetstream = bus.jetstream()
    config = (await jetstream.stream_info(STREAM)).config
    await jetstream.update_stream(config.evolve(max_age=1.0, duplicate_window=0.5))
    async with lane_on(database.writer) as lane:
        await register_lifts(lane, 3)
        async with relaying(database.writer, bus):
            await until(lambda: database.rows(NOTED, (3,)))
        await until(lambda: holds(bus, STREAM, 0))
        await register_lifts(lane, 1)
        async with relaying(database.writer, bus):
            await until(lambda: database.rows(NOTED, (4,)))
    assert await last_of(bus, 4)


async def test_a_stream_that_lost_what_it_should_still_keep_or_was_made_anew_is_filled_again(
    database: Database, bus: Client
) -> None:
    jetstream = bus.jetstream()
    async with lane_on(database.writer) as lane:
        await register_lifts(lane, 3)
        async with relaying(database.writer, bus):
            await until(lambda: database.rows(NOTED, (3,)))
    config = (await jetstream.stream_info(STREAM)).config
    await jetstream.update_stream(config.evolve(duplicate_window=0.1))
    await asyncio.sleep(0.3)
    await jetstream.purge_stream(STREAM)
    async with relaying(database.writer, bus):
        await until(lambda: holds(bus, STREAM, 3))
    await jetstream.delete_stream(STREAM)
    await jetstream.add_stream(config.evolve(max_age=0.3, duplicate_window=0.1))
    async with relaying(database.writer, bus):
        await until(lambda: last_of(bus, 3))


async def last_of(bus: Client, sequence: int) -> bool:
    return (await bus.jetstream().stream_info(STREAM)).state.last_seq == sequence
