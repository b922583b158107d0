"""The way in and the way out of what people write: sealed and kept in the vault before a command, opened after it for
authorised eyes.

Plain text lives in memory between the request and the seal, and again between the vault and an authorised reader's
screen. The order is the vault first, the command after it: see `vault`. One round trip to the vault and one commit are
all that a tip costs.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.cipher import SubjectKey
from services.intake.domain.values import Account, Ciphertext
from services.intake.queries import Queries, TextRow, TipRow
from services.intake.rules.triage import Reader
from services.intake.vault import Identity, Vault, seal_identity
from shared.kernel.commands import Setting
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.session import NotFound
from shared.platform.web.commands import told_as_problems
from shared.platform.web.rate_limits import RateLimiter

FIELDS = ("text", "place", "enterprise", "equipment")


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """A message on its way in, under its own identifier."""

    message: str
    text: Ciphertext


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A tip on its way in, under its own identifier."""

    tip: UUID
    account: Account
    pseudonym: str | None


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote, opened: by field, as far as it was filled in."""

    fields: dict[str, str]
    at: datetime
    author: str = "tipster"
    kind: str = "tip"

    @property
    def text(self) -> str:
        return self.fields.get("text", "")


class Reception:
    """Seals and opens. Raises problems.ServiceUnavailable where something cannot be read, Unavailable where it cannot
    be kept, NotFound for a tip that does not exist or whose key was destroyed."""

    def __init__(self, queries: Queries, vault: Vault) -> None:
        self._queries = queries
        self._vault = vault

    # --- sealing, before a command ---

    async def take_in(self, tip: UUID, fields: Mapping[str, str | None], identity: Identity | None) -> TakenIn:
        """A new tip's account, and the pseudonym of its sender; its key and who gave it are then in the vault."""
        key, wrapped = self._vault.new_key(tip)
        kept = seal_identity(key, secrets.token_hex(8), identity) if identity is not None else None
        account = _seal(key, "tip", fields)
        await self._vault.keep(tip, wrapped, kept)
        return TakenIn(tip, account, kept.pseudonym if kept else None)

    async def take_in_once(
        self, source: str, number: str, tip: UUID, fields: Mapping[str, str | None], identity: Identity | None
    ) -> TakenIn:
        """The same for what another system calls `number`. Whoever is first claims it; another request, in any process,
        gets the tip of the first and seals with that one's key, for either of the two commands may be committed."""
        tip = await self._vault.claim(source, number, tip)
        key, wrapped = self._vault.new_key(tip)
        await self._vault.keep(tip, wrapped, None)
        key = await self._vault.key_of(tip) or key
        if identity is not None:
            await self._vault.keep(tip, wrapped, seal_identity(key, secrets.token_hex(8), identity))
        return TakenIn(tip, _seal(key, "tip", fields), await self._vault.pseudonym_of(tip))

    async def sealed(self, tip: UUID, paper: str, fields: Mapping[str, str | None]) -> Account:
        """What is added to a tip, on a paper of its own."""
        key = await self._vault.key_of(tip)
        if key is None:
            raise NotFound("tip", tip)
        return _seal(key, paper, fields)

    async def message(self, tip: UUID, text: str) -> SealedMessage:
        """A message to or from the holder of the receipt."""
        message = str(new_id())
        sealed = (await self.sealed(tip, message, {"text": text})).text
        assert sealed is not None
        return SealedMessage(message, sealed)

    # --- opening what was sealed ---

    async def identity(self, tip: UUID) -> tuple[str | None, str | None]:
        """The declared name and telephone, for the machine's own comparison with what is about to leave intake."""
        found = await self._vault.identity_of(tip)
        return (found.name, found.phone) if found else (None, None)

    async def row(self, tip: UUID) -> TipRow:
        """The tip's row."""
        row = await self._queries.tip(tip)
        if row is None:
            raise NotFound("tip", tip)
        return row

    async def account(self, row: TipRow) -> Written:
        """What the tipster wrote at first; empty once the key was destroyed."""
        return (await self.accounts([row]))[row.id]

    async def accounts(self, rows: list[TipRow]) -> dict[UUID, Written]:
        """The same for several tips, with one question to the vault."""
        keys = await self._keys([row.id for row in rows])
        return {row.id: Written(_open(keys.get(row.id), "tip", row.account), row.received_at) for row in rows}

    async def texts(self, tip: UUID) -> list[Written]:
        """The dialogue and later additions, oldest first."""
        rows: list[TextRow] = await self._queries.texts(tip)
        key = (await self._keys([tip])).get(tip)
        return [Written(_open(key, str(row.id), row.sealed), row.at, row.author, row.kind) for row in rows]

    async def _keys(self, tips: list[UUID]) -> dict[UUID, SubjectKey]:
        async with told_as_problems():
            return await self._vault.keys_of(tips)


@dataclass(frozen=True, slots=True)
class Intake(Setting):
    """What *intake* decides with: the campaign, the rules that read tips in its words, the reception and its limits."""

    reader: Reader
    reception: Reception
    limiter: RateLimiter


def _seal(key: SubjectKey, paper: str, fields: Mapping[str, str | None]) -> Account:
    """Each field under a name of its own, which the seal binds: `<paper>/<field>`."""
    return Account(**{name: key.seal(f"{paper}/{name}", value) for name, value in fields.items() if value})


def _open(key: SubjectKey | None, paper: str, sealed: Account) -> dict[str, str]:
    if key is None:
        return {}
    found = ((name, getattr(sealed, name)) for name in FIELDS)
    return {name: key.open(f"{paper}/{name}", value) for name, value in found if value is not None}
