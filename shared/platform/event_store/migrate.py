"""Migrations: numbered SQL files, applied once each, in order, by a step of their own.

A file is known by its name and its SHA-256; a file that was changed after it was applied is an error, because the
databases out there no longer are what the tree says. `{writer}` and `{reader}` stand for the database's roles.
All files of one run are applied in one transaction under an advisory lock, so two starters do not collide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

STORE = Path(__file__).parent / "migrations"
_LOCK = 0x42494855  # "BIHU"


class MigrationChanged(RuntimeError):
    """An applied migration file is no longer what it was."""


def migrate(owner_dsn: str, folders: Iterable[Path], *, writer: str, reader: str) -> list[str]:
    """Apply what is missing from `folders` to the database at `owner_dsn`; the names of the files applied now."""
    applied_now = []
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(
            """CREATE TABLE IF NOT EXISTS schema_migrations
               (name text PRIMARY KEY, sha256 text NOT NULL, applied timestamptz NOT NULL DEFAULT now())"""
        )
        connection.execute(SQL("GRANT SELECT ON schema_migrations TO {}").format(Identifier(writer)))
        applied: dict[str, str] = dict(connection.execute("SELECT name, sha256 FROM schema_migrations").fetchall())
        for folder in folders:
            for path in sorted(folder.glob("*.sql")):
                name, text = f"{folder.parent.name}/{path.name}", path.read_text("utf-8")
                digest = hashlib.sha256(text.encode()).hexdigest()
                if name not in applied:
                    connection.execute(
                        text.replace("{writer}", _quoted(connection, writer))
                        .replace("{reader}", _quoted(connection, reader))
                        .encode()
                    )
                    connection.execute("INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)", (name, digest))
                    applied_now.append(name)
                elif applied[name] != digest:
                    raise MigrationChanged(
                        f"{name} was changed after it was applied: restore it and put the change into a new file"
                    )
    return applied_now


def set_installation(owner_dsn: str, installation: UUID) -> None:
    """Write the installation's identifier into a database that has none yet."""
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "INSERT INTO installation (id) SELECT %s WHERE NOT EXISTS (SELECT FROM installation)", (installation,)
        )


def _quoted(connection: psycopg.Connection[object], role: str) -> str:
    return Identifier(role).as_string(connection)
