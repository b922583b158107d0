"""Tips for the tests of intake: facts, steps of a tip's life, and the application over memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from deploy.local.services import DEFAULT_CAMPAIGN
from services.intake import commands, projections
from services.intake.application import SealedMessage, SealedTip, Tips
from services.intake.cipher import Keyring
from services.intake.domain.tip import TIPSTER, Tip
from services.intake.domain.values import Account, Ciphertext, Lead
from services.intake.publishers import Publisher
from services.intake.receipts import ReceiptCodes
from services.intake.rules.triage import Reader, Words
from shared.kernel.campaign import load
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.event_store.session import Reactions, Session
from shared.platform.event_store.unit_of_work import UnitOfWork
from tests.support.scenario import Step

SHANGHAI = ZoneInfo("Asia/Shanghai")
CAMPAIGN = load(DEFAULT_CAMPAIGN)
READER = Reader(CAMPAIGN)
CODES = ReceiptCodes(b"p" * 32, b"l" * 32)
NOON = datetime(2022, 1, 21, 12, 0, tzinfo=SHANGHAI)
HOTLINE = Actor("p-hotline-1", "hotline", "city")
OFFICE = Actor("p-contact", "office", "city")
DIRECTOR = Actor("p-deputy-director", "director", "city")
COUNTY = Actor("p-zezhou-1", "county", "140525")
ZEZHOU, GAOPING = "140525", "140581"
CLEAR = "巴公镇充装站充装超期未检的液化气瓶"
UNCLEAR = "有个充装站超装"
SEALED = Ciphertext("AES-256-GCM-SIV", "c2VhbGVk")
LEAD = Lead(unit=ZEZHOU, matter="泽州县巴公镇某气瓶充装单位涉嫌超期未检")


def envelope(by: Actor = TIPSTER, at: datetime = NOON) -> Envelope:
    return Envelope(at=at, actor=by, command_key="k", campaign=CAMPAIGN.id, campaign_version=CAMPAIGN.version)


# --- steps of the aggregate ---


def received(**changes: Any) -> Step:
    facts: dict[str, Any] = {
        "kind": "tip", "source": "web", "mode": "anonymous", "account": Account(text=SEALED),
        "suggestion": READER.read(Words(UNCLEAR)), "triage_due": NOON + timedelta(hours=4), "danger": False,
        "in_period": True,
    }  # fmt: skip
    return lambda _: Tip.receive(envelope(), id=new_id(), **(facts | changes))


def triaged(by: Actor = HOTLINE, lead: Lead = LEAD) -> Step:
    return lambda tip: tip.triage(envelope(by), lead)


def triaged_by_rule(lead: Lead = LEAD) -> Step:
    return lambda tip: tip.triage_by_rule(envelope(), lead)


def dismissed(by: Actor = HOTLINE, reason: str = "duplicate") -> Step:
    return lambda tip: tip.dismiss(envelope(by), reason)


def referred(by: Actor = HOTLINE, channel: str = "complaint") -> Step:
    return lambda tip: tip.refer_elsewhere(envelope(by), channel)


def supplemented(by: Actor = HOTLINE) -> Step:
    return lambda tip: tip.supplement(envelope(by), str(new_id()), Account(place=SEALED), READER.read(Words(CLEAR)))


def identity_sealed(pseudonym: str = "0123456789abcdef") -> Step:
    return lambda tip: tip.seal_identity(envelope(), pseudonym)


def heard(by: Actor = TIPSTER) -> Step:
    return lambda tip: tip.hear(envelope(by), str(new_id()), SEALED)


def told(by: Actor = HOTLINE) -> Step:
    return lambda tip: tip.tell(envelope(by), str(new_id()), SEALED)


# --- the application over memory ---


class Memory:
    """What the lane's cache is to a session."""

    def __init__(self) -> None:
        self._live: dict[UUID, Any] = {}

    def get(self, id_: UUID) -> Any:
        return self._live.get(id_)

    def put(self, aggregate: Any) -> None:
        self._live[aggregate.id] = aggregate


class Desk:
    """*intake* without databases: commands in, what a commit would write out."""

    def __init__(self) -> None:
        self.tips = Tips(CAMPAIGN, READER, CODES)
        self.works: list[UnitOfWork] = []
        self._memory = Memory()
        self._reactions = Reactions(projections.project, Publisher(CAMPAIGN).publish, lambda _: {})

    def run(self, command: Callable[[Session], Any]) -> Any:
        session = Session(self._memory, self._reactions, EventMapper(CanonicalTranscoder()).to_stored_event)  # type: ignore[arg-type]
        answer = command(session)
        self.works.append(session.work)
        return answer

    def receive(self, text: str, by: Actor = TIPSTER, at: datetime = NOON, **fields: Any) -> UUID:
        """Take in a tip as the reception does, without a vault."""
        asked = commands.Receive.model_validate({"text": text} | fields)
        tip = new_id()
        key, _ = Keyring(b"k" * 32).new(tip)
        suggestion = READER.read(Words(asked.text, asked.place or "", category=asked.category, danger=asked.danger))
        lead = READER.lead(suggestion, asked.enterprise or "", None, None) if asked.kind == "tip" else None
        sealed = SealedTip(
            tip, Account(text=key.seal("tip/text", text)), suggestion, lead, "f00d" if asked.identity else None
        )
        self.tips.check(asked, by)
        answer = self.run(lambda session: self.tips.receive(session, envelope(by, at), asked, sealed))
        return UUID(answer["tip"])

    def triage(self, tip: UUID, version: int | None = None, by: Actor = HOTLINE, **fields: Any) -> Any:
        asked = commands.Triage.model_validate(fields)
        return self.run(lambda s: self.tips.triage(s, envelope(by), tip, version, asked, asked.enterprise))

    def dismiss(self, tip: UUID, reason: str, message: SealedMessage | None = None) -> Any:
        return self.run(lambda s: self.tips.dismiss(s, envelope(HOTLINE), tip, None, reason, message))

    def refer_elsewhere(self, tip: UUID, channel: str | None = None) -> Any:
        return self.run(lambda s: self.tips.refer_elsewhere(s, envelope(HOTLINE), tip, None, channel, None))

    def tip(self, tip: UUID) -> Tip:
        found: Tip = self._memory.get(tip)
        return found

    def published(self) -> list[tuple[str, str | None]]:
        """(event, jurisdiction) of everything that went out, None for the internal feed."""
        return [(one.name, one.jurisdiction) for work in self.works for one in work.publications]
