"""The role that a service writes with may append to its history, never change it."""

from __future__ import annotations

import psycopg
import pytest

from shared.platform.event_store.ids import new_id
from tests.support.lanes import lane_on
from tests.support.sample import register
from tests.support.servers import Database

HISTORIES = {
    "stored_events": ("state", "originator_id, originator_version"),
    "public_events": ("data", "sequence"),
    "internal_events": ("data", "sequence"),
    "idempotency_keys": ("result", "key"),
    "internal_blocks": ("body", "first"),
}
ATTEMPTS = [
    "UPDATE {table} SET {column} = ''",
    "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET {column} = ''",
    "TRUNCATE {table}",
    "DROP TABLE {table}",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} OWNER TO CURRENT_USER",
]


MAY_BE_DELETED = ("internal_events", "idempotency_keys")  # by retention: packed, or thirty days old


@pytest.mark.parametrize("table", HISTORIES)
async def test_the_writer_may_not_change_remove_or_take_over_a_history(database: Database, table: str) -> None:
    async with lane_on(database.writer) as lane:
        await lane.submit(register(new_id()), key="k")
    database.rows("INSERT INTO internal_blocks VALUES (1, 1, '')")
    before = database.rows(f"SELECT * FROM {table}")
    assert before
    column, key = HISTORIES[table]
    attempts = ATTEMPTS if table in MAY_BE_DELETED else ["DELETE FROM {table}", *ATTEMPTS]
    with psycopg.connect(database.writer, autocommit=True) as writer:
        for attempt in attempts:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute(attempt.format(table=table, column=column, key=key))
    assert database.rows(f"SELECT * FROM {table}") == before


def test_the_writer_may_take_the_lock_that_keeps_events_in_order(database: Database) -> None:
    with psycopg.connect(database.writer) as writer:
        writer.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE")


def test_the_reader_sees_the_public_feed_and_not_the_history(database: Database) -> None:
    with psycopg.connect(database.server.dsn(database.name, "bihuan_cases_reader"), autocommit=True) as reader:
        assert reader.execute("SELECT * FROM public_events").fetchall() == []
        for table in ("stored_events", "internal_events", "idempotency_keys", "dead_letters"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"SELECT * FROM {table}")
