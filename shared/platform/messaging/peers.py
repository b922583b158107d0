"""This process among the others of its service: what it alone may do just now, and what they commit.

A lease is an advisory lock, held by a session of its own in the service's database. The session says something every
HEARTBEAT; PostgreSQL ends it, and gives its locks to whoever asks next, as soon as its socket closes (the process was
stopped or killed) or it was silent for LEASE seconds (`idle_session_timeout`: the process is frozen, its machine is
gone, the network is cut). TCP would not do: the kernel of a frozen process goes on acknowledging, so neither keepalives
nor `tcp_user_timeout` ever notice. A lease in a table would do, at the price of a write for every heartbeat.

Others ask every HEARTBEAT, so a lease changes hands within LEASE + HEARTBEAT. Its holder stops trusting it earlier than
PostgreSQL ends it, by a clock that runs on while the process is frozen. What was begun meanwhile may still overlap for
a moment: whoever holds a lease must write so that this does no harm. Limit: session locks need a session; a pooler that
hands out one per transaction must be passed by.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from prometheus_client import CollectorRegistry, Gauge

from shared.platform import postgres

HEARTBEAT = 1.0
LEASE = 6.0
TRUSTED = 4.5
"""For how many seconds after a heartbeat that was answered a holder counts on its lease."""
_END_WHEN_SILENT = f"SET idle_session_timeout = '{LEASE}s'"
_TRY = "SELECT name FROM unnest(%s::text[]) AS name WHERE pg_try_advisory_lock(hashtextextended(name, 0))"
log = structlog.get_logger("peers")


class Lease:
    """The right to do what only one process of a service may do. Made by `Peers.lease`."""

    def __init__(self, peers: Peers, name: str) -> None:
        self._peers = peers
        self._name = name

    @property
    def held(self) -> bool:
        """Whether this process has it now."""
        return self._peers.holds(self._name)

    async def wait(self) -> None:
        """Return once it is held."""
        while not self.held:
            await self._peers.changed()


class Peers:
    """`run` until cancelled: that gives back what is held. `heard` is called for each commit of another process."""

    def __init__(
        self, dsn: str, own: Callable[[], int | None], heard: Callable[[], None], registry: CollectorRegistry
    ) -> None:
        """`own` is the backend of this process's lane, whose notifications tell nothing new."""
        self._dsn = dsn
        self._own = own
        self._heard = heard
        self._gauge = Gauge("bihuan_lease", "Whether this process holds the lease", ["name"], registry=registry)
        self._held: dict[str, bool] = {}
        self._trusted_until = 0.0
        self._change = asyncio.Event()

    def lease(self, name: str) -> Lease:
        """The lease of this name, which is asked for from now on."""
        self._held.setdefault(name, False)
        self._gauge.labels(name).set(self._held[name])
        return Lease(self, name)

    def holds(self, name: str) -> bool:
        """Whether the lease of this name is held and can be counted on."""
        return self._held[name] and time.monotonic() < self._trusted_until

    async def changed(self) -> None:
        """Return at the next change, or a little later: trust ends by itself."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT):
                await self._change.wait()

    async def run(self) -> None:
        """Ask and hear for ever; a lost database is tried again."""
        while True:
            try:
                async with await postgres.connect(self._dsn, "peers", answer_within=LEASE) as connection:
                    await end_when_silent(connection)
                    await connection.execute("LISTEN stored_events")
                    while True:
                        await self._ask(connection)
                        async for notification in connection.notifies(timeout=HEARTBEAT):
                            if notification.pid != self._own():
                                self._heard()
            except (psycopg.Error, OSError) as error:
                log.warning("peers interrupted", error=f"{type(error).__name__}: {error}")
            finally:
                for name in self._held:
                    self._set(name, held=False)
            await asyncio.sleep(HEARTBEAT)

    async def _ask(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """For what is not held yet. That is the heartbeat, too."""
        asked = time.monotonic()
        wanted = [name for name, held in self._held.items() if not held]
        rows = await (await connection.execute(_TRY, (wanted,), prepare=True)).fetchall()
        self._trusted_until = asked + TRUSTED
        for (name,) in rows:
            log.info("lease taken", lease=name)
            self._set(name, held=True)

    def _set(self, name: str, *, held: bool) -> None:
        self._held[name] = held
        self._gauge.labels(name).set(held)
        self._change.set()
        self._change = asyncio.Event()


async def end_when_silent(connection: psycopg.AsyncConnection[Any]) -> None:
    """Let PostgreSQL end this session once it was silent for LEASE seconds."""
    await connection.execute(_END_WHEN_SILENT)
