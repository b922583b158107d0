"""What a service keeps of what its database has forgotten, before a new timeline begins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg
import pytest
from msgspec import structs
from nats.aio.client import Client

from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.session import Session
from shared.platform.messaging import forks
from shared.platform.messaging import relay as relays
from shared.platform.messaging.forgotten import EVERYTHING, Forgotten, Left, Remember, Remembering
from shared.platform.postgres import Pool
from tests.shared.platform.messaging.test_a_database_that_was_put_back import RULE, producing, register_lifts
from tests.support import sample
from tests.support.lanes import lane_on
from tests.support.mirror import PRODUCER, relaying, remarks
from tests.support.restoring import copied, put_back
from tests.support.sample import Lift
from tests.support.servers import Database
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "POLL", 0.1)


@asynccontextmanager
async def remembering(database: Database, bus: Client, remember: Remember) -> AsyncIterator[None]:
    """The producer at work, as an engine has it, with what it does about what it has forgotten."""
    async with (
        lane_on(database.writer) as lane,
        Pool(database.writer, min_size=0, max_size=2) as pool,
        relaying(database.writer, bus, before=Remembering(PRODUCER, lane.submit, pool, remember).before),
    ):
        yield


async def forgetting(database: Database, bus: Client) -> tuple[UUID, UUID]:
    """A lift is known on both sides, another one on the bus alone; both."""
    async with producing(database, bus) as lane:
        (kept,) = await register_lifts(lane, 1)
        await until(lambda: relayed(database) == 1)
    with copied(database) as copy:
        async with producing(database, bus) as lane:
            (forgotten,) = await register_lifts(lane, 1)
            await until(lambda: relayed(database) == 2)
        put_back(database, copy)
    return kept, forgotten


def relayed(database: Database) -> int:
    rows = database.rows("SELECT sequence FROM relay_positions WHERE feed = 'internal'")
    return int(rows[0][0]) if rows else 0


def begun(database: Database) -> list[tuple[object, ...]]:
    return database.rows("SELECT number, public_after, internal_after FROM timelines")


async def test_the_service_keeps_what_it_must_of_the_forgotten_before_the_timeline_begins(
    database: Database, bus: Client
) -> None:
    kept, forgotten = await forgetting(database, bus)
    seen: list[tuple[int, list[str]]] = []

    def remember(session: Session, found: Forgotten) -> list[Left]:
        seen.append((found.number, [data["lift"] for data in found.named("LiftRegistered", "internal")]))
        lift = session.get(Lift, kept)
        lift.inspect(structs.replace(sample.envelope(), actor=RULE, causation=found.cause), "told before")
        session.save(lift)
        assert begun(database) == []
        return [Left(forgotten, "lifts.LiftRegistered", "ask whether it is there", "the lift")]

    async with remembering(database, bus, remember):
        await until(lambda: begun(database) == [(2, 1, 1)])
    assert seen == [(2, [str(forgotten)])]
    assert remarks(database) == {kept: ["told before"]}
    left = "SELECT producer, number, stream, kind, reason, about FROM taken_back"
    assert database.rows(left) == [
        (PRODUCER, 2, forgotten, "lifts.LiftRegistered", "ask whether it is there", "the lift")
    ]  # fmt: skip


async def test_a_lane_that_has_not_noticed_yet_does_not_answer_from_what_it_remembers(
    database: Database, bus: Client
) -> None:
    """It may be asked before anything else touches its connection, and what it does may write nothing."""
    seen: list[bool] = []

    async def register(lane: CommandLane, sequence: int) -> UUID:
        (lift,) = await register_lifts(lane, 1)
        await until(lambda: relayed(database) == sequence)
        return lift

    async with lane_on(database.writer) as lane, Pool(database.writer, min_size=0, max_size=2) as pool:

        def remember(session: Session, found: Forgotten) -> list[Left]:
            seen[:] = [
                session.find(Lift, UUID(data["lift"])) is None for data in found.named("LiftRegistered", "public")
            ]
            return []

        before = Remembering(PRODUCER, lane.submit, pool, remember).before
        async with relaying(database.writer, bus, before=before):
            await register(lane, 1)
        with copied(database) as copy:
            async with relaying(database.writer, bus, before=before):
                await register(lane, 2)
            put_back(database, copy)
            async with relaying(database.writer, bus, before=before):
                await until(lambda: begun(database) == [(2, 1, 1)])
    assert seen == [True]


async def test_no_timeline_begins_until_the_service_has_kept_it(
    database: Database, bus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process may end in between: it is asked again, and told what it had listed."""
    _, forgotten = await forgetting(database, bus)
    listed: list[frozenset[tuple[UUID, str]]] = []
    begin, fail = forks.begin, [True, True]

    async def interrupted(*args: object) -> None:
        if fail:
            fail.pop()
            raise psycopg.OperationalError("the process ended here")
        await begin(*args)  # type: ignore[arg-type]

    def remember(_: Session, found: Forgotten) -> list[Left]:
        listed.append(found.listed)
        return [Left(forgotten, "lifts.LiftRegistered", "ask")]

    monkeypatch.setattr(forks, "begin", interrupted)
    async with remembering(database, bus, remember):
        await until(lambda: begun(database) == [(2, 1, 1)])
    told = frozenset({(forgotten, "lifts.LiftRegistered")})
    assert listed == [frozenset(), told, told]
    assert database.one("SELECT count(*) FROM taken_back") == 1


async def test_what_a_service_cannot_keep_is_told_to_a_person_and_stops_nobody(database: Database, bus: Client) -> None:
    await forgetting(database, bus)

    def remember(_: Session, __: Forgotten) -> list[Left]:
        raise ZeroDivisionError("a mistake")

    async with remembering(database, bus, remember):
        await until(lambda: begun(database) == [(2, 1, 1)])
    assert database.rows("SELECT stream, kind, reason FROM taken_back") == [
        (EVERYTHING, "intake.Forgotten", "ZeroDivisionError: a mistake")
    ]


async def test_what_was_forgotten_twice_under_one_sequence_is_noted_twice(database: Database, bus: Client) -> None:
    """Put back to before the first time that it was put back."""

    async def registered(sequence: int) -> UUID:
        async with producing(database, bus) as lane:
            (lift,) = await register_lifts(lane, 1)
            await until(lambda: relayed(database) == sequence)
        return lift

    await registered(1)
    with copied(database, "first") as first, copied(database, "second") as second:
        once = await registered(2)
        put_back(database, second)
        twice = await registered(2)
        put_back(database, first)
        async with producing(database, bus):
            await until(lambda: begun(database) == [(3, 1, 1)])
    noted = "SELECT sequence, timeline, body::json->'data'->>'lift' FROM abandoned_events WHERE feed = 'internal'"
    assert set(database.rows(noted)) == {(2, 1, str(once)), (2, 2, str(twice))}
