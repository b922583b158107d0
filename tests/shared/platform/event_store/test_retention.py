"""What grows without bound has a rule: old rows go, what is to stay stays, and one process at a time sees to it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from prometheus_client import CollectorRegistry

from shared.platform.event_store import blocks, retention
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.retention import Retention
from tests.support.lanes import lane_on
from tests.support.sample import register
from tests.support.servers import Database

COUNT = "SELECT count(*) FROM {}"
ROWS: dict[str, list[tuple[str, str]]] = {
    "idempotency_keys": [
        ("gone", "INSERT INTO idempotency_keys VALUES ('gone', '', '', now() - interval '31 days')"),
        ("kept", "INSERT INTO idempotency_keys VALUES ('kept', '', '', now() - interval '29 days')"),
    ],
    "timers": [
        ("gone", "INSERT INTO timers (id, stream, kind, due, fired) VALUES "
                 "(gen_random_uuid(), gen_random_uuid(), 'gone', now() + '9 days', now() - interval '31 days')"),
        ("gone", "INSERT INTO timers (id, stream, kind, due, stopped) VALUES "
                 "(gen_random_uuid(), gen_random_uuid(), 'gone', now() - interval '31 days', true)"),
        ("kept", "INSERT INTO timers (id, stream, kind, due, fired) VALUES "
                 "(gen_random_uuid(), gen_random_uuid(), 'kept', now() - interval '99 days', now())"),
        ("kept", "INSERT INTO timers (id, stream, kind, due, stopped) VALUES "
                 "(gen_random_uuid(), gen_random_uuid(), 'kept', now() - interval '29 days', true)"),
        ("kept", "INSERT INTO timers (id, stream, kind, due, parked) VALUES "
                 "(gen_random_uuid(), gen_random_uuid(), 'kept', now() - interval '99 days', now())"),
    ],
    "dead_letters": [
        ("gone", "INSERT INTO dead_letters VALUES ('cases', 1, 'gone', '', '', '', now(), now() - interval '91 days')"),
        ("kept", "INSERT INTO dead_letters VALUES ('cases', 2, 'kept', '', '', '', now(), now() - interval '89 days')"),
        ("kept", "INSERT INTO dead_letters VALUES ('cases', 3, 'kept', '', '', '', now() - interval '1 year', NULL)"),
    ],
    "refused_forms": [
        ("gone", "INSERT INTO refused_forms VALUES ('gone', now() - interval '61 minutes', '')"),
        ("kept", "INSERT INTO refused_forms VALUES ('kept', now() - interval '59 minutes', '')"),
    ],
}  # fmt: skip
NAMES = {
    "idempotency_keys": "key",
    "timers": "kind",
    "dead_letters": "name",
    "refused_forms": "convert_from(id, 'UTF8')",
}


def test_every_table_of_the_store_has_its_rule(database: Database) -> None:
    """What is named in the module's table; of the others the rows are bounded."""
    bounded = {
        "feed_heads",
        "relay_positions",
        "consumer_positions",
        "handler_eras",
        "installation",
        "schema_migrations",
    }
    of_the_tests = {"lifts", "every_type"}
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = {name for (name,) in database.rows(query)} - bounded - of_the_tests
    assert [name for name in tables if name not in (retention.__doc__ or "")] == []
    assert {rule.table for rule in retention.RULES} == set(ROWS)


@pytest.mark.parametrize("table", ROWS)
async def test_old_rows_go_and_young_or_waiting_ones_stay(database: Database, table: str) -> None:
    for _, statement in ROWS[table]:
        database.rows(statement)
    registry = CollectorRegistry()
    await Retention(database.writer, registry).round()
    left = database.rows(f"SELECT {NAMES[table]} FROM {table}")
    assert left == [("kept",)] * len([name for name, _ in ROWS[table] if name == "kept"])
    gone = registry.get_sample_value("bihuan_retention_rows_total", {"table": table})
    assert gone == len(ROWS[table]) - len(left)


async def test_a_round_looks_at_so_many_pages_and_the_next_goes_on_from_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PAGES", 2)
    monkeypatch.setattr(retention, "PAGES_A_ROUND", 4)
    database.rows("""INSERT INTO idempotency_keys SELECT n::text, '', decode(repeat('00', 900), 'hex'),
                     now() - interval '31 days' FROM generate_series(1, 100) AS n""")
    keeper = Retention(database.writer, CollectorRegistry())
    left = []
    while database.one(COUNT.format("idempotency_keys")):
        await keeper.round()
        left.append(database.one(COUNT.format("idempotency_keys")))
    assert left == [68, 36, 4, 0]
    database.rows("INSERT INTO idempotency_keys VALUES ('again', '', '', now() - interval '31 days')")
    while database.one(COUNT.format("idempotency_keys")):
        await keeper.round()


