"""Migrations are applied once, in order, and are not changed afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from shared.platform.event_store.ids import new_id
from shared.platform.event_store.migrate import MigrationChanged, migrate, set_installation
from tests.support.servers import FOLDERS, ROLES, Database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A service's folder with two migrations."""
    folder = tmp_path / "lifts" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0002_second.sql").write_text("ALTER TABLE doors ADD COLUMN width integer;")
    (folder / "0001_first.sql").write_text("CREATE TABLE doors (id uuid); GRANT SELECT ON doors TO {writer}, {reader};")
    return folder


def apply(database: Database, folder: Path) -> list[str]:
    return migrate(database.owner, [*FOLDERS, folder], writer=ROLES[1], reader=ROLES[2])


def test_what_is_missing_is_applied_in_order_and_once(database: Database, folder: Path) -> None:
    assert apply(database, folder) == ["lifts/0001_first.sql", "lifts/0002_second.sql"]
    assert apply(database, folder) == []
    (folder / "0003_third.sql").write_text("DROP TABLE doors;")
    assert apply(database, folder) == ["lifts/0003_third.sql"]


def test_a_migration_that_was_changed_after_it_was_applied_is_an_error(database: Database, folder: Path) -> None:
    apply(database, folder)
    (folder / "0001_first.sql").write_text("CREATE TABLE doors (id bigint);")
    (folder / "0003_third.sql").write_text("CREATE TABLE ropes (id uuid);")
    with pytest.raises(MigrationChanged, match=r"lifts/0001_first\.sql was changed after it was applied: restore it"):
        apply(database, folder)
    assert database.one("SELECT to_regclass('ropes') IS NULL")


def test_a_run_that_fails_half_way_leaves_nothing(database: Database, folder: Path) -> None:
    (folder / "0003_third.sql").write_text("SELECT 1/0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        apply(database, folder)
    assert database.one("SELECT to_regclass('doors') IS NULL")
    (folder / "0003_third.sql").unlink()
    assert len(apply(database, folder)) == 2


def test_two_that_start_at_once_apply_everything_once(database: Database, folder: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(lambda _: apply(database, folder), range(4)))
    assert sorted(applied) == [[], [], [], ["lifts/0001_first.sql", "lifts/0002_second.sql"]]


def test_the_services_own_role_gets_what_the_migration_grants_and_no_more(database: Database, folder: Path) -> None:
    apply(database, folder)
    with psycopg.connect(database.writer, autocommit=True) as writer:
        assert writer.execute("SELECT * FROM doors").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            writer.execute("INSERT INTO doors VALUES (NULL, 1)")


def test_the_installation_is_written_once(database: Database) -> None:
    first, second = new_id(), new_id()
    set_installation(database.owner, first)
    set_installation(database.owner, second)
    assert database.rows("SELECT id FROM installation") == [(first,)]
