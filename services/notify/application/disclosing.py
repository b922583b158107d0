"""What *notify* does about disclosures: one method per command, and one each for a closed and a reopened case.

Load, one call of the domain, save; all in the lane's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from services.notify import commands
from services.notify.domain.authority import DRAFT, check_role
from services.notify.domain.disclosure import DOUBT_NAMES, RESULT, Disclosure, result_id
from services.notify.domain.errors import Invalid, NothingDrafted
from services.notify.domain.reminders import Reminders
from services.notify.domain.values import About, Doubt, Wording
from services.notify.rules.drafting import a_closed_case_is_told_to_the_public, outcomes_follow_from_measures
from services.notify.rules.redaction import what_could_identify_somebody
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.definition import CITY
from shared.kernel.contracts.internal import cases
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.ids import new_id, parse_id
from shared.platform.event_store.session import Session

Told = dict[str, Any]


class Disclosing:
    """The part of the application that tells the public."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self._names = tuple(dict.fromkeys(person.name for person in campaign.people))
        self._channels = tuple(channel.code for channel in campaign.channels)
        self.commands: dict[str, Callable[[Envelope, Disclosure, Any], None]] = {
            "check": self.check,
            "approve": self.approve,
            "publish": self.publish,
            "correct": self.correct,
            "withdraw": self.withdraw,
        }

    # --- what happened to a case ---

    def case_closed(self, session: Session, envelope: Envelope, closed: cases.CaseClosed) -> None:
        """Its result is drafted."""
        case = UUID(closed.case)
        about = About(
            kind=RESULT, unit=closed.unit, case=closed.case, enterprise=closed.enterprise, place=closed.place,
            violation=closed.violation,
        )  # fmt: skip
        followed = session.find(Reminders, case)
        escalated = followed is not None and followed.escalated
        n = sum(1 for _ in self._results(session, case)) + 1
        session.save(
            Disclosure.draft(
                envelope, id=result_id(case, n), about=about, due=closed.disclosure_due,
                wording=a_closed_case_is_told_to_the_public(self.campaign, closed),
                outcomes=outcomes_follow_from_measures(self.campaign, about, closed.measures, escalated),
            )
        )  # fmt: skip

    def case_reopened(self, session: Session, envelope: Envelope, reopened: cases.CaseReopened) -> None:
        """What was drafted of its result is void; what stands on a channel stays until a person decides."""
        for disclosure in self._results(session, UUID(reopened.case)):
            disclosure.supersede(envelope)
            session.save(disclosure)

    # --- one method per command ---

    def draft(self, session: Session, envelope: Envelope, asked: commands.Draft) -> Told:
        """An item that no closing brings about."""
        check_role(DRAFT, envelope.actor)
        unit, case = asked.unit or CITY, None
        if asked.case is not None:
            id_ = parse_id(asked.case)
            if id_ is None:
                raise Invalid("case", "没有这个交办件。请核对编号，或从交办件列表复制。")
            case, unit = str(id_), session.get(Reminders, id_).unit
        elif unit != CITY and unit not in (units := tuple(county.code for county in self.campaign.units)):
            raise Invalid("unit", "没有这个单位代码。", units)
        about = About(
            kind=self._term("disclosure_kinds", "kind", asked.kind), unit=unit, case=case, enterprise=asked.enterprise,
            place=asked.place,
            violation=self._term("violations", "violation", asked.violation) if asked.violation else None,
        )  # fmt: skip
        disclosure = Disclosure.draft(
            envelope, id=new_id(), about=about, wording=Wording(asked.title, asked.text),
            outcomes=self._outcomes(asked.outcomes),
        )  # fmt: skip
        session.save(disclosure)
        return told(disclosure)

    def run(
        self, session: Session, command: str, id_: UUID, version: int | None, envelope: Envelope, body: Any
    ) -> Told:
        """Load the item, check who may, give the command, save. `version` is the one that the sender saw, if told."""
        disclosure = session.get(Disclosure, id_)
        disclosure.check_command(command, envelope.actor, version)
        self.commands[command](envelope, disclosure, body)
        session.save(disclosure)
        return told(disclosure)

    def check(self, envelope: Envelope, disclosure: Disclosure, asked: commands.Check) -> None:
        """The office has read the wording, and perhaps changed it."""
        wording = Wording(asked.title or disclosure.wording.title, asked.text or disclosure.wording.text)
        outcomes = disclosure.outcomes if asked.outcomes is None else self._outcomes(asked.outcomes)
        disclosure.check(envelope, wording, outcomes, self.doubts(wording, asked.answers))

    def approve(self, envelope: Envelope, disclosure: Disclosure, _: commands.Approve) -> None:
        """One more person answers for it."""
        disclosure.approve(envelope, self.campaign.limits.disclosure_approvers)

    def publish(self, envelope: Envelope, disclosure: Disclosure, asked: commands.Publish) -> None:
        """It stands on these channels."""
        for code in asked.evidence:
            if code not in self._channels:
                raise Invalid("evidence", "没有这个公开渠道。", self._channels)
        disclosure.publish_on(envelope, asked.evidence, self._channels)

    def correct(self, envelope: Envelope, disclosure: Disclosure, asked: commands.Correct) -> None:
        """The office drafts the correction; the director signs it."""
        if envelope.actor.role == "director":
            if asked.model_fields_set:
                raise NothingDrafted("更正须由办公室先拟稿，主任签发时不另改文字。请只确认签发，或请办公室重新拟稿。")
            disclosure.correct(envelope)
            return
        if asked.reason is None:
            raise Invalid("reason", "请写明更正的理由，它会随更正一并公开。")
        wording = Wording(asked.title or disclosure.wording.title, asked.text or disclosure.wording.text)
        if wording == disclosure.wording:
            raise Invalid("text", "更正稿与原文相同，请改动标题或内容。")
        disclosure.draft_correction(envelope, wording, asked.reason, self.doubts(wording, asked.answers))

    def withdraw(self, envelope: Envelope, disclosure: Disclosure, asked: commands.Withdraw) -> None:
        """The director takes it back."""
        disclosure.withdraw(envelope, asked.reason)

    # --- helpers ---

    def doubts(self, wording: Wording, answers: Mapping[str, str]) -> tuple[Doubt, ...]:
        """What in a wording could identify somebody, each with its answer. Raises Invalid for an unknown kind."""
        for kind in answers:
            if kind not in DOUBT_NAMES:
                raise Invalid("answers", "没有这一类核对提示。", tuple(DOUBT_NAMES))
        found = self.found_in(wording.title, wording.text)
        return tuple(Doubt(one.kind, one.excerpt, answers.get(one.kind)) for one in found)

    def found_in(self, title: str, text: str) -> tuple[Doubt, ...]:
        """What in a title and a text could identify somebody, not answered yet."""
        return what_could_identify_somebody(f"{title}\n{text}", self._names)

    @staticmethod
    def _results(session: Session, case: UUID) -> Iterator[Disclosure]:
        """The items drafted of a case's results so far, one for each closing."""
        n = 1
        while (found := session.find(Disclosure, result_id(case, n))) is not None:
            yield found
            n += 1

    def _outcomes(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        chosen = {self._term("outcomes", "outcomes", code) for code in codes}
        return tuple(code for code in self.campaign.taxonomy("outcomes").codes if code in chosen)

    def _term(self, taxonomy: str, field: str, code: str) -> str:
        known = self.campaign.taxonomy(taxonomy)
        if code not in known:
            raise Invalid(field, f"{known.zh}里没有这个代码。", known.codes)
        return code


def told(disclosure: Disclosure) -> Told:
    """What the giver of a command is told: among it the doubts, so that they can be answered."""
    return {
        "disclosure": str(disclosure.id),
        "version": disclosure.version,
        "state": disclosure.state,
        "doubts": [{"kind": one.kind, "excerpt": one.excerpt, "answer": one.answer} for one in disclosure.doubts],
        "approvals": len(disclosure.approvers),
        "channels": [one.channel for one in disclosure.channels],
    }
