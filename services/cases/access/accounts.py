"""What the pages ask of the access database: signing in and out, renewing a session, changing a password.

An account is one seat of one person: somebody who holds two seats has two accounts, so that every act says in which
role it was done. To a wrong name, a wrong password, a disabled account and one that rests the answer is the same, made
by the same statements and in the same time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.cases.access.attempts import Attempts
from services.cases.access.audit import RECORD, entry
from services.cases.access.passwords import check_strength, hash_password, verify
from shared.platform.postgres import Pool
from shared.platform.web.session import LONGEST_SESSION, Viewer, mark_of, new_session

LONGEST_NAME = 100
HASHES_AT_ONCE = 2  # each takes 19 MiB while it is made
KEPT = "30 days"
"""For how long a token is listed after its end."""
_FIND = """SELECT name, person, role, unit, password_hash, must_change FROM accounts
           WHERE NOT disabled AND name = """
END_SESSIONS = """UPDATE tokens SET ended = now() WHERE account = %(account)s AND kind = 'session' AND ended IS NULL
                  AND expires > now() RETURNING mark"""
CHANGE = """UPDATE accounts SET password_hash = %(new)s, must_change = %(must_change)s
            WHERE name = %(account)s AND NOT disabled AND password_hash = %(old)s RETURNING name"""


@dataclass(frozen=True, slots=True)
class Account:
    """One seat: `person` is a campaign's person id; whoever `must_change` may do nothing but choose a password."""

    name: str
    person: str
    role: str
    unit: str
    password_hash: str = field(repr=False)
    must_change: bool = False


class Accounts:
    """Reads and writes the access database. `pepper` makes addresses unguessable."""

    def __init__(self, dsn: str, pepper: bytes) -> None:
        self._pool = Pool(dsn, min_size=0, max_size=4)
        self._attempts = Attempts(pepper)
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)

    async def open(self) -> None:
        """Open the pool; the database may come later."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.close()

    async def check(self, name: str, password: str, address: str) -> Account | None:
        """The account, if the password is right and neither the account nor the address rests; None in every other
        case."""
        name = name.strip().replace("\0", "")[:LONGEST_NAME]
        async with self._pool.connection() as connection, connection.transaction():
            account = await _account(connection, f"{_FIND} %s", name)
            left = await self._attempts.take(connection, name, address)
        if left is None:
            return None
        async with self._hashing:
            right = await asyncio.to_thread(verify, account.password_hash if account else None, password)
        async with self._pool.connection() as connection, connection.transaction():
            if account is None or not right:
                await connection.execute(RECORD, entry("rests" if left < 1 else "refused", "self", name))
                return None
            await self._attempts.forgive(connection, name, address)
        return account

    async def sign_in(self, account: Account) -> str | None:
        """Record a new session; its `jti`, or None where the account was disabled or its password changed meanwhile."""
        session = new_session()
        async with self._pool.connection() as connection, connection.transaction():
            found = await connection.execute(
                """UPDATE accounts SET signed_in = now()
                   WHERE name = %s AND NOT disabled AND password_hash = %s RETURNING name""",
                (account.name, account.password_hash),
            )
            if await found.fetchone() is None:
                return None
            mark = mark_of(session)
            await connection.execute(
                """INSERT INTO tokens (mark, kind, account, person, role, unit, expires)
                   VALUES (%s, 'session', %s, %s, %s, %s, now() + %s)""",
                (mark, account.name, account.person, account.role, account.unit, LONGEST_SESSION),
            )
            await connection.execute(RECORD, entry("signed-in", "self", account.name, mark))
            await connection.execute(f"DELETE FROM tokens WHERE expires < now() - interval '{KEPT}'")  # noqa: S608
        return session

    async def may_renew(self, viewer: Viewer) -> bool:
        """Whether the session is one that was signed in to here, has not ended, and its account is not disabled."""
        async with self._pool.connection() as connection:
            found = await connection.execute(
                """UPDATE tokens SET used = now() FROM accounts
                   WHERE mark = %s AND kind = 'session' AND ended IS NULL AND expires > now()
                     AND accounts.name = tokens.account AND NOT accounts.disabled RETURNING mark""",
                (viewer.mark,),
            )
            return await found.fetchone() is not None

    async def sign_out(self, viewer: Viewer) -> None:
        """End the session, for all services and for ever."""
        async with self._pool.connection() as connection, connection.transaction():
            found = await connection.execute(
                """INSERT INTO tokens (mark, kind, person, role, unit, expires, ended)
                   VALUES (%s, 'session', %s, %s, %s, %s, now())
                   ON CONFLICT (mark) DO UPDATE SET ended = coalesce(tokens.ended, now()) RETURNING account""",
                (viewer.mark, *viewer.seat, viewer.expires),
            )
            row = await found.fetchone()
            await connection.execute(RECORD, entry("signed-out", "self", row[0] if row else None, viewer.mark))

    async def account_of(self, viewer: Viewer) -> Account | None:
        """The account whose session this is."""
        query = f"{_FIND} (SELECT account FROM tokens WHERE mark = %s AND kind = 'session')"  # noqa: S608 – constants
        async with self._pool.connection() as connection:
            return await _account(connection, query, viewer.mark)

    async def change_password(self, account: Account, password: str) -> tuple[Account, list[str]] | None:
        """Give the account, whose present password was checked, a new one, and end its sessions: the account as it is
        now, and the marks of what has ended. None where it was disabled or changed meanwhile. Raises WeakPassword."""
        check_strength(password, (account.name, account.person))
        async with self._hashing:
            new = await asyncio.to_thread(hash_password, password)
        values = {"account": account.name, "old": account.password_hash, "new": new, "must_change": False}
        async with self._pool.connection() as connection, connection.transaction():
            if await (await connection.execute(CHANGE, values)).fetchone() is None:
                return None
            ended = await (await connection.execute(END_SESSIONS, values)).fetchall()
            await connection.execute(RECORD, entry("password-changed", "self", account.name))
        changed = Account(account.name, account.person, account.role, account.unit, new)
        return changed, [mark for (mark,) in ended]


async def _account(connection: AsyncConnection[Any], query: str, value: str) -> Account | None:
    async with connection.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(query.encode(), (value,))
        found: Account | None = await cursor.fetchone()
        return found
