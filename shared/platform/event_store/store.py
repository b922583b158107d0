"""The library's application, opened on one service's database."""

from __future__ import annotations

import os
from typing import Any, cast
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import strtobool
from psycopg.conninfo import conninfo_to_dict

from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.event_store.recorder import GroupRecorder
from shared.platform.postgres import CONNECT_WITHIN, POOL_WITHIN, RECONNECT_FOR, BlockingConnection

__all__ = ["AggregateNotFoundError", "Store", "UnsafeStore", "open_store"]


class UnsafeStore(RuntimeError):
    """The library is configured in a way that would lose the order of events."""


class Store(Application[UUID]):
    """The event store of one service: mapper, repository and recorder around the table `stored_events`."""

    name = "stored"  # the library names the table `<name>_events`
    recorder: GroupRecorder
    mapper: EventMapper

    def construct_mapper(self) -> Mapper[UUID]:
        return EventMapper(CanonicalTranscoder())


def open_store(dsn: str) -> Store:
    """Open the store at `dsn` (a libpq URI). Its tables must have been migrated.

    Raises UnsafeStore if POSTGRES_ENABLE_DB_FUNCTIONS is on: it skips the table lock that keeps events in order.
    """
    parts = {key: str(value) for key, value in conninfo_to_dict(dsn).items()}
    store = Store(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts["dbname"],
            "POSTGRES_HOST": parts.get("host") or os.environ.get("PGHOST", "localhost"),
            "POSTGRES_PORT": parts.get("port", "5432"),
            "POSTGRES_USER": parts["user"],
            "POSTGRES_PASSWORD": parts.get("password", ""),
            "POSTGRES_POOL_SIZE": "1",
            "POSTGRES_MAX_OVERFLOW": "3",
            "POSTGRES_CONNECT_TIMEOUT": f"{POOL_WITHIN:.0f}",
            "POSTGRES_PRE_PING": "yes",
            "POSTGRES_LOCK_TIMEOUT": "2",  # for the lane, waiting longer is trouble to be tried again and told
            "APPLICATION_RECORDER_TOPIC": "shared.platform.event_store.recorder:GroupRecorder",
            "CREATE_TABLE": "no",
        }
    )
    if strtobool(store.env.get("POSTGRES_ENABLE_DB_FUNCTIONS", "no") or "no"):
        store.close()
        raise UnsafeStore("unset POSTGRES_ENABLE_DB_FUNCTIONS: with it on, readers may skip events")
    pool = store.recorder.datastore.pool
    pool.connection_class, pool.reconnect_timeout = BlockingConnection, RECONNECT_FOR
    cast("dict[str, Any]", pool.kwargs)["connect_timeout"] = CONNECT_WITHIN
    return store
