"""Snapshots make long streams quick to load and are never believed too much."""

from __future__ import annotations

from typing import Any

import pytest

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.session import Session
from tests.support.lanes import lane_on, together
from tests.support.sample import Lift, inspect, register, remarks_of
from tests.support.servers import Database

SNAPSHOT = "SELECT version, schema FROM snapshots WHERE stream = %s"


def all_about(lift: Any) -> Any:
    return lambda session: dict(vars(session.get(Lift, lift)))


async def inspect_often(lane: CommandLane, lift: Any, times: int) -> None:
    await together(lane, *[lambda n=n: lane.submit(inspect(lift, f"{n}")) for n in range(times)])


async def test_a_lift_with_fifty_events_has_a_snapshot_and_one_with_fewer_has_none(database: Database) -> None:
    many, few = new_id(), new_id()
    async with lane_on(database.writer) as lane:
        for lift, times in ((many, 52), (few, 48)):
            await lane.submit(register(lift))
            await inspect_often(lane, lift, times)
    assert database.rows(SNAPSHOT, (few,)) == []
    ((version, schema),) = database.rows(SNAPSHOT, (many,))
    assert version == 50
    assert schema.startswith("sample.Lift/")


async def test_the_fiftieth_event_is_noticed_although_another_command_of_its_group_comes_after_it(
    database: Database,
) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        await inspect_often(lane, lift, 48)
        await inspect_often(lane, lift, 2)
    assert [row[0] for row in database.rows(SNAPSHOT, (lift,))] == [50]


async def test_a_lift_loaded_from_its_snapshot_is_the_lift_loaded_from_its_events(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        await inspect_often(lane, lift, 60)
        await lane.submit(inspect(lift, "after the snapshot"))
    async with lane_on(database.writer) as lane:
        with_snapshot = await lane.submit(all_about(lift))
    database.rows("DELETE FROM snapshots")
    async with lane_on(database.writer) as lane:
        assert await lane.submit(all_about(lift)) == with_snapshot
        assert await lane.submit(inspect(lift, "and on")) == {"lift": str(lift), "version": 63}


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE snapshots SET schema = 'sample.Lift/of-older-code', state = '{}'",
        "UPDATE snapshots SET state = '{}'",
        "UPDATE snapshots SET state = 'not json'",
        "UPDATE snapshots SET schema = 'sample.NeverHeardOf/0'",
    ],
    ids=["of older code", "lacking fields", "no json", "of an unknown aggregate"],
)
async def test_a_snapshot_that_cannot_be_read_is_ignored(database: Database, spoil: str) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        await inspect_often(lane, lift, 50)
    database.rows(spoil)
    async with lane_on(database.writer) as lane:
        assert len(await lane.submit(remarks_of(lift))) == 50
        assert await lane.submit(inspect(lift)) == {"lift": str(lift), "version": 52}


async def test_an_aggregate_with_an_attribute_that_a_snapshot_would_lose_gets_none(database: Database) -> None:
    lift = new_id()

    def note_what_the_class_does_not_declare(session: Session) -> None:
        session.get(Lift, lift).__dict__["note"] = "undeclared"

    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        await lane.submit(note_what_the_class_does_not_declare)
        await inspect_often(lane, lift, 50)
    assert database.rows(SNAPSHOT, (lift,)) == []
    assert len(database.events_of(lift)) == 51


async def test_a_snapshot_that_the_database_refuses_costs_nothing_but_the_snapshot(database: Database) -> None:
    lift = new_id()
    database.rows("ALTER TABLE snapshots ADD CHECK (version < 0)")
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        await inspect_often(lane, lift, 60)
        assert len(await lane.submit(remarks_of(lift))) == 60
    assert database.rows(SNAPSHOT, (lift,)) == []
    assert [version for version, _ in database.events_of(lift)] == list(range(1, 62))
