"""Read tables built anew are what they are; what is not so is found, and put right while everybody works on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from prometheus_client import CollectorRegistry
from psycopg_pool import AsyncConnectionPool

from deploy.local.postgres import EmbeddedPostgres
from shared.platform.event_store import retention
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.retention import Retention
from shared.platform.event_store.rows import Change, insert
from shared.platform.event_store.session import Reactions
from shared.platform.messaging import cloudevents, feed
from shared.platform.messaging.handler import Delivery, Metrics, Received
from shared.platform.messaging.inbox import Inbox
from shared.platform.service.consumer import consuming
from shared.platform.service.projector import Projector, Rows
from shared.platform.service.rebuild import Busy, Producer, Rebuilt, rebuild
from tests.support import sample, servers
from tests.support.lanes import lane_on
from tests.support.mirror import POISON, PRODUCER, PUBLIC_URL, LiftChanged
from tests.support.sample import inspect, register, scrap
from tests.support.servers import Database

HEARD_TABLE = """
CREATE TABLE heard (number bigserial NOT NULL UNIQUE, id text PRIMARY KEY, lift uuid NOT NULL, remark text);
GRANT SELECT, INSERT, UPDATE ON heard TO bihuan_cases_writer;
GRANT USAGE ON SEQUENCE heard_number_seq TO bihuan_cases_writer"""

LIFTS = Rows("lifts")
LIFTS.new(sample.LiftRegistered, lambda e: {"county": e.county, "inspections": 0})
LIFTS.on(
    {
        sample.LiftInspected: lambda e: {"inspections": e.originator_version - 1, "remark": e.remark},
        sample.LiftScrapped: lambda _: {"scrapped": True},
    }
)


def noted(event: LiftChanged, received: Received) -> Change:
    if event.remark == POISON:
        raise ZeroDivisionError("a mistake in a projection")
    return insert(
        "heard", key="id", id=f"{received.producer}:{received.sequence}", lift=event.lift, remark=event.remark
    )


HEARD = Rows("heard")
HEARD.heard(LiftChanged, noted)
PROJECTOR = Projector(LIFTS, HEARD)
CONTRACTS = {PRODUCER: {"LiftRegistered": LiftChanged, "LiftInspected": LiftChanged}}


@pytest.fixture
def consumer(postgres: EmbeddedPostgres, database: Database) -> Iterator[Database]:
    """A service that has lifts of its own, and hears of those of the service of `database`."""
    consumer = servers.create(postgres, f"{database.name}_consumer")
    with psycopg.connect(consumer.owner) as connection:
        connection.execute(HEARD_TABLE)
    yield consumer
    servers.drop(consumer)


def working(consumer: Database) -> Any:
    return lane_on(consumer.writer, Reactions(PROJECTOR.project, sample.publish, sample.timers))


@asynccontextmanager
async def hearing(consumer: Database, lane: CommandLane) -> AsyncIterator[Inbox]:
    async with AsyncConnectionPool(
        consumer.writer, min_size=0, max_size=2, kwargs={"autocommit": True}, open=False
    ) as pool:
        handlers = consuming({}, PROJECTOR, CONTRACTS)[PRODUCER]
        inbox = Inbox(PRODUCER, handlers, lane, pool, Metrics(CollectorRegistry()))
        await inbox.load()
        yield inbox


async def told(database: Database, after: int = 0) -> list[Delivery]:
    """What the producer has told, as it comes from the bus."""
    origin = cloudevents.source("installation", PRODUCER)
    async with await psycopg.AsyncConnection.connect(database.writer, autocommit=True) as connection:
        rows = await feed.read(connection, "internal", after=after, limit=1000)
    return [
        Delivery(cloudevents.encode(cloudevents.compose(row, PRODUCER, origin, PUBLIC_URL)), row.sequence)
        for row in rows
    ]


async def anew(consumer: Database, database: Database, **options: Any) -> Rebuilt:
    producers = {PRODUCER: Producer(database.owner, CONTRACTS[PRODUCER])}
    return await rebuild(consumer.server.dsn(consumer.name), PROJECTOR, producers, **options)


def differing(rebuilt: Rebuilt) -> dict[str, int]:
    return {name: table.differing for name, table in rebuilt.tables.items()}


async def history(database: Database, consumer: Database, count: int = 30) -> list[UUID]:
    """Lifts of both services, and all that the one has told taken in by the other."""
    theirs, ours = [new_id() for _ in range(count)], [new_id() for _ in range(count)]
    async with lane_on(database.writer) as lane:
        await asyncio.gather(*[lane.submit(register(lift)) for lift in theirs])
        await asyncio.gather(*[lane.submit(inspect(lift, f"{n}")) for n, lift in enumerate(theirs)])
    async with working(consumer) as lane, hearing(consumer, lane) as inbox:
        await asyncio.gather(*[lane.submit(register(lift)) for lift in ours])
        await inbox.take(await told(database))
        await asyncio.gather(*[lane.submit(inspect(lift)) for lift in ours], lane.submit(scrap(ours[0])))
    return ours


async def test_what_grew_is_what_the_events_say(database: Database, consumer: Database) -> None:
    await history(database, consumer)
    seen: list[tuple[int, int]] = []
    rebuilt = await anew(consumer, database, progress=lambda done, known: seen.append((done, known)))
    assert differing(rebuilt) == {"lifts": 0, "heard": 0}
    assert {name: table.rows for name, table in rebuilt.tables.items()} == {"lifts": 30, "heard": 60}
    assert rebuilt.events == 61 + 60
    assert seen[-1] == (121, 121)
    assert consumer.rows("SELECT FROM pg_namespace WHERE nspname = 'rebuilt'") == []


async def test_a_row_that_is_wrong_missing_or_too_much_is_found_and_put_right(
    database: Database, consumer: Database
) -> None:
    await history(database, consumer)
    before = consumer.rows("SELECT * FROM lifts ORDER BY id"), consumer.rows("SELECT id, lift FROM heard ORDER BY id")
    consumer.rows("UPDATE lifts SET remark = 'never said' WHERE id = (SELECT id FROM lifts ORDER BY id LIMIT 1)")
    consumer.rows("DELETE FROM heard WHERE number IN (7, 8)")
    consumer.rows("INSERT INTO heard (id, lift) VALUES ('nobody:1', gen_random_uuid())")
    assert differing(await anew(consumer, database)) == {"lifts": 1, "heard": 3}
    assert consumer.one("SELECT count(*) FROM heard WHERE id = 'nobody:1'") == 1, "compared, not changed"
    assert differing(await anew(consumer, database, swap=True)) == {"lifts": 1, "heard": 3}
    assert before == (
        consumer.rows("SELECT * FROM lifts ORDER BY id"), consumer.rows("SELECT id, lift FROM heard ORDER BY id")
    )  # fmt: skip
    assert differing(await anew(consumer, database)) == {"lifts": 0, "heard": 0}


@pytest.mark.parametrize("swap", [False, True])
async def test_it_compares_one_moment_while_commands_and_events_go_on(
    database: Database, consumer: Database, swap: bool
) -> None:
    ours = await history(database, consumer)
    async with lane_on(database.writer) as theirs, working(consumer) as lane, hearing(consumer, lane) as inbox:

        async def go_on() -> None:
            for n in range(1, 200):
                await theirs.submit(register(new_id()))
                await lane.submit(inspect(ours[n % 29 + 1], f"{n}"))
                await inbox.take(await told(database, inbox.sequence))

        work = asyncio.create_task(go_on())
        found = []
        while not work.done():
            found.append(differing(await anew(consumer, database, swap=swap)))
        await work
    assert len(found) > 1
    assert found == [{"lifts": 0, "heard": 0}] * len(found)


async def test_what_is_parked_has_no_row_and_what_was_replayed_has_one(
    database: Database, consumer: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        await lane.submit(inspect(lift, POISON))
        await lane.submit(inspect(lift, "after it"))
    async with working(consumer) as lane, hearing(consumer, lane) as inbox:
        while inbox.sequence < 3:
            await inbox.load()
            await inbox.take(await told(database, inbox.sequence))
        assert consumer.one("SELECT count(*) FROM heard") == 1
        assert differing(await anew(consumer, database)) == {"lifts": 0, "heard": 0}
        monkeypatch.setattr("tests.shared.platform.service.test_rebuild.POISON", "mended")
        assert (await inbox.replay(str(lift))).failed is None
    assert consumer.one("SELECT count(*) FROM heard") == 3
    assert differing(await anew(consumer, database)) == {"lifts": 0, "heard": 0}


async def test_a_feed_that_is_packed_is_read_as_well(
    database: Database, consumer: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await history(database, consumer)
    monkeypatch.setattr(retention, "BLOCK", 10)
    monkeypatch.setattr(retention, "_OLDEST", retention._OLDEST.replace("LIMIT 1000", "LIMIT 10"))
    database.rows("INSERT INTO relay_positions VALUES ('internal', 60), ('public', 0)")
    await Retention(database.writer, CollectorRegistry(), packed_after=timedelta(0)).round()
    assert database.one("SELECT count(*) FROM internal_events") == 10
    assert differing(await anew(consumer, database)) == {"lifts": 0, "heard": 0}


async def test_two_do_not_rebuild_the_same_tables_at_once(database: Database, consumer: Database) -> None:
    async with await psycopg.AsyncConnection.connect(consumer.owner, autocommit=True) as other:
        await other.execute("SELECT pg_advisory_lock(hashtext('rebuild'))")
        with pytest.raises(Busy, match="another rebuild"):
            await anew(consumer, database)


async def test_where_the_producer_has_lost_what_was_taken_in_it_is_told_and_nothing_is_changed(
    database: Database, consumer: Database
) -> None:
    await history(database, consumer)
    database.rows("DELETE FROM internal_events")
    with pytest.raises(psycopg.DataError, match="restore its backup"):
        await anew(consumer, database, swap=True)
    assert consumer.one("SELECT count(*) FROM heard") == 60
