"""Two processes of one service write the same streams; a third party holds a transaction open."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import Unavailable
from shared.platform.event_store.store import UnsafeStore, open_store
from tests.support.lanes import lane_on, together
from tests.support.proxy import Proxy
from tests.support.sample import inspect, register, remarks_of
from tests.support.servers import Database
from tests.support.waiting import until

BLOCKED = """SELECT 1 FROM pg_locks WHERE NOT granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


async def test_what_another_process_appended_is_seen_by_the_next_command(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as one, lane_on(database.writer) as other:
        await one.submit(register(lift))
        await other.submit(inspect(lift, "by the other"))
        assert await one.submit(remarks_of(lift)) == ["by the other"]
        assert (await one.submit(inspect(lift, "by the one")))["version"] == 3
        assert await other.submit(remarks_of(lift)) == ["by the other", "by the one"]


async def test_two_processes_that_inspect_the_same_lift_at_once_both_succeed(database: Database) -> None:
    lifts = [new_id() for _ in range(3)]
    async with lane_on(database.writer) as one, lane_on(database.writer) as other:
        await asyncio.gather(*[one.submit(register(id_)) for id_ in lifts])
        answers = await asyncio.gather(
            *[lane.submit(inspect(lifts[n % 3], f"{n}")) for n in range(60) for lane in (one, other)],
        )
        for id_ in lifts:
            seen_by_one, seen_by_other = await one.submit(remarks_of(id_)), await other.submit(remarks_of(id_))
            assert seen_by_one == seen_by_other
            assert len(seen_by_one) == 40
    for id_ in lifts:
        assert [version for version, _ in database.events_of(id_)] == list(range(1, 42))
        assert sorted(answer["version"] for answer in answers if answer["lift"] == str(id_)) == list(range(2, 42))


async def test_a_conflict_with_another_process_fails_no_command_of_the_group(database: Database) -> None:
    """The other appends after this lane has looked around: the primary key notices."""
    lift, new = new_id(), new_id()
    async with lane_on(database.writer) as one, lane_on(database.writer) as other:
        await one.submit(register(lift))
        loop = asyncio.get_running_loop()
        interfered: list[bool] = []

        def inspect_after_the_other(session: object) -> dict[str, object]:
            if not interfered:
                interfered.append(True)
                asyncio.run_coroutine_threadsafe(the_other_inspects(), loop).result(10)
            return inspect(lift, "second")(session)  # type: ignore[arg-type]

        async def the_other_inspects() -> None:
            await other.submit(inspect(lift, "first"))

        outcomes = await together(
            one,
            lambda: one.submit(register(new)),
            lambda: one.submit(remarks_of(lift)),
            lambda: one.submit(inspect_after_the_other),
        )
        assert await one.submit(remarks_of(lift)) == ["first", "second"]
    assert outcomes[0] == {"lift": str(new), "version": 1}
    assert outcomes[2] == {"lift": str(lift), "version": 3}


async def test_a_reader_that_stays_in_a_long_transaction_blocks_nobody_and_misses_nothing(database: Database) -> None:
    lifts = [new_id() for _ in range(3)]
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lifts[0]))
        with psycopg.connect(database.owner) as reader:
            reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert reader.execute("SELECT count(*) FROM stored_events").fetchone() == (1,)
            await lane.submit(register(lifts[1]))
            assert reader.execute("SELECT count(*) FROM stored_events").fetchone() == (1,)
        await lane.submit(register(lifts[2]))
    rows = database.rows("SELECT sequence, stream FROM internal_events ORDER BY sequence")
    assert rows == [(1, lifts[0]), (2, lifts[1]), (3, lifts[2])]


async def test_events_become_visible_in_the_order_of_their_numbers_while_a_writer_is_slow(database: Database) -> None:
    """Trap 5: without the table lock the lane's later number would be visible before the slow writer's earlier one."""
    slow, quick = new_id(), new_id()
    insert = "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (%s, 1, 'x', '')"
    async with lane_on(database.writer) as lane:
        with psycopg.connect(database.owner) as writer:
            writer.execute(insert, (slow,))
            waiting = lane.submit(register(quick))
            await until(lambda: database.rows(BLOCKED))
            assert not waiting.done()
            assert database.one("SELECT count(*) FROM stored_events") == 0
        await waiting
    rows = database.rows("SELECT originator_id FROM stored_events ORDER BY notification_id")
    assert rows == [(slow,), (quick,)]


async def test_a_writer_that_never_ends_makes_the_lane_say_so_instead_of_waiting_for_ever(database: Database) -> None:
    lift = new_id()
    insert = "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (%s, 1, 'x', '')"
    async with lane_on(database.writer, patience=0.5) as lane:
        with psycopg.connect(database.owner) as writer:
            writer.execute(insert, (new_id(),))
            with pytest.raises(Unavailable):
                await asyncio.wait_for(lane.submit(register(lift), key="a"), 20)
            writer.rollback()
        assert await lane.submit(register(lift), key="a") == {"lift": str(lift), "version": 1}


async def test_a_lane_that_freezes_in_a_transaction_does_not_hold_up_the_others_for_ever(database: Database) -> None:
    frozen, other = new_id(), new_id()
    async with (
        Proxy(database.server.port) as proxy,
        lane_on(database.writer_through(proxy.port), patience=0.5) as freezing,
        lane_on(database.writer, patience=20) as lane,
    ):
        reached = proxy.hold(b"COMMIT")
        waiting = freezing.submit(register(frozen), key="a")
        await reached.wait()
        await lane.submit(register(other))
        assert database.events_of(frozen) == []
        proxy.release()
        with pytest.raises(Unavailable):
            await waiting
        assert await freezing.submit(register(frozen), key="a") == {"lift": str(frozen), "version": 1}
    rows = database.rows("SELECT originator_id FROM stored_events ORDER BY notification_id")
    assert rows == [(other,), (frozen,)]


def test_a_store_without_the_table_lock_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "yes")
    with pytest.raises(UnsafeStore, match="unset POSTGRES_ENABLE_DB_FUNCTIONS"):
        open_store(database.writer)
