"""Both feeds count from 1 without a gap, and so does each jurisdiction, whatever is rolled back meanwhile."""

from __future__ import annotations

from typing import Any

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.rows import insert
from shared.platform.event_store.session import Session
from tests.support.lanes import lane_on, together
from tests.support.sample import inspect, register, scrap
from tests.support.servers import Database


async def test_each_feed_and_each_jurisdiction_counts_from_one(database: Database) -> None:
    first, second = new_id(), new_id()
    async with lane_on(database.writer) as lane:
        await together(
            lane,
            lambda: lane.submit(register(first, "140525")),
            lambda: lane.submit(register(second, "140581")),
            lambda: lane.submit(inspect(first)),
        )
        await lane.submit(scrap(first))
        await lane.submit(scrap(second))
    public = "SELECT sequence, jurisdiction, jurisdictionsequence, name, stream FROM public_events ORDER BY sequence"
    assert database.rows(public) == [
        (1, "140525", 1, "LiftRegistered", first),
        (2, "140581", 1, "LiftRegistered", second),
        (3, "140525", 2, "LiftScrapped", first),
        (4, "140581", 2, "LiftScrapped", second),
    ]
    internal = "SELECT sequence, name, stream, version FROM internal_events ORDER BY sequence"
    assert database.rows(internal) == [
        (1, "LiftRegistered", first, 1),
        (2, "LiftRegistered", second, 1),
        (3, "LiftInspected", first, 2),
        (4, "LiftScrapped", first, 3),
        (5, "LiftScrapped", second, 2),
    ]


async def test_a_rollback_leaves_a_gap_in_the_notification_ids_and_none_in_the_feeds(database: Database) -> None:
    """Trap 10."""
    lifts = [new_id() for _ in range(3)]

    def spoilt(id_: Any) -> Any:
        def command(session: Session) -> None:
            register(id_)(session)
            session.write(insert("lifts", key="id", id=new_id(), county="140525", inspections=-1))

        return command

    async with lane_on(database.writer) as lane:
        await lane.submit(register(lifts[0]))
        await together(lane, lambda: lane.submit(spoilt(new_id())))
        await together(lane, lambda: lane.submit(spoilt(new_id())), lambda: lane.submit(register(lifts[1])))
        await lane.submit(register(lifts[2]))
    ids = [row[0] for row in database.rows("SELECT notification_id FROM stored_events ORDER BY 1")]
    assert len(ids) == 3
    assert ids[-1] > 3
    for feed, column in (("public_events", "sequence"), ("internal_events", "sequence")):
        assert database.rows(f"SELECT {column}, stream FROM {feed} ORDER BY 1") == [
            (number, lift) for number, lift in enumerate(lifts, start=1)
        ]
    assert database.rows("SELECT jurisdictionsequence FROM public_events ORDER BY sequence") == [(1,), (2,), (3,)]
