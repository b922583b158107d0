"""Of several processes of a service one holds a lease, whatever becomes of it; each hears what the others commit."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry

from shared.platform.event_store.ids import new_id
from shared.platform.messaging.engine import end
from shared.platform.messaging.peers import LEASE, Peers
from tests.support.lanes import lane_on
from tests.support.mirror import peering
from tests.support.sample import register
from tests.support.servers import Database
from tests.support.waiting import until

HANDED_OVER_WITHIN = 10.0


@asynccontextmanager
async def another_process(dsn: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.peer_process", dsn, "work", stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def said(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()


async def test_one_at_a_time_holds_a_lease_and_each_name_is_a_lease_of_its_own(database: Database) -> None:
    async with peering(database.writer) as second:
        async with peering(database.writer) as first:
            held = first.lease("work")
            await held.wait()
            wanted, other = second.lease("work"), second.lease("other work")
            await other.wait()
            assert not wanted.held
        began = time.monotonic()
        await wanted.wait()  # the first was stopped
        assert time.monotonic() - began < 2


async def test_a_process_that_is_killed_leaves_its_lease_to_the_next(database: Database) -> None:
    async with another_process(database.writer) as other, peering(database.writer) as peers:
        assert await said(other) == "held"
        lease = peers.lease("work")
        other.kill()
        await asyncio.wait_for(lease.wait(), 2)


async def test_a_process_that_is_frozen_loses_its_lease_and_knows_it_when_it_wakes_up(database: Database) -> None:
    async with another_process(database.writer) as other, peering(database.writer) as peers:
        assert await said(other) == "held"
        lease = peers.lease("work")
        other.send_signal(signal.SIGSTOP)
        await asyncio.sleep(LEASE / 2)
        assert not lease.held
        await asyncio.wait_for(lease.wait(), HANDED_OVER_WITHIN - LEASE / 2)
        other.send_signal(signal.SIGCONT)
        assert await said(other) == "lost"
        await asyncio.sleep(1.5)
        assert lease.held


async def test_a_lease_is_not_trusted_without_a_heartbeat(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its holder must not count on it longer than PostgreSQL does."""
    monkeypatch.setattr("shared.platform.messaging.peers.TRUSTED", 0.3)
    async with peering(database.writer) as peers:
        lease = peers.lease("work")
        await lease.wait()
        await until(lambda: not lease.held, 2)  # the next heartbeat is a second away
        await lease.wait()


async def test_a_lost_connection_ends_all_leases_and_they_are_asked_for_again(database: Database) -> None:
    async with peering(database.writer) as peers:
        lease = peers.lease("work")
        await lease.wait()
        killing = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'peers'"
        assert database.rows(killing + " AND datname = current_database()") == [(True,)]
        await until(lambda: not lease.held, 2)
        await asyncio.wait_for(lease.wait(), 5)


async def test_what_other_processes_commit_is_heard_and_what_this_one_commits_is_not(database: Database) -> None:
    heard: list[int] = []
    async with lane_on(database.writer) as own, lane_on(database.writer) as other:
        await own.submit(register(new_id()))
        peers = Peers(database.writer, lambda: own.backend, lambda: heard.append(1), CollectorRegistry())
        lease = peers.lease("work")
        running = asyncio.create_task(peers.run())
        await lease.wait()
        await own.submit(register(new_id()))
        await asyncio.sleep(0.2)
        assert heard == []
        await other.submit(register(new_id()))
        await until(lambda: heard == [1], 2)
        await end([running])
