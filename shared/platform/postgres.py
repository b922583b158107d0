"""Every connection to PostgreSQL, and how long it may keep whoever uses it waiting.

A server that is frozen, or behind a cut network, keeps its sockets open and says nothing. Neither `connect_timeout` nor
keepalives nor `tcp_user_timeout` notice, for the kernel at the other end goes on acknowledging; `statement_timeout` is
counted by the very process that is frozen. So the client counts: each answer has `answer_within` seconds, after which
the connection is closed here, without a word to the other side, and psycopg.OperationalError says that nobody answered.
What became of the statement is then unknown. For the same reason a wait that is cancelled closes its connection, where
psycopg would ask the server to cancel the statement and wait up to ten seconds for that; PostgreSQL ends what nobody
waits for by `statement_timeout`.

A pool replaces what it lost within two seconds of PostgreSQL being back: psycopg's own doubles its pauses to minutes. A
connection that ended while nobody used it is noticed before it is handed out, by a look at its socket.

Limits: the seconds are those of one answer, so a request of several questions may take longer, if all are answered.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from psycopg import errors, waiting
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

ANSWER_WITHIN = 6.0
CONNECT_WITHIN = 3
POOL_WITHIN = 4.0
"""Seconds that a connection of a pool is waited for. With those of the answer, they are within what a request may take.
"""
RECONNECT_FOR = 4.0
"""Seconds of trying 1 s, 2 s, 1 s apart; then the next who needs a connection has it tried anew."""
INTERVAL = 0.1


class BlockingConnection(psycopg.Connection[Any]):
    """For threads."""

    answer_within = ANSWER_WITHIN

    def wait(self, gen: PQGen[RV], interval: float = INTERVAL, timeout: float | None = None) -> RV:
        """As psycopg's; where the caller names no time-out, ours."""
        try:
            return super().wait(gen, interval, self.answer_within if timeout is None else timeout)
        except errors._WaitTimeout:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise _no_answer(self.answer_within) from None


class AsyncConnection(psycopg.AsyncConnection[Any]):
    """For the event loop."""

    answer_within = ANSWER_WITHIN

    async def wait(self, gen: PQGen[RV], interval: float = INTERVAL, timeout: float | None = None) -> RV:
        """As psycopg's; where the caller names no time-out, ours. If it is cancelled, the connection is closed."""
        within = self.answer_within if timeout is None else timeout
        try:
            return await waiting.wait_async(gen, self.pgconn.socket, interval, within)
        except errors._WaitTimeout:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise _no_answer(within) from None
        except asyncio.CancelledError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


async def connect(dsn: str, name: str, *, answer_within: float = ANSWER_WITHIN, **options: Any) -> AsyncConnection:
    """A connection that commits each statement, known to PostgreSQL by `name`. Raises psycopg.OperationalError."""
    made = await AsyncConnection.connect(
        dsn, autocommit=True, application_name=name, connect_timeout=CONNECT_WITHIN, **options
    )
    made.answer_within = answer_within
    return made


def connect_blocking(dsn: str, name: str, *, answer_within: float = ANSWER_WITHIN) -> BlockingConnection:
    """As `connect`, for a thread."""
    made = BlockingConnection.connect(dsn, autocommit=True, application_name=name, connect_timeout=CONNECT_WITHIN)
    made.answer_within = answer_within
    return made


class Pool(AsyncConnectionPool[AsyncConnection]):
    """A pool of connections that commit each statement. `settings` are PostgreSQL's, for each session.

    Raises psycopg.OperationalError where none can be had within POOL_WITHIN seconds.
    """

    def __init__(
        self,
        dsn: str,
        *,
        min_size: int,
        max_size: int,
        settings: str = "",
        configure: Callable[[psycopg.AsyncConnection[TupleRow]], Awaitable[None]] | None = None,
    ) -> None:
        limit = f"-c statement_timeout={ANSWER_WITHIN:.0f}s {settings}"
        super().__init__(
            dsn,
            connection_class=AsyncConnection,
            kwargs={"autocommit": True, "connect_timeout": CONNECT_WITHIN, "options": limit},
            min_size=min_size,
            max_size=max_size,
            open=False,
            configure=configure,
            check=self._still_open,
            timeout=POOL_WITHIN,
            reconnect_timeout=RECONNECT_FOR,
        )

    async def _still_open(self, connection: AsyncConnection) -> None:
        """A server that ends says so at the socket of a connection at rest, or closes it. Where one has ended, most
        have: they are all looked at, lest whoever asks meets one after another."""
        poll = select.poll()
        poll.register(connection.pgconn.socket, select.POLLIN)
        if poll.poll(0):
            try:
                await self.check_connection(connection)
            except psycopg.Error:
                await self.check()
                raise


def _no_answer(seconds: float) -> psycopg.OperationalError:
    return psycopg.OperationalError(f"the database did not answer within {seconds:g} s")
