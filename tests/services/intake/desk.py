"""*intake* in memory: its actors, its vault, and the shortest ways of a tip to any state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from typing import Any
from uuid import UUID

from services.intake.cipher import Keyring, SubjectKey, WrappedKey
from services.intake.domain.tip import TIPSTER, Tip
from services.intake.domain.values import Account
from services.intake.handlers import NEW_TIP, RECEIPT, TIP
from services.intake.handlers.clocks import Clocks, timers_of
from services.intake.projections import projector_of
from services.intake.publishers import publisher_of
from services.intake.queries import Queries, TextRow, TipRow
from services.intake.receipts import ReceiptCodes
from services.intake.reception import Intake, Reception
from services.intake.rules.triage import Reader
from services.intake.vault import Identity, SealedIdentity, Vault, open_identity
from shared.kernel.campaign import Campaign
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import new_id
from shared.platform.service.command import Told
from shared.platform.web.rate_limits import RateLimit, RateLimiter
from tests.support.in_memory import CAMPAIGN, SHANGHAI, InMemory, at

__all__ = ["CAMPAIGN", "SHANGHAI", "TIPSTER", "at"]

READER = Reader(CAMPAIGN)
CODES = ReceiptCodes(b"p" * 32, b"l" * 32)
NOON = at("2022-01-21 12:00")
HOTLINE = Actor("p-hotline-1", "hotline", "city")
OFFICE = Actor("p-contact", "office", "city")
DIRECTOR = Actor("p-deputy-director", "director", "city")
COUNTY = Actor("p-zezhou-1", "county", "140525")
ZEZHOU, GAOPING = "140525", "140581"
CLEAR = "巴公镇充装站充装超期未检的液化气瓶"
UNCLEAR = "有个充装站超装"
IDENTITY = {"name": "周小满", "phone": "13500001234"}
ENDINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "triaged": ("triage", {"unit": ZEZHOU}),
    "dismissed": ("dismiss", {"reason": "duplicate"}),
    "referred_elsewhere": ("refer-elsewhere", {"channel": "complaint"}),
}
"""How an officer brings a waiting tip to each state."""


class VaultInMemory(Vault):
    """A vault whose rows are dictionaries."""

    def __init__(self) -> None:
        self._keyring = Keyring(b"k" * 32)
        self.keys: dict[UUID, WrappedKey] = {}
        self.identities: dict[UUID, SealedIdentity] = {}
        self.numbers: dict[tuple[str, str], UUID] = {}

    async def keep(self, tip: UUID, key: WrappedKey, identity: SealedIdentity | None) -> None:
        self.keys.setdefault(tip, key)
        if identity is not None:
            self.identities.setdefault(tip, identity)

    async def claim(self, source: str, number: str, tip: UUID) -> UUID:
        return self.numbers.setdefault((source, number), tip)

    async def pseudonym_of(self, tip: UUID) -> str | None:
        kept = self.identities.get(tip)
        return kept.pseudonym if kept is not None else None

    async def keys_of(self, tips: Iterable[UUID]) -> dict[UUID, SubjectKey]:
        return {tip: self._keyring.unwrap(tip, self.keys[tip]) for tip in tips if tip in self.keys}

    async def identity_of(self, tip: UUID) -> Identity | None:
        kept = self.identities.get(tip)
        return open_identity(self._keyring.unwrap(tip, self.keys[tip]), kept.sealed) if kept is not None else None


class LimiterInMemory(RateLimiter):
    """Buckets that never fill up again."""

    def __init__(self) -> None:
        self.taken: Counter[tuple[str, str]] = Counter()

    async def wait(self, limit: RateLimit, who: str, tokens: int = 1) -> int:
        if self.taken[limit.name, who] + tokens > limit.burst:
            return 60
        self.taken[limit.name, who] += tokens
        return 0


class RowsInMemory(Queries):
    """What a desk's read tables hold."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Any, dict[str, Any]]] = {}

    async def tip(self, tip: UUID) -> TipRow | None:
        row = self.tables["tips"].get(tip)
        return _tip_row(row) if row else None

    async def texts(self, tip: UUID) -> list[TextRow]:
        rows = [row for row in self.tables["tip_texts"].values() if row["tip"] == tip]
        return [TextRow(row["id"], row["at"], row["author"], row["kind"], _account(row["sealed"])) for row in rows]


