"""The vault: a database of its own that holds the keys of tips and the identities of those who gave one.

It is written before the command is committed: a tip whose key were lost could never be read, while a vault row whose
command was refused or repeated is an orphan that says nothing and opens nothing. Keys lie there wrapped, identities as
ciphertext under the tip's key; what opens them, the key-encryption key, is a file that no database holds.
No other service can connect to this database. What another system's number belongs to is claimed here as well, because
the key of a tip that is given twice must be one before its command is.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from services.intake.cipher import Keyring, SubjectKey, Unreadable, WrappedKey
from services.intake.domain.values import Ciphertext
from shared.platform.event_store import typed
from shared.platform.event_store.lane import Unavailable
from shared.platform.postgres import Pool

PATIENCE = 5.0
FRESH = 2.0
"""For how many seconds after an answer it is taken for certain that the vault answers."""
IDENTITY = "identity"
WRONG_KEY = "密钥 vault_kek 与保险库中已有的数据不符：请从备份中放回原来的"
_KEEP_KEY = "INSERT INTO subject_keys (tip, aead_alg, wrapped_key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_KEEP_BOTH = f"""
WITH key AS ({_KEEP_KEY})
INSERT INTO identities (tip, pseudonym, aead_alg, ciphertext) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"""  # noqa: S608 – constants
_OLDEST = "SELECT tip, aead_alg, wrapped_key FROM subject_keys ORDER BY tip LIMIT 1"
_KEYS = "SELECT tip, aead_alg, wrapped_key FROM subject_keys WHERE tip = ANY(%s)"
_IDENTITY = """
SELECT k.aead_alg, k.wrapped_key, i.aead_alg, i.ciphertext
FROM identities i JOIN subject_keys k USING (tip) WHERE i.tip = %s"""

_CLAIM = "INSERT INTO numbers (source, number, tip) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_CLAIMED = "SELECT tip FROM numbers WHERE source = %s AND number = %s"
_PSEUDONYM = "SELECT pseudonym FROM identities WHERE tip = %s"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who gave a tip. Plain only in memory, between the request and the vault."""

    name: str
    phone: str
    mode: str


@dataclass(frozen=True, slots=True)
class SealedIdentity:
    """An identity as the vault keeps it."""

    pseudonym: str
    sealed: Ciphertext


def seal_identity(key: SubjectKey, pseudonym: str, identity: Identity) -> SealedIdentity:
    """The identity under the tip's key."""
    return SealedIdentity(pseudonym, key.seal(IDENTITY, msgspec.json.encode(identity).decode()))


def open_identity(key: SubjectKey, sealed: Ciphertext) -> Identity:
    """The identity again. Raises Unreadable."""
    return typed.decode(key.open(IDENTITY, sealed), Identity)


class Vault:
    """Reads and writes the vault. All methods raise Unavailable when it does not answer within PATIENCE seconds."""

    def __init__(self, dsn: str, keyring: Keyring) -> None:
        self._keyring = keyring
        self._pool = Pool(dsn, min_size=1, max_size=6)
        self._answered = -math.inf
        self._fits = True

    async def open(self) -> None:
        """Open the pool; the database may come later."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.close()

    async def ready(self) -> str | None:
        """None when the vault answers, or did so a moment ago, and our key is that of its oldest row; else what is
        missing. A lost key-encryption key that was made anew would be noticed by whoever has to read an old tip."""
        if time.monotonic() - self._answered > FRESH:
            async with self._pool.connection() as connection:
                oldest = await (await connection.execute(_OLDEST)).fetchone()
            self._answered = time.monotonic()
            self._fits = oldest is None or self._opens(*oldest)
        return None if self._fits else WRONG_KEY

    def _opens(self, tip: UUID, algorithm: str, wrapped: bytes) -> bool:
        try:
            self._keyring.unwrap(tip, WrappedKey(algorithm, wrapped))
        except Unreadable:
            return False
        return True

    def new_key(self, tip: UUID) -> tuple[SubjectKey, WrappedKey]:
        """A key for a new tip; `keep` it before anything is sealed for good."""
        return self._keyring.new(tip)

    async def keep(self, tip: UUID, key: WrappedKey, identity: SealedIdentity | None) -> None:
        """Write the tip's key and, if there is one, the identity: one round trip. Repeating it changes nothing."""
        values: list[Any] = [tip, key.aead_alg, key.wrapped]
        if identity is None:
            await self._run(_KEEP_KEY, values)
        else:
            sealed = identity.sealed
            await self._run(_KEEP_BOTH, [*values, tip, identity.pseudonym, sealed.aead_alg, sealed.base64])

    async def claim(self, source: str, number: str, tip: UUID) -> UUID:
        """The tip that this number of this source belongs to: `tip`, unless it was claimed for one before."""
        await self._run(_CLAIM, [source, number, tip])
        ((claimed,),) = await self._run(_CLAIMED, [source, number])
        return UUID(str(claimed))

    async def pseudonym_of(self, tip: UUID) -> str | None:
        """The pseudonym of who gave the tip; None where nobody is known."""
        rows = await self._run(_PSEUDONYM, [tip])
        return str(rows[0][0]) if rows else None

    async def keys_of(self, tips: Iterable[UUID]) -> dict[UUID, SubjectKey]:
        """The keys of those tips that still have one."""
        rows = await self._run(_KEYS, [list(tips)])
        return {tip: self._keyring.unwrap(tip, WrappedKey(alg, bytes(wrapped))) for tip, alg, wrapped in rows}

    async def key_of(self, tip: UUID) -> SubjectKey | None:
        """The tip's key, None once it was destroyed."""
        return (await self.keys_of([tip])).get(tip)

    async def identity_of(self, tip: UUID) -> Identity | None:
        """Who gave the tip, for the machine's own comparison with what is about to leave intake. Shown to nobody."""
        rows = await self._run(_IDENTITY, [tip])
        if not rows:
            return None
        key_alg, wrapped, alg, sealed = rows[0]
        key = self._keyring.unwrap(tip, WrappedKey(key_alg, bytes(wrapped)))
        return open_identity(key, Ciphertext(alg, sealed))

    async def _run(self, statement: str, values: Sequence[Any]) -> list[Any]:
        """Run one statement; a connection that died is replaced and the statement, which may be repeated, run again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                async with self._pool.connection(timeout=max(0.1, deadline - time.monotonic())) as connection:
                    cursor = await connection.execute(statement, values, prepare=True)
                    rows = await cursor.fetchall() if cursor.description else []
                self._answered = time.monotonic()
                return rows
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if time.monotonic() > deadline:
                    raise Unavailable("the vault does not answer") from error
                await asyncio.sleep(0.05)
