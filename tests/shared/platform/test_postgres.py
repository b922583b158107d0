"""Connections to a server that says nothing, or that was away."""

from __future__ import annotations

import asyncio
import time

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from shared.platform import postgres
from shared.platform.postgres import AsyncConnection, Pool, connect, connect_blocking
from tests.support.proxy import Proxy
from tests.support.servers import Database

END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"


async def test_a_server_that_says_nothing_is_waited_for_no_longer_than_was_said(database: Database) -> None:
    async with Proxy(database.server.port) as proxy:
        connection = await connect(database.writer_through(proxy.port), "test", answer_within=0.3)
        proxy.deaf = True
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match=r"did not answer within 0.3 s"):
            await connection.execute("SELECT 1")
        assert time.monotonic() - began < 2
        assert connection.closed


async def test_a_thread_too_waits_no_longer_than_was_said(database: Database) -> None:
    async with Proxy(database.server.port) as proxy:
        connection = await asyncio.to_thread(
            connect_blocking, database.writer_through(proxy.port), "test", answer_within=0.3
        )
        proxy.deaf = True
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="did not answer"):
            await asyncio.to_thread(connection.execute, "SELECT 1")
        assert time.monotonic() - began < 2
        assert connection.closed


async def test_a_statement_that_nobody_waits_for_any_more_is_given_up_at_once(database: Database) -> None:
    """To ask a server that is frozen to cancel it would take ten seconds."""
    async with Proxy(database.server.port) as proxy:
        connection = await connect(database.writer_through(proxy.port), "test")
        proxy.deaf = True
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await connection.execute("SELECT 1")
        assert time.monotonic() - began < 1.5
        assert connection.closed


async def test_whoever_waits_for_notifications_may_wait_as_long_as_he_says(database: Database) -> None:
    connection = await connect(database.writer, "test", answer_within=0.2)
    await connection.execute("LISTEN something")
    assert [one async for one in connection.notifies(timeout=0.6)] == []
    assert not connection.closed
    await connection.close()


async def test_a_pool_hands_out_no_connection_that_has_ended_meanwhile(database: Database) -> None:
    async with Pool(database.writer, min_size=4, max_size=4) as pool:
        await pool.wait(10)
        database.rows(END_ALL, (database.name,))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        for _ in range(4):
            async with pool.connection() as connection:
                await connection.execute("SELECT 1")
        assert time.monotonic() - began < 2.5


async def test_a_pool_serves_again_soon_after_the_database_is_back(database: Database) -> None:
    """psycopg's own has doubled its pause to eight seconds by then."""
    async with (
        Proxy(database.server.port) as proxy,
        Pool(database.writer_through(proxy.port), min_size=1, max_size=2) as pool,
    ):
        await pool.wait(10)
        await proxy.down()
        over = time.monotonic() + 9
        while time.monotonic() < over:
            with pytest.raises(psycopg.OperationalError):
                async with pool.connection(timeout=1):
                    pass
        await proxy.up()
        began = time.monotonic()
        async with pool.connection() as connection:
            await connection.execute("SELECT 1")
        assert time.monotonic() - began < 3


async def test_a_pool_takes_back_no_connection_whose_statement_was_given_up(database: Database) -> None:
    async with Pool(database.writer, min_size=1, max_size=1) as pool:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3), pool.connection() as connection:
                await connection.execute("SELECT pg_sleep(3)")
        async with pool.connection() as other:
            assert other is not connection
            row = await (await other.execute("SELECT 7")).fetchone()
        assert row == (7,)


async def test_postgresql_ends_what_nobody_waits_for(database: Database) -> None:
    async with Pool(database.writer, min_size=1, max_size=1) as pool, pool.connection() as connection:
        row = await (await connection.execute("SHOW statement_timeout")).fetchone()
        assert row == (f"{postgres.ANSWER_WITHIN:.0f}s",)


async def test_an_answer_in_time_changes_nothing(database: Database) -> None:
    connection = await connect(database.writer, "test", answer_within=5)
    assert isinstance(connection, AsyncConnection)
    async with connection.transaction():
        await connection.execute("SELECT pg_sleep(0.3)")
    assert connection.pgconn.transaction_status == TransactionStatus.IDLE
    await connection.close()
