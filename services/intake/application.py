"""What *intake* does: one method per command. Load, one call of the domain, save; all in the lane's transaction.

Texts come here sealed (see `reception`); codes are checked against the campaign, and errors name the allowed ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake import commands
from services.intake.domain.errors import Invalid, OutsidePeriod, WrongRole
from services.intake.domain.tip import Tip
from services.intake.domain.values import Account, Ciphertext, Lead, Suggestion
from services.intake.receipts import ReceiptCodes
from services.intake.rules import redaction
from services.intake.rules.keywords import TIP
from services.intake.rules.triage import RULE, Reader
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.schedule import due_under
from shared.platform.event_store.envelope import Actor, Envelope, system
from shared.platform.event_store.rows import insert
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import Timer

Told = dict[str, Any]
SOURCES_OF_OFFICERS = frozenset({"hotline", "office", "director"})
IDENTITY_MODES = ("confidential", "open")


@dataclass(frozen=True, slots=True)
class SealedTip:
    """A tip on its way in: what was written is ciphertext, what the rules made of it is not."""

    tip: UUID
    account: Account
    suggestion: Suggestion
    lead: Lead | None
    pseudonym: str | None


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """A message on its way in, under its own identifier."""

    message: str
    text: Ciphertext


class Tips:
    """The application of *intake*."""

    def __init__(self, campaign: Campaign, reader: Reader, receipts: ReceiptCodes) -> None:
        self.campaign = campaign
        self._reader = reader
        self._receipts = receipts

    # --- taking in ---

    def check(self, asked: commands.Receive, actor: Actor) -> None:
        """Raise Invalid or WrongRole for a tip that cannot be taken in as it is asked."""
        self._term("tip_kinds", "kind", asked.kind)
        self._term("tip_sources", "source", asked.source)
        if asked.source != "web" and actor.role not in SOURCES_OF_OFFICERS:
            raise WrongRole("此来源由举报热线或市局办公室登记。网上举报请将 source 写为 web 或不写。")
        if asked.category is not None and asked.category not in self.categories:
            raise Invalid("category", "没有这个类别代码。", self.categories)
        if asked.external_no is not None and redaction.findings(asked.external_no):
            raise Invalid("external_no", "外部编号不得为电话或身份证号码；姓名和电话请填在 identity 中。")
        if asked.identity is not None and asked.identity.mode not in IDENTITY_MODES:
            raise Invalid("identity/mode", "没有这种实名方式。", IDENTITY_MODES)

    @property
    def categories(self) -> tuple[str, ...]:
        """What a sender may choose: the campaign's targets, and its violations without work checks."""
        violations = self.campaign.taxonomy("violations").terms
        return (*self.campaign.taxonomy("targets").codes, *(term.code for term in violations if not term.work_check))

    def receive(self, session: Session, envelope: Envelope, asked: commands.Receive, sealed: SealedTip) -> Told:
        """A new tip, and in the same breath its triage where the rules are certain."""
        in_period = self.campaign.covers(envelope.at)
        if not in_period and self.campaign.limits.outside_period == "refuse":
            raise OutsidePeriod("不在集中行动期间，请拨打举报电话反映。")
        suggestion = sealed.suggestion
        tip = Tip.receive(
            envelope, id=sealed.tip, kind=asked.kind, source=asked.source,
            mode=asked.identity.mode if asked.identity else "anonymous", account=sealed.account,
            suggestion=suggestion, triage_due=self._triage_due(envelope.at, suggestion.danger),
            danger=suggestion.danger, in_period=in_period, category=asked.category, occurred_at=asked.occurred_at,
            external_no=asked.external_no,
        )  # fmt: skip
        if sealed.pseudonym is not None:
            tip.seal_identity(envelope, sealed.pseudonym)
        if sealed.lead is not None:
            tip.triage_by_rule(replace(envelope, actor=system(RULE), rule=RULE), sealed.lead)
        session.save(tip)
        session.write(insert("receipts", key="lookup", lookup=self._receipts.lookup_of(sealed.tip), tip=sealed.tip))
        return {"tip": str(sealed.tip)}

    def hear(self, session: Session, envelope: Envelope, id_: UUID, message: SealedMessage) -> Told:
        """The holder of the receipt writes."""
        tip = session.get(Tip, id_)
        tip.hear(envelope, message.message, message.text)
        session.save(tip)
        return told(tip)

    # --- an officer's commands ---

    def triage(
        self, session: Session, envelope: Envelope, id_: UUID, version: int | None, asked: commands.Triage,
        enterprise: str | None,
    ) -> Told:  # fmt: skip
        """The tip concerns a unit. `enterprise` is the public name that goes out; texts have passed the redaction."""
        tip = self._load(session, id_, version)
        found = tip.suggestion
        unit = self._unit(asked.unit or found.unit)
        given = asked.model_fields_set
        violation = asked.violation if "violation" in given else found.violation
        target = asked.target if "target" in given else found.target
        place = asked.place if "place" in given else found.place
        self._term("violations", "violation", violation)
        self._term("targets", "target", target)
        recognised = found.matter if not {"unit", "place", "violation", "target"} & given else None
        where = place or self.campaign.county(unit).zh
        tip.triage(
            envelope,
            Lead(
                unit=unit,
                matter=asked.matter or recognised or str(self._reader.matter(where, target, violation)),
                enterprise=enterprise,
                place=place,
                violation=violation,
                target=target,
                matters=self._matters(asked.matters) if asked.matters is not None else found.matters,
                danger=tip.danger if asked.danger is None else asked.danger,
            ),
        )
        session.save(tip)
        return told(tip)

    def dismiss(
        self, session: Session, envelope: Envelope, id_: UUID, version: int | None, reason: str,
        message: SealedMessage | None,
    ) -> Told:  # fmt: skip
        """The tip ends without a case."""
        tip = self._load(session, id_, version)
        tip.dismiss(envelope, str(self._term("return_reasons", "reason", reason)))
        return self._told_with(session, envelope, tip, message)

    def refer_elsewhere(
        self, session: Session, envelope: Envelope, id_: UUID, version: int | None, channel: str | None,
        message: SealedMessage | None,
    ) -> Told:  # fmt: skip
        """A complaint or an enquiry goes to its own channel."""
        tip = self._load(session, id_, version)
        channels = tuple(code for code in self.campaign.taxonomy("tip_kinds").codes if code != TIP)
        chosen = channel or (tip.kind if tip.kind != TIP else tip.suggestion.kind)
        if chosen not in channels:
            raise Invalid("channel", "请写明转往哪个渠道。", channels)
        tip.refer_elsewhere(envelope, chosen)
        return self._told_with(session, envelope, tip, message)

    def supplement(
        self, session: Session, envelope: Envelope, id_: UUID, version: int | None, supplement: str, account: Account,
        suggestion: Suggestion,
    ) -> Told:  # fmt: skip
        """An officer adds what was learnt afterwards."""
        tip = self._load(session, id_, version)
        tip.supplement(envelope, supplement, account, suggestion)
        session.save(tip)
        return told(tip)

    def message(
        self, session: Session, envelope: Envelope, id_: UUID, version: int | None, text: SealedMessage
    ) -> Told:
        """An officer writes to the holder of the receipt."""
        return self._told_with(session, envelope, self._load(session, id_, version), text)

    def fire(self, _: Session, timer: Timer, __: datetime) -> None:
        """A tip sets no timers: its triage date is shown, and nothing follows from it by itself."""
        raise LookupError(f"intake has no timer {timer.kind}")

    # --- helpers ---

    def envelope(self, actor: Actor, at: datetime, key: str, tip: UUID) -> Envelope:
        """The envelope of a command on a tip; the tip correlates what follows from it."""
        return Envelope(
            at=at, actor=actor, command_key=key, campaign=self.campaign.id, campaign_version=self.campaign.version,
            correlation=str(tip),
        )  # fmt: skip

    def _told_with(self, session: Session, envelope: Envelope, tip: Tip, message: SealedMessage | None) -> Told:
        if message is not None:
            tip.tell(envelope, message.message, message.text)
        session.save(tip)
        return told(tip)

    @staticmethod
    def _load(session: Session, id_: UUID, version: int | None) -> Tip:
        tip = session.get(Tip, id_)
        tip.check_version(version)
        return tip

    def _triage_due(self, received: datetime, danger: bool) -> datetime:
        circumstance = "danger" if danger and "danger" in self.campaign.taxonomy("circumstances") else None
        return due_under(self.campaign, "triage", received, circumstance).due

    def _unit(self, unit: str | None) -> str:
        codes = tuple(county.code for county in self.campaign.units)
        if unit is None:
            raise Invalid("unit", "没有认出唯一的辖区，请写明交哪个单位。", codes)
        if unit not in codes:
            raise Invalid("unit", "没有这个单位代码。", codes)
        return unit

    def _matters(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(self._term("matters", "matters", code)) for code in codes)

    def _term(self, taxonomy: str, field: str, code: str | None) -> str | None:
        known = self.campaign.taxonomy(taxonomy)
        if code is not None and code not in known:
            raise Invalid(field, f"“{known.zh}”里没有这个代码。", known.codes)
        return code


def told(tip: Tip) -> Told:
    """What an officer is told after a command."""
    answer: Told = {"tip": str(tip.id), "version": tip.version, "state": tip.state}
    if tip.lead is not None:
        answer["unit"] = tip.lead.unit
    return answer
