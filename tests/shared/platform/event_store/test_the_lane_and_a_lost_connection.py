"""The connection to the database ends at the worst moments; every command still happens exactly once, or is refused."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.local.postgres import EmbeddedPostgres, end_orphans
from deploy.local.process import spawn
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.lane import CommandLane, Unavailable
from shared.platform.event_store.session import Session
from tests.support import servers
from tests.support.lanes import lane_on, together
from tests.support.proxy import Proxy
from tests.support.restoring import copied, put_back
from tests.support.sample import Lift, inspect, register, remarks_of
from tests.support.servers import Database

KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lane' AND datname = %s"


async def test_a_lane_whose_connection_was_killed_while_idle_carries_on(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        assert database.rows(KILL, (database.name,)) == [(True,)]
        assert await lane.submit(inspect(lift, "afterwards"), key="a") == {"lift": str(lift), "version": 2}
    assert [version for version, _ in database.events_of(lift)] == [1, 2]


async def test_a_connection_killed_between_command_and_commit_loses_and_repeats_nothing(database: Database) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
        killed: list[list[tuple[Any, ...]]] = []

        def kill_on_the_way(_: Session) -> None:
            if not killed:
                killed.append(database.rows(KILL, (database.name,)))

        outcomes = await together(
            lane,
            lambda: lane.submit(inspect(lift, "before")),
            lambda: lane.submit(kill_on_the_way),
            lambda: lane.submit(inspect(lift, "after")),
        )
        assert await lane.submit(remarks_of(lift)) == ["before", "after"]
    assert outcomes == [{"lift": str(lift), "version": 2}, None, {"lift": str(lift), "version": 3}]
    assert killed == [[(True,)]]


# Every statement of a group's transaction, in order: the connection may end before or after each.
WORDS = [
    b"max(notification_id)",
    b"BEGIN",
    b"pg_current_xact_id",
    b"LOCK TABLE",
    b"NOTIFY",
    b"INSERT INTO stored_events",
    b"INSERT INTO feed_heads",
    b"INSERT INTO internal_events",
    b"INSERT INTO idempotency_keys",
    b"COMMIT",
]


@pytest.mark.parametrize("lose", [Proxy.lose_request, Proxy.lose_answer], ids=["unheard", "unanswered"])
@pytest.mark.parametrize(("word", "key"), [*((word, "k") for word in WORDS), (b"COMMIT", None)])
async def test_a_connection_that_ends_at_any_statement_leaves_each_event_exactly_once(
    database: Database, word: bytes, key: str | None, lose: Callable[[Proxy, bytes], None]
) -> None:
    """Among these is the ambiguous commit: it took place, and nobody said so."""
    lift, other = new_id(), new_id()
    async with lane_on(database.writer) as lane:
        await lane.submit(register(lift))
    async with Proxy(database.server.port) as proxy, lane_on(database.writer_through(proxy.port)) as lane:
        lose(proxy, word)
        outcomes = await together(
            lane,
            lambda: lane.submit(inspect(lift, "meanwhile"), key=key),
            lambda: lane.submit(register(other)),
        )
        assert proxy.lost == 1
        assert await lane.submit(remarks_of(lift)) == ["meanwhile"]
        assert await lane.submit(inspect(lift, "and on")) == {"lift": str(lift), "version": 3}
    assert outcomes == [{"lift": str(lift), "version": 2}, {"lift": str(other), "version": 1}]
    assert [version for version, _ in database.events_of(lift)] == [1, 2, 3]
    sequences = database.rows("SELECT sequence FROM internal_events ORDER BY sequence")
    assert sequences == [(1,), (2,), (3,), (4,)]


async def test_a_database_that_stays_away_is_told_to_everybody_and_nothing_is_stored(database: Database) -> None:
    lifts = [new_id() for _ in range(20)]
    async with (
        Proxy(database.server.port) as proxy,
        lane_on(database.writer_through(proxy.port), patience=0.4) as lane,
    ):
        await lane.submit(register(new_id()))
        await proxy.down()
        waiting = [lane.submit(register(id_), key=str(id_)) for id_ in lifts]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in outcomes] == [Unavailable] * 20
        with pytest.raises(Unavailable):
            await lane.submit(register(lifts[0]), key=str(lifts[0]))
        assert database.one("SELECT count(*) FROM stored_events") == 1
        await proxy.up()
        for id_ in lifts:
            assert await lane.submit(register(id_), key=str(id_)) == {"lift": str(id_), "version": 1}
    assert database.one("SELECT count(*) FROM stored_events") == 21


async def test_a_database_that_comes_back_within_the_patience_costs_nobody_anything(database: Database) -> None:
    lift = new_id()
    async with Proxy(database.server.port) as proxy, lane_on(database.writer_through(proxy.port)) as lane:
        await proxy.down()
        waiting = lane.submit(register(lift))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await proxy.up()
        assert await waiting == {"lift": str(lift), "version": 1}


async def test_a_long_queue_is_told_at_once_that_the_database_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody waits out the patience once, not once for each group before them."""
    monkeypatch.setattr(CommandLane, "GROUP", 1)
    attempts = []
    async with (
        Proxy(database.server.port) as proxy,
        lane_on(database.writer_through(proxy.port), patience=0.3) as lane,
    ):
        await proxy.down()
        monkeypatch.setattr("shared.platform.event_store.lane.time.sleep", lambda seconds: attempts.append(seconds))
        outcomes = await asyncio.gather(*[lane.submit(register(new_id())) for _ in range(50)], return_exceptions=True)
        first = len(attempts)
        again = await asyncio.gather(*[lane.submit(register(new_id())) for _ in range(50)], return_exceptions=True)
    assert [type(one) for one in [*outcomes, *again]] == [Unavailable] * 100
    assert first > 0
    assert len(attempts) == first  # those who came later were answered after one attempt


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Database]:
    """A database on a server of its own, which may be killed. It writes its log only when a commit demands it."""
    lazy = {"wal_level": "minimal", "max_wal_senders": "0", "wal_writer_delay": "10s"}
    with servers.quick_postgres(tmp_path, lazy) as server:
        servers.migrate_template(server)
        yield servers.create(server, "mortal")


