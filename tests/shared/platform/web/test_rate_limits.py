"""How often one sender may do a thing, whichever process of a service it asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from random import Random

import pytest
from fastapi import Request
from psycopg_pool import AsyncConnectionPool

from deploy.local.postgres import EmbeddedPostgres
from shared.platform.event_store.lane import Unavailable
from shared.platform.web import problems, rate_limits
from shared.platform.web.rate_limits import RateLimit, RateLimiter, address_of
from tests.support import servers
from tests.support.running import ServiceDatabase, make_database

PEPPER = b"a" * 32
KNOCKS = RateLimit("knock", 20, 720, "请在 {minutes} 分钟后再敲门。")
WORDS = RateLimit("words", 1000, 3600)


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


async def test_a_sender_is_refused_by_all_processes_until_time_gives_a_token_back(pool: AsyncConnectionPool) -> None:
    wall = Wall()
    processes = [RateLimiter(pool, PEPPER, wall=wall), RateLimiter(pool, PEPPER, wall=wall)]
    for n in range(KNOCKS.burst):
        await processes[n % 2].take(KNOCKS, "192.0.2.7")
    for one in processes:
        with pytest.raises(problems.TooManyRequests) as refused:
            await one.take(KNOCKS, "192.0.2.7")
    assert refused.value.headers["Retry-After"] == "5"
    assert refused.value.values["minutes"] == 1
    assert await processes[0].wait(KNOCKS, "192.0.2.8") == 0
    wall.now += 5
    assert [await one.wait(KNOCKS, "192.0.2.7") for one in processes] == [0, 5]


async def test_takers_at_the_same_time_never_get_more_than_there_is(pool: AsyncConnectionPool) -> None:
    wall = Wall()
    processes = [RateLimiter(pool, PEPPER, wall=wall) for _ in range(3)]
    waits = await asyncio.gather(*(processes[n % 3].wait(KNOCKS, "192.0.2.7") for n in range(100)))
    assert sum(1 for wait in waits if wait == 0) == KNOCKS.burst


async def test_over_any_time_a_sender_gets_a_burst_and_what_came_back(pool: AsyncConnectionPool) -> None:
    chance, wall = Random(7), Wall()
    limiter, start, granted = RateLimiter(pool, PEPPER, wall=wall), wall.now, 0
    for _ in range(300):
        tokens = chance.randint(1, 40)
        if await limiter.wait(WORDS, "a", tokens) == 0:
            granted += tokens
        assert granted <= WORDS.burst + (wall.now - start) * WORDS.per_hour / 3600
        wall.now += chance.choice((0, 1, 13))
    assert granted > WORDS.burst


async def test_who_waits_as_long_as_told_is_served_and_not_a_second_earlier(pool: AsyncConnectionPool) -> None:
    wall = Wall()
    limiter = RateLimiter(pool, PEPPER, wall=wall)
    await limiter.take(WORDS, "a", 900)
    wait = await limiter.wait(WORDS, "a", 300)
    assert wait == 200
    wall.now += wait - 1
    assert await limiter.wait(WORDS, "a", 300) == 1
    wall.now += 1
    assert await limiter.wait(WORDS, "a", 300) == 0


async def test_what_is_charged_afterwards_is_refused_before(pool: AsyncConnectionPool) -> None:
    limiter = RateLimiter(pool, PEPPER, wall=Wall())
    for _ in range(KNOCKS.burst + 7):
        await limiter.charge(KNOCKS, "192.0.2.7")
    with pytest.raises(problems.TooManyRequests) as refused:
        await limiter.check(KNOCKS, "192.0.2.7")
    assert refused.value.headers["Retry-After"] == "5", "more than a burst is never owed"


async def test_who_only_asks_is_never_refused_and_writes_nothing(
    pool: AsyncConnectionPool, own: ServiceDatabase
) -> None:
    limiter = RateLimiter(pool, PEPPER, wall=Wall())
    for _ in range(100):
        await limiter.check(KNOCKS, "192.0.2.7")
    assert own.one("SELECT count(*) FROM rate_limits") == 0


async def test_of_a_raised_limit_a_process_takes_a_share_and_asks_once_for_all_of_it(
    pool: AsyncConnectionPool, own: ServiceDatabase
) -> None:
    wall = Wall()
    limiter = RateLimiter(pool, PEPPER, 10_000, wall)
    assert [await limiter.wait(KNOCKS, "192.0.2.7") for _ in range(KNOCKS.burst * 10)] == [0] * KNOCKS.burst * 10
    ahead = own.one("SELECT full_at FROM rate_limits") - wall.now
    assert ahead == pytest.approx(200 * 5 / 10_000), "two hundred tokens were taken at once"
    await pool.close()
    with pytest.raises(Unavailable):
        await limiter.take(KNOCKS, "192.0.2.7")


async def test_no_sender_is_kept_and_marks_change_with_the_day_and_the_thing(
    pool: AsyncConnectionPool, own: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "SWEEP_EVERY", 1e9)
    wall = Wall()
    limiter = RateLimiter(pool, PEPPER, wall=wall)
    await limiter.take(KNOCKS, "192.0.2.7")
    await limiter.take(WORDS, "192.0.2.7")
    wall.now += 86_400
    await limiter.take(KNOCKS, "192.0.2.7")
    names = own.rows("SELECT bucket FROM rate_limits")
    assert len(names) == 3
    assert all(b"192.0.2.7" not in name for (name,) in names)


async def test_a_bucket_that_has_filled_up_again_is_deleted(pool: AsyncConnectionPool, own: ServiceDatabase) -> None:
    wall = Wall()
    limiter = RateLimiter(pool, PEPPER, wall=wall)
    for number in range(100):
        await limiter.take(KNOCKS, f"192.0.2.{number}")
    wall.now += rate_limits.SWEEP_EVERY + 1
    await limiter.take(KNOCKS, "192.0.2.7")
    assert own.one("SELECT count(*) FROM rate_limits") == 1


async def test_a_database_that_is_away_is_told_as_such(pool: AsyncConnectionPool) -> None:
    limiter = RateLimiter(pool, PEPPER, wall=Wall())
    await pool.close()
    with pytest.raises(Unavailable):
        await limiter.check(KNOCKS, "192.0.2.7")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
        ("testclient", "testclient", True),
    ],
)
def test_one_sender_is_one_address_and_of_ipv6_one_network(one: str, other: str, same: bool) -> None:
    asked = [Request({"type": "http", "client": (host, 1), "headers": []}) for host in (one, other)]
    assert (address_of(asked[0]) == address_of(asked[1])) is same
