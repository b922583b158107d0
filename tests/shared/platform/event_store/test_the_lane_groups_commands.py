"""Many commands, one commit; a refusal is its own command's affair."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane, Unavailable
from shared.platform.event_store.rows import insert
from shared.platform.event_store.session import LARGEST_PUBLICATION, NotFound, Session, TooLarge
from tests.support import servers
from tests.support.lanes import lane_on, together
from tests.support.sample import (
    REMARK_THAT_NO_ROW_TAKES,
    Lift,
    LiftIsScrapped,
    envelope,
    inspect,
    inspect_and_then_refuse,
    register,
    remarks_of,
    scrap,
)
from tests.support.servers import Database

COMMITS = "SELECT count(DISTINCT xmin::text) FROM stored_events WHERE originator_id = ANY(%s)"


async def test_commands_of_many_people_share_one_commit(database: Database) -> None:
    lifts = [new_id() for _ in range(100)]
    async with lane_on(database.writer) as lane:
        outcomes = await together(lane, *[lambda id_=id_: lane.submit(register(id_)) for id_ in lifts])
    assert outcomes == [{"lift": str(id_), "version": 1} for id_ in lifts]
    assert database.one(COMMITS, (lifts,)) == 1


async def test_commands_on_one_lift_in_one_group_see_each_other(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        outcomes = await together(
            lane,
            lambda: lane.submit(register(lift)),
            lambda: lane.submit(inspect(lift, "door")),
            lambda: lane.submit(inspect(lift, "rope")),
            lambda: lane.submit(remarks_of(lift)),
        )
    assert [one["version"] for one in outcomes[:3]] == [1, 2, 3]
    assert outcomes[3] == ["door", "rope"]
    assert database.one(COMMITS, ([lift],)) == 1


async def test_a_refused_command_fails_alone_and_leaves_no_trace(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        outcomes = await together(
            lane,
            lambda: lane.submit(register(lift)),
            lambda: lane.submit(inspect(lift, "before")),
            lambda: lane.submit(inspect_and_then_refuse(lift)),
            lambda: lane.submit(inspect(lift, "after")),
            lambda: lane.submit(remarks_of(lift)),
        )
    assert isinstance(outcomes[2], LiftIsScrapped)
    assert outcomes[3]["version"] == 3
    assert outcomes[4] == ["before", "after"]
    assert [version for version, _ in database.events_of(lift)] == [1, 2, 3]
    assert database.one("SELECT inspections FROM lifts WHERE id = %s", (lift,)) == 2
    assert "no trace" not in "".join(row[0] for row in database.rows("SELECT data FROM internal_events"))


async def test_a_refusal_on_a_stored_lift_leaves_the_next_command_the_right_state(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        with pytest.raises(LiftIsScrapped):
            await lane.submit(inspect_and_then_refuse(lift))
        assert await lane.submit(remarks_of(lift)) == []
        await lane.submit(scrap(lift))
        with pytest.raises(LiftIsScrapped, match="register the new one"):
            await lane.submit(inspect(lift))
    assert database.events_of(lift) == [(1, "sample.LiftRegistered"), (2, "sample.LiftScrapped")]


async def test_a_lift_whose_registration_was_refused_does_not_exist(database: Database) -> None:
    lift = new_id()

    def register_and_refuse(session: Session) -> None:
        register(lift)(session)
        raise LiftIsScrapped("refused after staging")

    async with lane_on(database.writer) as lane:
        outcomes = await together(lane, lambda: lane.submit(register_and_refuse), lambda: lane.submit(remarks_of(lift)))
        with pytest.raises(NotFound, match=f"no lift has the identifier {lift}"):
            await lane.submit(remarks_of(lift))
    assert [type(one) for one in outcomes] == [LiftIsScrapped, NotFound]


async def test_what_a_command_changed_but_did_not_save_is_not_saved_by_the_next(database: Database) -> None:
    lift = new_id()

    def try_out(session: Session) -> int:
        found = session.get(Lift, lift)
        found.inspect(envelope(), "only tried")
        return found.version

    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        await lane.submit(try_out)
        await lane.submit(inspect(lift, "meant"))
        assert await lane.submit(remarks_of(lift)) == ["meant"]
    assert len(database.events_of(lift)) == 2


async def write_what_the_database_refuses(lane: CommandLane, lift: Any) -> list[Any]:
    """A group of three commands on two lifts; the row of the second is refused by a constraint."""
    other = new_id()

    def poison(session: Session) -> None:
        inspect(lift, "poisoned")(session)
        session.write(insert("lifts", key="id", id=new_id(), county="140525", inspections=-1))

    return await together(
        lane,
        lambda: lane.submit(inspect(lift, "before")),
        lambda: lane.submit(poison),
        lambda: lane.submit(inspect(lift, "after")),
        lambda: lane.submit(register(other)),
    )


async def test_what_is_too_large_for_the_bus_is_refused_before_it_is_stored(database: Database) -> None:
    """Stored, it could never be sent, and nothing behind it."""
    lift, neighbour = new_id(), new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        with pytest.raises(TooLarge, match="过长"):
            await lane.submit(inspect(lift, "梯" * (LARGEST_PUBLICATION + 1)))
        await lane.submit(inspect(lift, "梯" * (LARGEST_PUBLICATION - 1_000)))
        await lane.submit(register(neighbour))
    assert [version for version, _ in database.events_of(lift)] == [1, 2]


async def test_a_row_that_the_database_refuses_fails_only_its_own_command(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        outcomes = await write_what_the_database_refuses(lane, lift)
        assert await lane.submit(remarks_of(lift)) == ["before", "after"]
    assert [type(one).__name__ for one in outcomes] == ["dict", "CheckViolation", "dict", "dict"]
    assert [version for version, _ in database.events_of(lift)] == [1, 2, 3]


@pytest.mark.parametrize(
    "poison",
    [
        lambda session: session.write(insert("lifts", key="id", id=new_id(), no_such_column=1)),
        lambda session: session.write(insert("lifts", key="id", id="not an identifier", county="1", inspections=0)),
        lambda session: session.write(insert("lifts", key="id", id=new_id(), county=object(), inspections=0)),
        lambda session: session.write(
            insert("lifts", key="id", id=new_id(), county=REMARK_THAT_NO_ROW_TAKES, inspections=0)
        ),
        lambda session: session.write(insert("lifts", key="id", id=[], county="1", inspections=0)),
    ],
    ids=["no such column", "wrong type", "unknown type", "a zero byte", "unhashable key"],
)
async def test_a_command_with_an_impossible_row_fails_alone_and_the_lane_goes_on(
    database: Database, poison: Any
) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        outcomes = await together(
            lane, lambda: lane.submit(register(lift)), lambda: lane.submit(poison), lambda: lane.submit(inspect(lift))
        )
        assert outcomes[0] == {"lift": str(lift), "version": 1}
        assert isinstance(outcomes[1], Exception)
        assert outcomes[2] == {"lift": str(lift), "version": 2}
        assert await asyncio.wait_for(lane.submit(remarks_of(lift)), 5) == ["fine"]


async def test_a_result_that_is_not_json_fails_its_own_command_and_stores_nothing(database: Database) -> None:
    lift, other = new_id(), new_id()

    def answer_with_an_object(session: Session) -> object:
        register(lift)(session)
        return object()

    async with lane_on(database.writer) as lane:
        outcomes = await together(
            lane,
            lambda: lane.submit(answer_with_an_object, key="k"),
            lambda: lane.submit(register(other)),
            lambda: lane.submit(register(lift)),
        )
    assert [type(one) for one in outcomes] == [TypeError, dict, dict]
    assert database.events_of(lift) == [(1, "sample.LiftRegistered")]


async def test_a_group_is_capped_by_bytes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CommandLane, "GROUP_BYTES", 10_000)
    lifts = [new_id() for _ in range(40)]
    async with lane_on(database.writer) as lane:
        outcomes = await together(
            lane, *[lambda id_=id_: lane.submit(register(id_, saying="x" * 2_500)) for id_ in lifts]
        )
    assert [one["version"] for one in outcomes] == [2] * 40
    assert database.one(COMMITS, (lifts,)) == 10
    assert database.one("SELECT max(sequence) FROM internal_events") == 80


async def test_a_group_larger_than_the_way_to_the_database_holds_is_committed(tmp_path: Path) -> None:
    """A unix socket holds a fifth of a megabyte: what is still to be sent must not wait for answers to what was."""
    with servers.quick_postgres(tmp_path, {"unix_socket_directories": gettempdir()}) as server:
        servers.migrate_template(server)
        database = servers.create(server, "narrow")
        lifts = [new_id() for _ in range(10)]
        async with lane_on(make_conninfo(database.writer, host=gettempdir()), patience=5) as lane:
            outcomes = await together(
                lane, *[lambda id_=id_: lane.submit(register(id_, saying="x" * 200_000)) for id_ in lifts]
            )
        assert [one["version"] for one in outcomes] == [2] * 10
        assert database.one(COMMITS, (lifts,)) == 1


async def test_one_wake_up_a_commit_tells_that_something_was_committed(database: Database) -> None:
    woken: list[int] = []
    async with lane_on(database.writer, committed=lambda: woken.append(1)) as lane:
        await together(lane, *[lambda: lane.submit(register(new_id())) for _ in range(50)])
        assert len(woken) == 2  # the command that held the lane up, and the group


async def test_closing_finishes_what_is_waiting_and_refuses_what_comes_after(database: Database) -> None:
    lifts = [new_id() for _ in range(30)]
    async with lane_on(database.writer) as lane:
        waiting = [lane.submit(register(id_)) for id_ in lifts]
        closing = asyncio.create_task(lane.close())
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="closing"):
            await lane.submit(register(new_id()))
        await closing
        assert [one["lift"] for one in await asyncio.gather(*waiting)] == [str(id_) for id_ in lifts]
    assert database.one("SELECT count(*) FROM stored_events") == 30


async def test_a_full_queue_turns_new_commands_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CommandLane, "QUEUE", 3)
    async with lane_on(database.writer) as lane:
        outcomes = await together(lane, *[lambda: lane.submit(register(new_id())) for _ in range(10)])
    turned_away = [one for one in outcomes if isinstance(one, Unavailable)]
    assert len(turned_away) == 6  # QUEUE is exceeded once it holds four
    assert database.one("SELECT count(*) FROM stored_events") == 4


async def test_more_lifts_than_the_cache_holds_are_still_right(database: Database) -> None:
    lifts = [new_id() for _ in range(10)]
    async with lane_on(database.writer, capacity=3) as lane:
        await together(lane, *[lambda id_=id_: lane.submit(register(id_)) for id_ in lifts])
        await together(lane, *[lambda id_=id_: lane.submit(inspect(id_)) for id_ in [*lifts, *reversed(lifts)]])
        assert [len(await lane.submit(remarks_of(id_))) for id_ in lifts] == [2] * 10
