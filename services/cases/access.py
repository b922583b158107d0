"""Local accounts: who may sign in, with Argon2id passwords, in a database of their own.

The embedded default; production signs in through the city's identity provider. An account is one seat of one person:
somebody who holds two seats has two accounts, so that every act says in which role it was done. After five failures an
account rests for a minute; the answer to a wrong name and to a wrong password is the same and takes as long.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

FAILURES = 5
REST = "1 minute"
_HASHER = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)  # KiB; OWASP Password Storage Cheat Sheet
_NOBODY = _HASHER.hash("nobody has this password")


@dataclass(frozen=True, slots=True)
class Account:
    """One seat: `person` is a campaign's person id."""

    name: str
    person: str
    role: str
    unit: str
    password_hash: str
    resting: bool


class Accounts:
    """Reads and counts in the access database."""

    def __init__(self, dsn: str) -> None:
        self._pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            dsn, min_size=0, max_size=2, open=False, kwargs={"autocommit": True}
        )

    async def open(self) -> None:
        """Open the pool; the database may come later."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.close()

    async def check(self, name: str, password: str) -> Account | None:
        """The account, if the password is right and it does not rest; None in every other case."""
        query = f"""SELECT name, person, role, unit, password_hash,
                           failures >= {FAILURES} AND failed > now() - interval '{REST}' AS resting
                    FROM accounts WHERE name = %s AND NOT disabled"""  # noqa: S608 – constants
        async with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Account)) as cursor:
            await cursor.execute(query, (name,))
            account: Account | None = await cursor.fetchone()
            right = await asyncio.to_thread(_verify, account.password_hash if account else _NOBODY, password)
            if account is None:
                return None
            if account.resting:
                return None
            if not right:
                await connection.execute(
                    "UPDATE accounts SET failures = failures + 1, failed = now() WHERE name = %s", (name,)
                )
                return None
            await connection.execute("UPDATE accounts SET failures = 0 WHERE name = %s", (name,))
        return account


def hash_password(password: str) -> str:
    """Argon2id, as a PHC string that carries its parameters: a fifth of the work of the library's defaults, so that an
    installation with a hundred seats starts in seconds."""
    return _HASHER.hash(password)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
