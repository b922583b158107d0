"""The moving parts of one service: store, lane, relay, inboxes, timers, read pool; brought up and taken down in order.

`start` returns at once and brings the parts up in the background, retrying for ever: a service whose database or bus
is away answers /health, is loudly not ready, and recovers by itself. Until the lane is up, commands are Unavailable.
Other processes of the same service are the normal case: what one of them alone may do hangs on a lease (see `peers`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import nats.errors
import nats.js.errors
import psycopg
import structlog
from eventsourcing import persistence
from faststream.nats import NatsBroker, NatsNKey, NatsSecurity
from prometheus_client import CollectorRegistry

from shared.platform.clock import Clock
from shared.platform.event_store.instants import read_every_instant
from shared.platform.event_store.lane import Command, CommandLane, Unavailable
from shared.platform.event_store.retention import Retention
from shared.platform.event_store.session import Reactions
from shared.platform.event_store.store import Store, open_store
from shared.platform.event_store.timers import Fire, Timers
from shared.platform.messaging import seals
from shared.platform.messaging.forgotten import Remember, Remembering, nothing_before
from shared.platform.messaging.handler import Handler, Metrics
from shared.platform.messaging.inbox import Inbox
from shared.platform.messaging.peers import Peers
from shared.platform.messaging.progress import Progress
from shared.platform.messaging.reconciler import Reconciler
from shared.platform.messaging.relay import Relay
from shared.platform.messaging.seals import Inspector, Sealer
from shared.platform.messaging.settings import Settings
from shared.platform.messaging.subscriber import subscribe
from shared.platform.messaging.trust import verifying
from shared.platform.messaging.turning_back import TakeBack
from shared.platform.messaging.wanted import Wanted
from shared.platform.postgres import Pool

R = TypeVar("R")
Handlers = Mapping[str, Mapping[str, Handler]]
TROUBLE = (psycopg.Error, persistence.PersistenceError, nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)
SEND_WITHIN = 2.0
"""For how many seconds a service that stops goes on sending what it has committed; another process sends the rest."""
CONNECT_WITHIN = 10.0
"""For how many seconds one attempt to enter the bus goes on: nats-py waits for ever after a handshake that failed."""
_READING = "-c plan_cache_mode=force_custom_plan"  # what is quick for one viewer and filter is slow for another
_OWN_SESSIONS = "-c idle_in_transaction_session_timeout=5s"  # the locks of a process that froze must not stay
log = structlog.get_logger("engine")


class Engine:
    """All that runs behind a service's HTTP application. `handlers` maps producer → event name → handler.

    `patience`: for how many seconds an event may wait so that others are taken in with it, in one transaction. Nothing
    that others wait for may follow from it. `take_back` undoes what followed from events that a producer has forgotten,
    `remember` keeps what is to be kept of those that this service has.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        reactions: Reactions,
        handlers: Handlers,
        fire: Fire,
        registry: CollectorRegistry,
        *,
        patience: float = 0.0,
        take_back: TakeBack | None = None,
        remember: Remember | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.registry = registry
        self.installation: UUID | None = None
        self.inboxes: dict[str, Inbox] = {}
        self.pool = Pool(
            settings.postgres_reader_dsn, min_size=1, max_size=8, settings=_READING, configure=read_every_instant
        )  # fmt: skip
        self.own_pool = Pool(settings.postgres_dsn, min_size=0, max_size=4, settings=_OWN_SESSIONS)
        self.peers = Peers(settings.postgres_dsn, self._backend, self._heard, registry)
        self.stopping = False
        self.commits = 0
        self.broker = make_broker(settings)
        self._reactions = reactions
        self.handlers = handlers
        self._fire = fire
        self._patience = patience if settings.clock == "system" else 0.0  # a simulation waits for everybody
        self._metrics = Metrics(registry)
        self._take_back = take_back
        self._before_timeline = (
            Remembering(settings.service, self.submit, self.own_pool, remember).before if remember else nothing_before
        )
        service = settings.service
        self._sealer = Sealer(service, settings.shared_secrets(seals.TO))
        self._inspectors = {
            producer: Inspector(service, settings.secret(f"{seals.FROM}{producer}")) for producer in handlers
        }
        self._progress = Progress(settings.postgres_dsn, clock.now, registry)
        self._ended: list[str] = []
        self._store: Store | None = None
        self._lane: CommandLane | None = None
        self._relay: Relay | None = None
        self._reconciler: Reconciler | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._relaying: asyncio.Task[None] | None = None
        self._waiting_for = "the database"
        self._commit = asyncio.Event()

    def submit(
        self, command: Command[R], *, key: str | None = None, fingerprint: bytes = b"", streams: Sequence[UUID] = ()
    ) -> asyncio.Future[R]:
        """Run a command in the lane: see CommandLane.submit."""
        if self._lane is None:
            refused: asyncio.Future[R] = asyncio.get_running_loop().create_future()
            refused.set_exception(Unavailable(f"waiting for {self._waiting_for}"))
            return refused
        return self._lane.submit(command, key=key, fingerprint=fingerprint, streams=streams)

    @property
    def reconciler(self) -> Reconciler:
        """What compares the bus with the database. Raises Unavailable until the bus is open."""
        if self._reconciler is None:
            raise Unavailable(f"waiting for {self._waiting_for}")
        return self._reconciler

    @property
    def store(self) -> Store:
        """The event store, for reading aggregates. Raises Unavailable until it is open."""
        if self._store is None:
            raise Unavailable(f"waiting for {self._waiting_for}")
        return self._store

    async def next_commit(self, timeout: float, since: int | None = None) -> None:
        """Return at the next commit of this service, or when it stops, or after `timeout` seconds.

        `since` is what `commits` was before the caller last looked: with it no commit can fall in between.
        """
        if since is not None and since != self.commits:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._commit.wait()

    @property
    def has_heard_all(self) -> bool:
        """Whether all that others had told at the last look, seconds ago, was taken in."""
        return self._progress.has_heard_all

    async def start(self) -> None:
        """Begin to bring everything up; returns at once."""
        self._spawn(self._bring_up())

    def begin_stop(self) -> None:
        """Let whoever follows commits end: requests that stay open hold up the end of all others."""
        self.stopping = True
        self._committed()

    async def stop(self) -> None:
        """Stop taking in, after the batch at hand; finish what is waiting in the lane and send it; close everything."""
        self.begin_stop()
        with contextlib.suppress(*TROUBLE):
            await asyncio.gather(*[subscriber.stop() for subscriber in self.broker.subscribers])
        await end(self._tasks)  # timers, leases: what was begun of them is in the lane
        if self._lane is not None:
            await self._lane.close()
        if self._relaying is not None:
            if self._relay is not None and self._relay.active:
                self._relay.finish()
                await asyncio.wait([self._relaying], timeout=SEND_WITHIN)
            await end([self._relaying])
        with contextlib.suppress(*TROUBLE):
            await self.broker.stop()
        await self.pool.close()
        await self.own_pool.close()
        if self._store is not None:
            self._store.close()

    def last_known(self, producer: str) -> int:
        """The number of the last event of a producer that is known to be on the bus, seconds ago."""
        return self._progress.last_known(producer)

    def checks(self) -> dict[str, Callable[[], Awaitable[str | None]]]:
        """What is asked of readiness, by name: None when all is well, else what is missing."""
        progress = self._progress
        return {
            "database": progress.database_ready, "writing": progress.writing_ready, "bus": progress.bus_ready,
            "relay": progress.relay_ready, "consumers": progress.consumers_ready, "timers": progress.timers_ready,
            "read tables": progress.read_tables_ready, "bus_equal": self._bus_equal, "parts": self._parts_ready,
        }  # fmt: skip

    async def _parts_ready(self) -> str | None:
        """Whether all that was begun still runs."""
        if self._ended:
            return f"已意外终止：{'、'.join(self._ended)}"
        return None if self._relay is not None else f"等待中：{self._waiting_for}"

    async def _bus_equal(self) -> str | None:
        """None when the bus holds what the database says, as far as is known, else what it lacks."""
        return self._reconciler.trouble() if self._reconciler is not None else None

    # --- bringing up ---

    async def _bring_up(self) -> None:
        await self._until(self._open_database)
        await self._until(self._open_bus)
        log.info("service up", service=self.settings.service)

    async def _until(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        pause = 0.1
        while True:
            try:
                await step()
                return
            except TROUBLE as error:
                log.warning("not up yet", waiting_for=self._waiting_for, error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def _open_database(self) -> None:
        self._waiting_for = "the database"
        await self.pool.open()
        await self.own_pool.open()
        async with self.own_pool.connection() as connection:
            row = await (await connection.execute("SELECT id FROM installation")).fetchone()
        if row is None:
            raise psycopg.OperationalError("the database has no installation: run the migrations")
        self.installation = row[0]
        self._store = await asyncio.to_thread(open_store, self.settings.postgres_dsn)
        lane = CommandLane(
            self._store, self.settings.postgres_dsn, self._reactions, committed=self._committed,
            published=self._published,
        )  # fmt: skip
        lane.start()
        self._lane = self._progress.lane = lane
        self._spawn(self._progress.follow_database())
        self._spawn(self.peers.run())
        timers = Timers(self.settings.postgres_dsn, lane, self._fire, self.clock.now, self.registry)
        self._spawn(timers.run())
        self._spawn(Retention(self.settings.postgres_dsn, self.registry).run())
        for producer, handlers in self.handlers.items():
            inbox = Inbox(producer, handlers, lane, self.own_pool, self._metrics, self._take_back)
            self.inboxes[producer] = inbox
            lease = self.peers.lease(f"consumer/{producer}")
            subscribe(self.broker, self.settings.service, inbox, lease, self._inspectors[producer], self._patience)

    async def _open_bus(self) -> None:
        self._waiting_for = "the message bus"
        async with asyncio.timeout(CONNECT_WITHIN):
            await self.broker.connect()
        await self.broker.start()
        client = self.broker.config.connection_state.connection
        self._spawn(self._progress.follow_bus(client, self._inspectors))
        settings = self.settings
        self._relay = Relay(
            settings.service, settings.postgres_dsn, client, str(self.installation), settings.public_url, self._sealer,
            self.registry, self._before_timeline,
        )  # fmt: skip
        self._relaying = self._task(self._relay.run())
        self._reconciler = Reconciler(self._relay, client, self.own_pool, self._sealer, self.registry)
        self._spawn(self._reconciler.run())
        await Wanted(settings.service, self._reconciler.send_wanted).listen(client)

    def _backend(self) -> int | None:
        return self._lane.backend if self._lane is not None else None

    def _heard(self) -> None:
        """Another process of this service has committed."""
        self._committed()
        self._published()

    def _committed(self) -> None:
        self.commits += 1
        self._commit.set()
        self._commit = asyncio.Event()

    def _published(self) -> None:
        if self._relay is not None:
            self._relay.wake()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(self._task(work))

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=getattr(work, "__qualname__", "part"))
        task.add_done_callback(self._report)
        return task

    def _report(self, task: asyncio.Task[None]) -> None:
        """A part that ended of a defect is not begun again, which might go on for ever: readiness tells."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._ended.append(task.get_name())
            log.critical("a part of the service ended", part=task.get_name(), exc_info=error)


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel the tasks and wait until they have ended.

    More than once where need be: asyncio.wait_for, on which the client libraries wait, may swallow a cancellation that
    comes together with what it waits for (before Python 3.12).
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=1.0)


def make_broker(settings: Settings) -> NatsBroker:
    """The FastStream broker with this service's identity. It never gives up reconnecting: a client that does makes
    FastStream's loops spin."""
    nkey, context = settings.nats_nkey_file, verifying(settings.nats_ca)
    tls: dict[str, Any] = {"ssl_context": context, "tls_handshake_first": context is not None}
    return NatsBroker(
        settings.nats_url,
        name=settings.service,
        security=NatsNKey.from_file(str(nkey), **tls) if nkey else NatsSecurity(**tls),
        inbox_prefix=f"_INBOX_{settings.service}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        connect_timeout=5,
        ping_interval=5,
        max_outstanding_pings=2,
        logger=None,
    )
