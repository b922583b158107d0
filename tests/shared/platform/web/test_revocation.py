"""What a service knows of tokens that are no longer good, read as the role that may read nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.local.postgres import EmbeddedPostgres
from shared.platform.event_store.migrate import migrate
from shared.platform.web.problems import NotSignedIn, ServiceUnavailable
from shared.platform.web.revocation import STALE, Revocations
from shared.platform.web.session import Viewer, mark_of
from tests.support.waiting import until

ACCESS = "bihuan_access"
FOLDER = Path(__file__).resolve().parents[4] / "services" / "cases" / "access_migrations"
SOON = datetime.now(UTC) + timedelta(hours=1)
API = Viewer("p-revoked", "office", "city", "api", SOON, "an api token")
SESSION = Viewer("p-revoked", "office", "city", "session", SOON, "a session")
READER = f"{ACCESS}_reader"


@pytest.fixture
def access(postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection[Any]]:
    """The access database with one account and its two tokens, as an administrator sees it."""
    owner, writer = postgres.dsn(ACCESS, f"{ACCESS}_owner"), f"{ACCESS}_writer"
    migrate(owner, [FOLDER], writer=writer, reader=READER)
    with psycopg.connect(postgres.dsn(ACCESS), autocommit=True) as connection:
        connection.execute(
            """INSERT INTO accounts (name, person, role, unit, password_hash)
               VALUES ('revoked', 'p-revoked', 'office', 'city', '')"""
        )
        for viewer in (API, SESSION):
            connection.execute(
                """INSERT INTO tokens (mark, kind, account, person, role, unit, expires)
                   VALUES (%s, %s, 'revoked', %s, %s, %s, %s)""",
                (viewer.mark, viewer.kind, *viewer.seat, viewer.expires),
            )
        yield connection
        connection.execute("DELETE FROM tokens WHERE account = 'revoked'")
        connection.execute("DELETE FROM accounts WHERE name = 'revoked'")


class Wall:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def revocations(
    access: psycopg.Connection[Any], postgres: EmbeddedPostgres, wall: Wall
) -> AsyncIterator[Revocations]:
    found = Revocations(postgres.dsn(ACCESS, READER), wall)
    with pytest.raises(ServiceUnavailable):
        found.check(API)  # nothing was read yet
    await found.open()

    async def ready() -> bool:
        return await found.ready() is None

    await until(ready)
    yield found
    await found.close()


def refuses(revocations: Revocations, viewer: Viewer) -> bool:
    try:
        revocations.check(viewer)
    except NotSignedIn:
        return True
    return False


async def test_a_token_that_ends_is_refused_within_a_second_and_no_other(
    revocations: Revocations, access: psycopg.Connection[Any]
) -> None:
    assert not refuses(revocations, API)
    access.execute("UPDATE tokens SET ended = now() WHERE mark = %s", (API.mark,))
    await until(lambda: refuses(revocations, API), 1.0)
    assert not refuses(revocations, SESSION)


async def test_nobody_sits_on_the_seat_of_a_disabled_account_not_even_with_a_token_that_was_never_recorded(
    revocations: Revocations, access: psycopg.Connection[Any]
) -> None:
    unknown = Viewer("p-revoked", "office", "city", "api", SOON, "nobody wrote this down")
    other_seat = Viewer("p-revoked", "county", "140525", "api", SOON, "another seat")
    assert not refuses(revocations, unknown)
    access.execute("UPDATE accounts SET disabled = true WHERE name = 'revoked'")
    await until(lambda: refuses(revocations, unknown), 1.0)
    assert not refuses(revocations, other_seat)


async def test_a_session_that_ended_is_kept_until_its_last_cookie_has_ended(
    revocations: Revocations, access: psycopg.Connection[Any]
) -> None:
    access.execute("UPDATE tokens SET ended = now() - interval '15 minutes' WHERE mark = %s", (SESSION.mark,))
    await until(lambda: refuses(revocations, SESSION), 1.0)
    access.execute("UPDATE tokens SET ended = now() - interval '17 minutes' WHERE mark = %s", (SESSION.mark,))
    await until(lambda: not refuses(revocations, SESSION), 1.0)


async def test_what_this_process_revoked_is_refused_before_the_list_says_so(revocations: Revocations) -> None:
    revocations.revoke_here([SESSION.mark])
    assert refuses(revocations, SESSION)


async def test_a_list_that_grows_stale_refuses_everybody_and_says_so(
    access: psycopg.Connection[Any], revocations: Revocations, wall: Wall
) -> None:
    await revocations.close()
    wall.now += STALE + 1
    with pytest.raises(ServiceUnavailable):
        revocations.check(API)
    assert await revocations.ready() is not None


async def test_the_use_of_an_api_token_is_told_at_most_once_a_minute(
    revocations: Revocations, access: psycopg.Connection[Any], wall: Wall
) -> None:
    def used(viewer: Viewer) -> Any:
        row = access.execute("SELECT used FROM tokens WHERE mark = %s", (viewer.mark,)).fetchone()
        return row[0] if row else None

    revocations.check(API)
    revocations.check(SESSION)
    wall.now += 61
    first = await until(lambda: used(API), 3.0)
    assert used(SESSION) is None
    revocations.check(API)
    wall.now += 61
    await until(lambda: not revocations._used, 3.0)
    assert used(API) == first


def test_who_reads_the_list_reads_no_account_and_no_token(
    access: psycopg.Connection[Any], postgres: EmbeddedPostgres
) -> None:
    with psycopg.connect(postgres.dsn(ACCESS, READER), autocommit=True) as reader:
        for table in ("accounts", "tokens", "attempts", "access_events"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"SELECT * FROM {table}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("UPDATE tokens SET ended = NULL")


def test_what_was_written_down_of_sign_ins_cannot_be_changed_by_the_service(
    access: psycopg.Connection[Any], postgres: EmbeddedPostgres
) -> None:
    with psycopg.connect(postgres.dsn(ACCESS, f"{ACCESS}_writer"), autocommit=True) as writer:
        for statement in (b"UPDATE access_events SET what = ''", b"DELETE FROM access_events"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute(statement)


def test_a_mark_is_of_the_session_alone() -> None:
    assert mark_of("a session") == SESSION.mark != API.mark