def crash(server: EmbeddedPostgres) -> None:
    """kill -9 of the server with all its processes, and a new start on the same port."""
    assert server.process is not None
    end_orphans(server.cluster)
    server.process.kill()
    server.process.wait()
    server.prepare()
    server.process = spawn(server.command(), log=server.log, death_signal=signal.SIGQUIT)
    server.await_ready(server.process)


async def crash_before_the_commit(database: Database, reached: asyncio.Event) -> int:
    """Crash while the lane's COMMIT is on its way; the identifier of its transaction."""
    await reached.wait()
    query = "SELECT backend_xid::text::bigint FROM pg_stat_activity WHERE application_name = 'lane'"
    identifier = int(database.one(query))
    await asyncio.to_thread(crash, database.server)
    return identifier


async def test_a_crash_that_takes_the_transaction_along_is_got_over(mortal: Database) -> None:
    """PostgreSQL then says that the identifier is in the future."""
    lift = new_id()
    async with Proxy(mortal.server.port) as proxy, lane_on(mortal.writer_through(proxy.port), patience=60) as lane:
        await lane.submit(register(lift))
        reached = proxy.hold(b"COMMIT")
        waiting = lane.submit(inspect(lift, "in the crash"), key="a")
        identifier = await crash_before_the_commit(mortal, reached)
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="in the future"):
            mortal.one("SELECT pg_xact_status(%s::text::xid8)", (identifier,))
        proxy.release()
        proxy.cut()
        assert await waiting == {"lift": str(lift), "version": 2}
    assert [version for version, _ in mortal.events_of(lift)] == [1, 2]


async def test_a_crash_that_takes_the_transaction_along_is_not_taken_for_a_success(mortal: Database) -> None:
    """The crash gave the transaction's identifier away again, and somebody else has committed under it."""
    lift = new_id()
    async with Proxy(mortal.server.port) as proxy, lane_on(mortal.writer_through(proxy.port), patience=60) as lane:
        await lane.submit(register(lift))
        reached = proxy.hold(b"COMMIT")
        waiting = lane.submit(inspect(lift, "in the crash"), key="a")
        identifier = await crash_before_the_commit(mortal, reached)
        with psycopg.connect(mortal.owner, autocommit=True) as somebody:
            now = somebody.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
            while now is not None and now[0] < identifier:
                now = somebody.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        assert mortal.one("SELECT pg_xact_status(%s::text::xid8)", (identifier,)) == "committed"
        proxy.release()
        proxy.cut()
        assert await waiting == {"lift": str(lift), "version": 2}
    assert [version for version, _ in mortal.events_of(lift)] == [1, 2]


async def test_after_its_database_was_put_back_a_command_that_writes_nothing_sees_nothing_of_what_is_no_more(
    database: Database,
) -> None:
    lift = new_id()
    async with lane_on(database.writer) as lane:
        with copied(database) as copy:
            await lane.submit(register(lift))
            assert await lane.submit(lambda session: session.find(Lift, lift) is not None)
            put_back(database, copy)
        assert not await lane.submit(lambda session: session.find(Lift, lift) is not None)
