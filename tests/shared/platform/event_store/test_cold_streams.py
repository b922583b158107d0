"""Streams that commands announce are read together before their group runs; what is not announced is read as asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import MapperDeserialisationError

from shared.platform.event_store.cache import AggregateCache
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.session import NotFound, Session
from shared.platform.event_store.store import open_store
from tests.support.lanes import lane_on, together
from tests.support.sample import Lift, envelope, inspect, register, remarks_of
from tests.support.servers import Database


@pytest.fixture
def read_alone(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The streams that were read one by one."""
    streams: list[UUID] = []
    for name in ("_load", "_forward"):
        read = getattr(AggregateCache, name)

        def spy(cache: AggregateCache, of: Any, read: Any = read) -> Any:
            streams.append(of if isinstance(of, UUID) else of.id)
            return read(cache, of)

        monkeypatch.setattr(AggregateCache, name, spy)
    return streams


async def lifts_with(database: Database, *inspections: int) -> list[UUID]:
    lifts = [new_id() for _ in inspections]
    async with lane_on(database.writer) as lane:
        for lift, times in zip(lifts, inspections, strict=True):
            await lane.submit(register(lift))
            await together(lane, *[lambda n=n, lift=lift: lane.submit(inspect(lift, f"{n}")) for n in range(times)])
    return lifts


def asks(lane: CommandLane, lifts: list[UUID]) -> list[Any]:
    return [lambda lift=lift: lane.submit(remarks_of(lift), streams=(lift,)) for lift in lifts]


async def test_the_cold_streams_of_a_group_are_read_together(database: Database, read_alone: list[UUID]) -> None:
    """With a snapshot that is the last event, with events after a snapshot, with events alone."""
    lifts = await lifts_with(database, 49, 70, 3, 0)
    assert database.one("SELECT count(*) FROM snapshots") == 2
    read_alone.clear()
    async with lane_on(database.writer) as lane:
        found = await together(lane, *asks(lane, lifts))
        assert read_alone == []
        assert (await lane.submit(inspect(lifts[1], "and on")))["version"] == 72
    assert found == [[str(n) for n in range(times)] for times in (49, 70, 3, 0)]


async def test_what_a_command_expects_to_look_at_is_read_together(database: Database, read_alone: list[UUID]) -> None:
    lifts = await lifts_with(database, 1, 2, 3)
    read_alone.clear()

    def all_remarks(session: Session) -> list[list[str]]:
        session.expect(lifts)
        return [session.get(Lift, lift).remarks for lift in lifts]

    async with lane_on(database.writer) as lane:
        assert await lane.submit(all_remarks) == [["0"], ["0", "1"], ["0", "1", "2"]]
    assert read_alone == []


async def test_streams_that_another_process_went_on_with_are_read_together(
    database: Database, read_alone: list[UUID]
) -> None:
    lifts = await lifts_with(database, 1, 1)
    async with lane_on(database.writer) as one, lane_on(database.writer) as other:
        await together(one, *asks(one, lifts))
        await together(other, *[lambda n=n, lift=lift: other.submit(inspect(lift, f"by the other {n}"))
                                for lift in lifts for n in range(60)])  # fmt: skip
        read_alone.clear()
        found = await together(one, *asks(one, lifts))
    assert read_alone == []
    assert found == [["0", *[f"by the other {n}" for n in range(60)]]] * 2


async def test_what_is_read_together_has_what_is_staged_and_not_committed_yet(database: Database) -> None:
    (lift,) = await lifts_with(database, 1)
    with open_store(database.writer) as store, psycopg.connect(database.writer, autocommit=True) as connection:
        cache = AggregateCache(store, lambda: connection, 10)
        staged = cache.get(lift)
        assert staged is not None
        staged.inspect(envelope(), "staged")
        cache.staged = ({lift: staged.collect_events()},)
        cache.forget([lift])
        cache.prefetch([lift])
        found = cache.get(lift)
        assert found is not None
        assert found.remarks == ["0", "staged"]


async def test_what_cannot_be_read_fails_the_command_that_asks_for_it_alone(database: Database) -> None:
    spoilt, unreadable_snapshot, good = await lifts_with(database, 1, 50, 1)
    database.rows("UPDATE snapshots SET state = 'not json'")
    database.rows("UPDATE stored_events SET state = 'not json' WHERE originator_id = %s", (spoilt,))
    async with lane_on(database.writer) as lane:
        found = await together(lane, *asks(lane, [good, unreadable_snapshot, new_id(), spoilt]))
    assert found[0] == ["0"]
    assert found[1] == [str(n) for n in range(50)]
    assert isinstance(found[2], NotFound)
    assert isinstance(found[3], MapperDeserialisationError)


async def test_a_connection_lost_while_streams_are_read_together_is_tried_again(database: Database) -> None:
    lifts = await lifts_with(database, 1, 1)
    async with lane_on(database.writer) as lane:
        await lane.submit(remarks_of(lifts[0]))
        with psycopg.connect(database.server.dsn(database.name)) as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lane-read'")
        assert await together(lane, *asks(lane, lifts)) == [["0"], ["0"]]
