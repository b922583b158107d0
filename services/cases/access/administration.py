"""What the commands `accounts` and `tokens` do in the access database, over one connection of its writer or owner.

Disabling an account ends its sessions and API tokens in one transaction with the change, under the lock of the
account's row: a sign-in that is under way either is ended with the others or finds the account disabled. Every change
is audited in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from services.cases.access.accounts import END_SESSIONS
from services.cases.access.attempts import LIMITS, name_mark
from services.cases.access.audit import RECORD, What, entry
from services.cases.access.passwords import check_strength, first_password, hash_password


class NoSuchThing(LookupError):
    """There is no account or token of this name; the message is the name."""


class Exists(ValueError):
    """There is an account of this name already; the message is the name."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as it is listed. `locked`: at one address at least, or everywhere, attempts are used up."""

    name: str
    person: str
    role: str
    unit: str
    disabled: bool
    must_change: bool
    signed_in: datetime | None
    locked: bool

    @property
    def state(self) -> str:
        """In one word: what keeps the owner out comes first."""
        if self.disabled:
            return "disabled"
        return "locked" if self.locked else "first-password" if self.must_change else "active"


@dataclass(frozen=True, slots=True)
class Token:
    """A recorded API token; `id` is its mark."""

    id: str
    name: str
    account: str | None
    person: str
    role: str
    unit: str
    issued: datetime
    expires: datetime
    used: datetime | None
    ended: datetime | None


class Administration:
    """`pepper` is that of *cases*: by it the failures of an account are found."""

    def __init__(self, connection: psycopg.Connection[Any], pepper: bytes) -> None:
        self._connection = connection
        self._pepper = pepper

    def accounts(self) -> list[Listed]:
        """All accounts, by name."""
        rests = "least(%(burst)s, tokens + extract(epoch FROM now() - since) * %(rate)s) < 1"
        locked = set()
        for kind in ("pair", "account"):
            burst, rate = LIMITS[kind]
            counted = f"SELECT name_mark FROM attempts WHERE kind = %(kind)s AND {rests}"  # noqa: S608 – constants
            marks = self._connection.execute(counted.encode(), {"kind": kind, "burst": burst, "rate": rate})
            locked |= {bytes(mark) for (mark,) in marks}
        query = """SELECT name, person, role, unit, disabled, must_change, signed_in, false AS locked
                   FROM accounts ORDER BY name"""
        with self._connection.cursor(row_factory=class_row(Listed)) as cursor:
            found = cursor.execute(query).fetchall()
        return [replace(one, locked=name_mark(self._pepper, one.name) in locked) for one in found]

    def add(self, name: str, person: str, role: str, unit: str) -> str:
        """Make an account; its first password. Raises Exists."""
        password = first_password()
        with self._connection.transaction():
            found = self._connection.execute(
                """INSERT INTO accounts (name, person, role, unit, password_hash) VALUES (%s, %s, %s, %s, %s)
                   ON CONFLICT (name) DO NOTHING RETURNING name""",
                (name, person, role, unit, hash_password(password)),
            )
            if found.fetchone() is None:
                raise Exists(name)
            self._record("account-added", name)
        return password

    def set_password(self, name: str, given: str | None) -> str:
        """Set the password that was given, or a first one; ends the account's sessions. Raises NoSuchThing,
        WeakPassword."""
        with self._connection.transaction():
            row = self._connection.execute("SELECT person FROM accounts WHERE name = %s FOR UPDATE", (name,)).fetchone()
            if row is None:
                raise NoSuchThing(name)
            if given is not None:
                check_strength(given, (name, row[0]))
            password = given if given is not None else first_password()
            self._connection.execute(
                "UPDATE accounts SET password_hash = %s, must_change = %s WHERE name = %s",
                (hash_password(password), given is None, name),
            )
            self._connection.execute(END_SESSIONS, {"account": name})
            self._unlock(name)
            self._record("password-set", name)
        return password

    def disable(self, name: str) -> int:
        """Shut an account out; how many sessions and tokens ended by that. Raises NoSuchThing."""
        with self._connection.transaction():
            self._change("UPDATE accounts SET disabled = true WHERE name = %s RETURNING name", name)
            ended = self._connection.execute(
                "UPDATE tokens SET ended = now() WHERE account = %s AND ended IS NULL AND expires > now()", (name,)
            )
            self._record("disabled", name)
        return ended.rowcount

    def enable(self, name: str) -> None:
        """Let an account in again; what ended stays ended. Raises NoSuchThing."""
        with self._connection.transaction():
            self._change("UPDATE accounts SET disabled = false WHERE name = %s RETURNING name", name)
            self._record("enabled", name)

    def unlock(self, name: str) -> None:
        """Forget the failures of an account. Raises NoSuchThing."""
        with self._connection.transaction():
            self._change("SELECT name FROM accounts WHERE name = %s", name)
            self._unlock(name)
            self._record("unlocked", name)

    def tokens(self) -> list[Token]:
        """The recorded API tokens, the latest first."""
        query = """SELECT mark AS id, label AS name, account, person, role, unit, issued, expires, used, ended
                   FROM tokens WHERE kind = 'api' ORDER BY issued DESC, mark"""
        with self._connection.cursor(row_factory=class_row(Token)) as cursor:
            return cursor.execute(query).fetchall()

    def issue(self, mark: str, label: str, seat: tuple[str, str, str], expires: datetime) -> bool:
        """Record a token that is about to be handed out, under the account of its seat where there is one. False, and
        nothing is recorded, where all accounts of the seat are disabled."""
        with self._connection.transaction():
            rows = self._connection.execute(
                """SELECT name, disabled FROM accounts WHERE (person, role, unit) = (%s, %s, %s) ORDER BY disabled, name
                   FOR SHARE""",
                seat,
            ).fetchall()
            account, disabled = rows[0] if rows else (None, False)
            if disabled:
                return False
            self._connection.execute(
                """INSERT INTO tokens (mark, kind, label, account, person, role, unit, expires)
                   VALUES (%s, 'api', %s, %s, %s, %s, %s, %s)""",
                (mark, label, account, *seat, expires),
            )
            self._record("token-issued", account, mark)
        return True

    def revoke(self, mark: str) -> None:
        """End an API token. Raises NoSuchThing."""
        with self._connection.transaction():
            row = self._connection.execute(
                """UPDATE tokens SET ended = coalesce(ended, now()) WHERE mark = %s AND kind = 'api'
                   RETURNING account""",
                (mark,),
            ).fetchone()
            if row is None:
                raise NoSuchThing(mark)
            self._record("token-revoked", row[0], mark)

    def _change(self, statement: str, name: str) -> None:
        if self._connection.execute(statement.encode(), (name,)).fetchone() is None:
            raise NoSuchThing(name)

    def _unlock(self, name: str) -> None:
        self._connection.execute("DELETE FROM attempts WHERE name_mark = %s", (name_mark(self._pepper, name),))

    def _record(self, what: What, account: str | None, mark: str | None = None) -> None:
        self._connection.execute(RECORD, entry(what, "command", account, mark))