def _tip_row(row: dict[str, Any]) -> TipRow:
    known: dict[str, Any] = {field.name: row.get(field.name) for field in fields(TipRow)}
    return TipRow(**known)


def _account(sealed: Any) -> Account:
    return sealed if isinstance(sealed, Account) else Account(**sealed)


class Desk(InMemory):
    """One installation of *intake* in memory."""

    def __init__(self, campaign: Campaign = CAMPAIGN) -> None:
        self.vault = VaultInMemory()
        rows = RowsInMemory()
        reader = READER if campaign is CAMPAIGN else Reader(campaign)
        setting = Intake(campaign, reader, Reception(rows, self.vault), LimiterInMemory())
        super().__init__(NOON, setting, projector_of(CODES), publisher_of(campaign), timers_of)
        self.answer_timer = Clocks(campaign).fire
        rows.tables = self.tables

    # --- given and when ---

    def receive(
        self, text: str = UNCLEAR, by: Actor = TIPSTER, *, sender: str | None = None, **fields: Any
    ) -> UUID:  # fmt: skip
        """A tip comes in, over the counter's limits where there is a sender. Raises its refusal."""
        address = {"tip": str(new_id())} | ({} if sender is None else {"sender": sender})
        return UUID(self.order(NEW_TIP, "", by, address=address, text=text, **fields)["tip"])

    def give(self, command: str, tip: UUID, by: Actor = HOTLINE, *, version: int | None = None, **fields: Any) -> Told:
        """An officer gives a command to a tip. Raises its refusal."""
        return self.order(TIP, command, by, seen=version, address={"tip": str(tip)}, **fields)

    def write(self, tip: UUID, text: str = "在村口") -> Told:
        """The holder of the receipt writes."""
        return self.order(RECEIPT, "messages", TIPSTER, address={"tip": str(tip)}, text=text)

    def bring(self, state: str) -> UUID:
        """A tip in this state."""
        tip = self.receive()
        if state in ENDINGS:
            command, fields = ENDINGS[state]
            self.give(command, tip, **fields)
        return tip

    # --- then ---

    def tip(self, id_: UUID) -> Tip:
        found = self.aggregate(id_)
        assert isinstance(found, Tip)
        return found

    @property
    def told(self) -> list[tuple[str, str | None]]:
        """(event, jurisdiction) of everything that went out, None for the internal feed."""
        return [(one.name, one.jurisdiction) for one in self.published]

    @property
    def written(self) -> str:
        """Everything that commits wrote: events, rows, publications."""
        stored = "".join(one.state.decode() for stream in self.memory.streams.values() for one in stream)
        return f"{stored} {dict(self.tables)} {self.published}"


def everything_happens() -> Desk:
    """A desk on which every kind of event has happened."""
    desk = Desk()
    tip = desk.receive(
        by=HOTLINE, source="hotline", identity=IDENTITY, category="cylinder_filling", occurred_at=NOON,
        external_no="12345-7",
    )  # fmt: skip
    desk.write(tip)
    desk.give("message", tip, text="请问是哪个村？")
    desk.give("supplement", tip, text="回访得知：巴公镇", place="泽州县巴公镇")
    desk.give("triage", tip)
    desk.receive(CLEAR)
    desk.bring("dismissed")
    desk.give("refer-elsewhere", desk.receive("气罐少了两斤", kind="complaint"), message="已转12315。")
    desk.receive()
    desk.wait_until("2022-01-21 16:00")
    return desk
