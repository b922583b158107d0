"""While one group is committed the next is staged on top of it; whatever becomes of the first, both come right."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane
from shared.platform.event_store.rows import insert
from shared.platform.event_store.session import Session
from tests.support.lanes import lane_on
from tests.support.sample import inspect, register, remarks_of
from tests.support.servers import Database
from tests.support.waiting import until

BLOCKED = """SELECT 1 FROM pg_locks WHERE NOT granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lane' AND datname = %s"
OVERTAKE = """INSERT INTO stored_events (originator_id, originator_version, topic, state)
              SELECT %s, 2, topic, state FROM stored_events WHERE originator_id = %s AND originator_version = 2"""


def poisoned(lift: UUID) -> Callable[[Session], Any]:
    def command(session: Session) -> Any:
        answer = inspect(lift, "poisoned")(session)
        session.write(insert("lifts", key="id", id=new_id(), county="140525", inspections=-1))
        return answer

    return command


@pytest.mark.parametrize("fate", ["it takes place", "its connection dies", "another was quicker", "its row is refused"])
async def test_what_is_staged_on_top_of_a_commit_comes_right_when(
    database: Database, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    monkeypatch.setattr(CommandLane, "GROUP", 3)
    lift, elsewhere = new_id(), new_id()
    holding, gate, staged = threading.Event(), threading.Event(), threading.Event()

    def hold_up(_: Session) -> bool:
        holding.set()
        return gate.wait(10)

    def last_of_the_second_group(session: Session) -> list[str]:
        staged.set()
        return remarks_of(lift)(session)

    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        await lane.submit(register(elsewhere, saying="by another process"))
        with psycopg.connect(database.owner) as other:
            # another process that appends holds the table of events; nobody is ahead until it lets go
            table = "stored_events" if fate == "another was quicker" else "idempotency_keys"
            other.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            held_up = lane.submit(hold_up)
            await asyncio.to_thread(holding.wait, 10)
            first: list[asyncio.Future[Any]] = [
                lane.submit(inspect(lift, "first"), key="a", fingerprint=b"1"),
                lane.submit(poisoned(lift) if fate == "its row is refused" else remarks_of(lift)),
                lane.submit(remarks_of(lift)),
            ]
            second: list[asyncio.Future[Any]] = [
                lane.submit(inspect(lift, "first"), key="a", fingerprint=b"1"),
                lane.submit(inspect(lift, "second"), key="b"),
                lane.submit(last_of_the_second_group),
            ]
            commands = [*first, *second]
            gate.set()
            await held_up
            await until(lambda: database.rows(BLOCKED))
            if fate == "another was quicker":
                other.execute(OVERTAKE, (lift, elsewhere))
            else:
                assert await asyncio.to_thread(staged.wait, 10)
            assert not any(one.done() for one in commands)
            if fate == "its connection dies":
                assert database.rows(KILL, (database.name,)) == [(True,)]
        outcomes = await asyncio.gather(*commands, return_exceptions=True)
        said = await lane.submit(remarks_of(lift))
    before = ["by another process"] if fate == "another was quicker" else []
    answer = {"lift": str(lift), "version": len(before) + 2}
    assert said == [*before, "first", "second"]
    assert outcomes[0] == outcomes[3] == answer
    assert outcomes[4] == answer | {"version": len(before) + 3}
    assert outcomes[5] == said
    if fate == "its row is refused":
        assert isinstance(outcomes[1], psycopg.errors.CheckViolation)
    assert [version for version, _ in database.events_of(lift)] == list(range(1, len(said) + 2))
    assert database.one("SELECT inspections FROM lifts WHERE id = %s", (lift,)) == len(said)


async def test_a_long_row_of_groups_is_committed_in_the_order_of_asking(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        await asyncio.gather(*[lane.submit(inspect(lift, f"{n}")) for n in range(1_000)])
        assert await lane.submit(remarks_of(lift)) == [f"{n}" for n in range(1_000)]
    rows = database.rows("SELECT version FROM internal_events ORDER BY sequence")
    assert [row[0] for row in rows] == list(range(1, 1_002))
    assert database.one("SELECT count(DISTINCT xmin::text) FROM stored_events") > 3
