"""What a restored cluster is told before any service uses it: that its feeds begin anew.

Others, who are not restored or read the feeds from outside, may have heard of what it has forgotten; no bus may be left
that could witness it (see shared.platform.messaging.timelines).
"""

import asyncio
from collections.abc import Mapping

import psycopg

from shared.platform.messaging import forks

MARK = "restored"
"""A file among the administration's secrets: databases that were filled and are to be told at the first migration."""


def begin_timelines(databases: Mapping[str, str]) -> dict[str, int]:
    """`databases`: service → connection of its owner. Migrations are done. The number of each new timeline."""
    return asyncio.run(_all(databases))


async def _all(databases: Mapping[str, str]) -> dict[str, int]:
    numbers = {}
    for service, dsn in databases.items():
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            numbers[service] = await forks.begin_after_restore(connection)
    return numbers
