"""How often an address may look for receipts that do not exist, whichever process of intake it asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from psycopg_pool import AsyncConnectionPool

from deploy.local.postgres import EmbeddedPostgres
from services.intake import limiter
from services.intake.limiter import MissLimiter, TooManyMisses
from shared.platform.event_store.lane import Unavailable
from tests.support import servers
from tests.support.running import ServiceDatabase, make_database

PEPPER = b"a" * 32


class Wall:
    """A wall clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def own(postgres: EmbeddedPostgres) -> Iterator[ServiceDatabase]:
    made = make_database(postgres, "intake")
    yield made
    servers.drop(made)


@pytest.fixture
async def pool(own: ServiceDatabase) -> AsyncIterator[AsyncConnectionPool]:
    async with AsyncConnectionPool(own.role("writer"), min_size=1, kwargs={"autocommit": True}, open=False) as made:
        yield made


async def test_an_address_that_keeps_missing_is_refused_by_all_until_time_gives_a_token_back(
    pool: AsyncConnectionPool,
) -> None:
    wall = Wall()
    processes = [MissLimiter(pool, PEPPER, wall), MissLimiter(pool, PEPPER, wall)]
    for n in range(int(limiter.BURST)):
        await processes[n % 2].check("192.0.2.7")
        await processes[n % 2].missed("192.0.2.7")
    for one in processes:
        with pytest.raises(TooManyMisses) as refused:
            await one.check("192.0.2.7")
        await one.check("192.0.2.8")
    wall.now += refused.value.wait
    for one in processes:
        await one.check("192.0.2.7")


async def test_an_address_that_finds_its_tips_is_never_refused_and_writes_nothing(
    pool: AsyncConnectionPool, own: ServiceDatabase
) -> None:
    misses = MissLimiter(pool, PEPPER, Wall())
    for _ in range(100):
        await misses.check("192.0.2.7")
    assert own.one("SELECT count(*) FROM receipt_misses") == 0


async def test_no_address_is_kept_and_marks_change_with_the_day(
    pool: AsyncConnectionPool, own: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "FULL_AFTER", 1e9)
    wall = Wall()
    misses = MissLimiter(pool, PEPPER, wall)
    await misses.missed("192.0.2.7")
    wall.now += 86_400
    await misses.missed("192.0.2.7")
    names = own.rows("SELECT bucket FROM receipt_misses")
    assert len(names) == 2
    assert all(b"192.0.2.7" not in name for (name,) in names)


async def test_a_bucket_that_has_filled_up_again_is_deleted(pool: AsyncConnectionPool, own: ServiceDatabase) -> None:
    wall = Wall()
    misses = MissLimiter(pool, PEPPER, wall)
    for number in range(100):
        await misses.missed(f"192.0.2.{number}")
    wall.now += limiter.FULL_AFTER + 1
    await misses.missed("192.0.2.7")
    assert own.one("SELECT count(*) FROM receipt_misses") == 1


async def test_a_database_that_is_away_is_told_as_such(pool: AsyncConnectionPool) -> None:
    misses = MissLimiter(pool, PEPPER, Wall())
    await pool.close()
    with pytest.raises(Unavailable):
        await misses.check("192.0.2.7")
