"""The way in and the way out of what people write: read by the rules, sealed, kept in the vault, then the lane.

Plain text lives here in memory between the request and the seal, and again between the vault and an authorised
reader's screen. The order is the vault first, the command after it: see `vault`. One round trip to the vault and one
commit are all that a tip costs.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from services.intake import commands
from services.intake.application import SealedMessage, SealedTip, Tips, Told
from services.intake.cipher import SubjectKey
from services.intake.domain.tip import TIPSTER
from services.intake.domain.values import Account
from services.intake.queries import Queries, TextRow, TipRow
from services.intake.receipts import ReceiptCodes
from services.intake.rules.triage import Reader, Words, check_nothing_reveals_the_tipster, public_enterprise
from services.intake.vault import Identity, Vault, seal_identity
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.session import NotFound
from shared.platform.messaging.engine import Clock, Engine
from shared.platform.web.commands import Asked

FIELDS = ("text", "place", "enterprise", "equipment")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender of a tip is told, once."""

    tip: UUID
    code: str


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
    """Everything that touches plain text."""

    def __init__(
        self, engine: Engine, tips: Tips, queries: Queries, vault: Vault, reader: Reader, receipts: ReceiptCodes,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._tips = tips
        self._queries = queries
        self._vault = vault
        self._reader = reader
        self._receipts = receipts
        self._clock = clock

    # --- the tipster ---

    async def receive(self, asked: commands.Receive, actor: Actor, request: Asked) -> Receipt:
        """Take in a tip. The same key and content again give the same receipt.

        Raises Invalid and WrongRole (nothing was kept), KeyReused, Unavailable.
        """
        self._tips.check(asked, actor)
        request = self._unmarked(request) if actor == TIPSTER else request
        tip = new_id()
        key, wrapped = self._vault.new_key(tip)
        who = asked.identity
        name, phone = (who.name, who.phone) if who else (None, None)
        suggestion = self._reader.read(_words(asked))
        lead = self._reader.lead(suggestion, asked.enterprise or "", name, phone) if asked.kind == "tip" else None
        identity = None
        if who is not None:
            identity = seal_identity(key, secrets.token_hex(8), Identity(who.name, who.phone, who.mode))
        sealed = SealedTip(
            tip=tip, account=_seal(key, "tip", {name: getattr(asked, name) for name in FIELDS}), suggestion=suggestion,
            lead=lead, pseudonym=identity.pseudonym if identity else None,
        )  # fmt: skip
        await self._vault.keep(tip, wrapped, identity)
        envelope = self._tips.envelope(actor, self._clock.now(), request.key, tip)
        command = partial(self._tips.receive, envelope=envelope, asked=asked, sealed=sealed)
        result = await self._engine.submit(command, key=request.key, fingerprint=request.fingerprint)
        received = UUID(result["tip"])
        return Receipt(received, self._receipts.code(received))

    async def hear(self, tip: UUID, text: str, request: Asked) -> Told:
        """The holder of the receipt writes."""
        request = self._unmarked(request)
        message = await self._sealed_message(tip, text)
        envelope = self._tips.envelope(TIPSTER, self._clock.now(), request.key, tip)
        command = partial(self._tips.hear, envelope=envelope, id_=tip, message=message)
        return await self._engine.submit(command, key=request.key, fingerprint=request.fingerprint)

    # --- the officers ---

    async def triage(self, tip: UUID, asked: commands.Triage, actor: Actor, request: Asked) -> Told:
        """The tip concerns a unit. Raises Revealing for words that could identify the tipster."""
        identity = await self._vault.identity_of(tip)
        name, phone = (identity.name, identity.phone) if identity else (None, None)
        leaving = {"matter": asked.matter, "enterprise": asked.enterprise, "place": asked.place}
        check_nothing_reveals_the_tipster(leaving, name, phone)
        enterprise = asked.enterprise
        if "enterprise" not in asked.model_fields_set:
            typed = (await self.account(await self._row(tip))).fields.get("enterprise", "")
            enterprise = public_enterprise(typed, name, phone)
        return await self._submit(tip, actor, request, self._tips.triage, asked=asked, enterprise=enterprise)

    async def dismiss(self, tip: UUID, asked: commands.Dismiss, actor: Actor, request: Asked) -> Told:
        """The tip ends without a case, with a word to its sender if there is one."""
        message = await self._sealed_message(tip, asked.message) if asked.message else None
        return await self._submit(tip, actor, request, self._tips.dismiss, reason=asked.reason, message=message)

    async def refer_elsewhere(self, tip: UUID, asked: commands.ReferElsewhere, actor: Actor, request: Asked) -> Told:
        """A complaint or an enquiry goes to its own channel."""
        message = await self._sealed_message(tip, asked.message) if asked.message else None
        return await self._submit(
            tip, actor, request, self._tips.refer_elsewhere, channel=asked.channel, message=message
        )

    async def supplement(self, tip: UUID, asked: commands.Supplement, actor: Actor, request: Asked) -> Told:
        """What was learnt afterwards; the rules read everything again."""
        row = await self._row(tip)
        key = await self._key(tip)
        known = [await self.account(row), *(await self.texts(tip))]
        added = {name: value for name in FIELDS if (value := getattr(asked, name))}
        everything = {
            name: "\n".join(filter(None, (*(each.fields.get(name) for each in known), added.get(name))))
            for name in FIELDS
        }
        suggestion = self._reader.read(Words(**everything, category=row.category, kind=row.kind, danger=row.danger))
        supplement = str(new_id())
        return await self._submit(
            tip, actor, request, self._tips.supplement, supplement=supplement, account=_seal(key, supplement, added),
            suggestion=suggestion,
        )  # fmt: skip

    async def message(self, tip: UUID, asked: commands.Message, actor: Actor, request: Asked) -> Told:
        """An officer writes to the holder of the receipt."""
        message = await self._sealed_message(tip, asked.text)
        return await self._submit(tip, actor, request, self._tips.message, text=message)

    # --- opening what was sealed, for authorised eyes ---

    async def account(self, row: TipRow) -> Written:
        """What the tipster wrote at first; empty once the key was destroyed."""
        return (await self.accounts([row]))[row.id]

    async def accounts(self, rows: list[TipRow]) -> dict[UUID, Written]:
        """The same for several tips, with one question to the vault."""
        keys = await self._vault.keys_of(row.id for row in rows)
        return {row.id: Written(_open(keys.get(row.id), "tip", row.account), row.received_at) for row in rows}

    async def texts(self, tip: UUID) -> list[Written]:
        """The dialogue and later additions, oldest first."""
        rows: list[TextRow] = await self._queries.texts(tip)
        key = await self._vault.key_of(tip)
        return [Written(_open(key, str(row.id), row.sealed), row.at, row.author, row.kind) for row in rows]

    # --- helpers ---

    def _unmarked(self, request: Asked) -> Asked:
        """A tipster's key and fingerprint as HMACs: what is stored of them must not lead back to what was sent."""
        key = self._receipts.mark("idempotency key", request.key.encode()).hex()
        fingerprint = self._receipts.mark("fingerprint", request.fingerprint)
        return replace(request, key=f"tipster:{key}", fingerprint=fingerprint)

    async def _sealed_message(self, tip: UUID, text: str) -> SealedMessage:
        message = str(new_id())
        return SealedMessage(message, (await self._key(tip)).seal(f"{message}/text", text))

    async def _key(self, tip: UUID) -> SubjectKey:
        key = await self._vault.key_of(tip)
        if key is None:
            raise NotFound("tip", tip)
        return key

    async def _row(self, tip: UUID) -> TipRow:
        row = await self._queries.tip(tip)
        if row is None:
            raise NotFound("tip", tip)
        return row

    async def _submit(self, tip: UUID, actor: Actor, request: Asked, command: Any, **rest: Any) -> Told:
        envelope = self._tips.envelope(actor, self._clock.now(), request.key, tip)
        asked = partial(command, envelope=envelope, id_=tip, version=request.version, **rest)
        told: Told = await self._engine.submit(asked, key=request.key, fingerprint=request.fingerprint)
        return told


def _words(asked: commands.Receive) -> Words:
    return Words(
        text=asked.text, place=asked.place or "", enterprise=asked.enterprise or "", equipment=asked.equipment or "",
        category=asked.category, kind=asked.kind, danger=asked.danger,
    )  # fmt: skip


def _seal(key: SubjectKey, paper: str, fields: dict[str, str | None]) -> Account:
    """Each field under a name of its own, which the seal binds: `<paper>/<field>`."""
    return Account(**{name: key.seal(f"{paper}/{name}", value) for name, value in fields.items() if value})


def _open(key: SubjectKey | None, paper: str, sealed: Account) -> dict[str, str]:
    if key is None:
        return {}
    found = ((name, getattr(sealed, name)) for name in FIELDS)
    return {name: key.open(f"{paper}/{name}", value) for name, value in found if value is not None}