async def test_one_process_at_a_time_goes_round(database: Database) -> None:
    database.rows(ROWS["idempotency_keys"][0][1])
    with psycopg.connect(database.writer, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('retention'))")
        await Retention(database.writer, CollectorRegistry()).round()
        assert database.one(COUNT.format("idempotency_keys")) == 1
    await Retention(database.writer, CollectorRegistry()).round()
    assert database.one(COUNT.format("idempotency_keys")) == 0


# --- the internal feed ---


def fill(database: Database, count: int, *, recorded: str = "now() - interval '2 hours'") -> None:
    """`count` rows of the internal feed, all on the bus."""
    database.rows(
        f"""INSERT INTO internal_events SELECT n, 'Told', gen_random_uuid(), n, '案件 ' || n, 'at', ({recorded})::text,
            '{{"a":"线\\n' || n || '"}}' FROM generate_series(1, %s) AS n""", (count,)
    )  # fmt: skip
    database.rows("INSERT INTO relay_positions VALUES ('internal', %s)", (count,))


ALL = f"SELECT {blocks.COLUMNS} FROM internal_events ORDER BY sequence"
BLOCKS = "SELECT first, last FROM internal_blocks ORDER BY first"


async def test_rows_that_everybody_has_are_packed_a_thousand_at_a_time(database: Database) -> None:
    fill(database, 2500)
    before = database.rows(ALL)
    registry = CollectorRegistry()
    await Retention(database.writer, registry).round()
    assert database.rows(BLOCKS) == [(1, 1000), (1001, 2000)]
    bodies = [body for (body,) in database.rows("SELECT body FROM internal_blocks ORDER BY first")]
    assert [row for body in bodies for row in blocks.unpack(body)] + database.rows(ALL) == before
    assert registry.get_sample_value("bihuan_retention_rows_total", {"table": "internal_events"}) == 2000


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ("UPDATE relay_positions SET sequence = 999", "not on the bus"),
        ("DELETE FROM relay_positions", "nothing on the bus"),
        ("UPDATE internal_events SET recorded = now()::text WHERE sequence = 1000", "young"),
        ("DELETE FROM internal_events WHERE sequence > 1000", "the last of all"),
    ],
    ids=["behind", "nothing", "young", "last"],
)
async def test_what_somebody_may_still_miss_is_not_packed(database: Database, spoil: str, why: str) -> None:
    fill(database, 1500)
    database.rows(spoil)
    await Retention(database.writer, CollectorRegistry()).round()
    assert database.rows(BLOCKS) == [], why


async def test_packing_is_all_or_nothing(database: Database) -> None:
    fill(database, 1500)
    database.rows("REVOKE DELETE ON internal_events FROM bihuan_cases_writer")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await Retention(database.writer, CollectorRegistry()).round()
    assert database.rows(BLOCKS) == []
    assert database.one(COUNT.format("internal_events")) == 1500


async def test_what_the_lane_writes_now_is_packed_as_it_was_written(database: Database) -> None:
    async with lane_on(database.writer) as lane:
        for _ in range(2):
            await lane.submit(register(new_id(), saying="一"))
        many = [lane.submit(register(new_id(), saying="二")) for _ in range(500)]
        for one in many:
            await one
    before = database.rows(ALL)
    database.rows("INSERT INTO relay_positions VALUES ('internal', 1004)")
    await Retention(database.writer, CollectorRegistry(), packed_after=timedelta(0)).round()
    (body,) = (body for (body,) in database.rows("SELECT body FROM internal_blocks"))
    assert blocks.unpack(body) == before[:1000]
    assert len(body) < sum(len("".join(map(str, row))) for row in before[:1000]) / 4


def test_a_block_of_today_is_read_for_ever() -> None:
    body = bytes.fromhex(Path(__file__).with_name("block.hex").read_text())
    row: Any = (7, "CaseOpened", "018f", 1, "018f", "2022-01-21T17:31:00+08:00", "2022-01-21T09:31:00Z", '{"a":"线"}')
    assert blocks.unpack(body) == [row, (8, *row[1:])]
