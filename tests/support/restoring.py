"""A database put back to an earlier state, as a restore of a backup does it, also under those who are using it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import psycopg


class Server(Protocol):
    """Where databases are."""

    def dsn(self) -> str:
        """The administrator's connection."""


class Database(Protocol):
    """One of them."""

    @property
    def server(self) -> Server: ...

    @property
    def name(self) -> str: ...


@contextmanager
def copied(database: Database, suffix: str = "copy") -> Iterator[str]:
    """A copy of the database as it is now; nobody may be using it in this moment. Dropped if it was not used."""
    name = f"{database.name}_{suffix}"
    with psycopg.connect(database.server.dsn(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database.name,)
        )
        connection.execute(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS false')
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database.name,)
            )
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{database.name}" STRATEGY FILE_COPY')
        finally:
            connection.execute(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS true')
    try:
        yield name
    finally:
        with psycopg.connect(database.server.dsn(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def put_back(database: Database, copy: str) -> None:
    """The copy takes the database's place; whoever was connected is not any more."""
    with psycopg.connect(database.server.dsn(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{database.name}" WITH (FORCE)')
        connection.execute(f'ALTER DATABASE "{copy}" RENAME TO "{database.name}"')
