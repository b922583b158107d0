"""How cases come to be: from a triaged tip, from a finding, or because somebody found a problem."""

from __future__ import annotations

from uuid import UUID

from services.cases import commands, letters, rules
from services.cases.application.answers import told
from services.cases.application.base import Base, Told
from services.cases.domain.authority import OPENERS
from services.cases.domain.case import Case
from services.cases.domain.errors import AnotherUnit, OfficialsOfThisUnit, WrongRole
from services.cases.domain.values import Matter
from shared.kernel.contracts.internal.assessment import FindingRecorded
from shared.kernel.contracts.internal.intake import TipTriaged
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.session import Session
from shared.platform.messaging.inbox import Received

AGAINST_OFFICIALS = "against_officials"


class Opening(Base):
    """Opening cases."""

    def open_from_tip(self, session: Session, tip: TipTriaged, received: Received) -> None:
        """A triaged tip becomes a case."""
        against = tip.against_officials or AGAINST_OFFICIALS in tip.matters
        matter = Matter(
            text=tip.matter, source=tip.source, received_at=tip.received_at, enterprise=tip.enterprise,
            place=tip.place, violation=tip.violation, target=tip.target, matters=tip.matters, danger=tip.danger,
            against_officials=against, external_no=tip.external_no, concerned=tip.unit if against else None,
        )  # fmt: skip
        unit = letters.first_unit(self.campaign, matter, tip.unit)
        envelope = self._heard("a_triaged_tip_becomes_a_case", received, tip.tip)
        transfer = rules.a_triaged_tip_is_transferred_in_time(self.campaign, tip.triaged_at, matter)
        session.save(
            Case.open(
                envelope, id=new_id(), origin="tip", unit=unit, group=letters.group_of(self.campaign, unit),
                matter=matter, tip=tip.tip, in_period=tip.in_period, transfer=transfer,
            )
        )  # fmt: skip

    def open_found(self, session: Session, envelope: Envelope, asked: commands.Open) -> Told:
        """A problem that an inspection or the unit itself found. The unit's own needs no transfer."""
        actor = envelope.actor
        if actor.role not in OPENERS:
            raise WrongRole("直接登记问题由县级局、督导工作组或市局办公室办理；群众举报请走举报入口。")
        origin = OPENERS[actor.role]
        unit = asked.unit or (actor.unit if origin == "unit" else None)
        self._check_unit(unit)
        if unit is None or (origin == "unit" and unit != actor.unit):
            raise AnotherUnit("只能登记本单位发现的问题。")
        if actor.role == "group" and unit not in self.campaign.group(actor.unit).units:
            raise AnotherUnit("只能登记本督导工作组负责县（市、区）的问题。")
        against = AGAINST_OFFICIALS in asked.matters
        if against and origin == "unit":
            raise OfficialsOfThisUnit("涉及本单位工作人员的问题不得由本单位办理。请报市局办公室，或移送纪检监察机关。")
        self._check_past("found_at", asked.found_at, envelope)
        matter = Matter(
            text=asked.matter, source=origin,
            received_at=asked.found_at or envelope.at, enterprise=asked.enterprise, place=asked.place,
            violation=self._term("violations", "violation", asked.violation),
            target=self._term("targets", "target", asked.target),
            matters=tuple(str(self._term("matters", "matters", code)) for code in asked.matters), danger=asked.danger,
            against_officials=against, concerned=unit if against else None,
        )  # fmt: skip
        case = self._open(new_id(), envelope, origin, unit, matter)
        session.save(case)
        return told(case)

    def finding_recorded(self, session: Session, found: FindingRecorded, received: Received) -> None:
        """An inspection's finding becomes the case of the same identifier, once. What a county found itself needs no
        transfer, unless it concerns its own officials."""
        id_ = UUID(found.finding)
        if session.find(Case, id_) is not None:
            return
        against = AGAINST_OFFICIALS in found.matters
        origin = "unit" if found.inspector == found.unit and not against else "inspection"
        matter = Matter(
            text=found.matter, source=origin, received_at=found.found_at, enterprise=found.enterprise,
            place=found.place, violation=found.violation, target=found.target, matters=found.matters,
            danger=found.danger, against_officials=against, concerned=found.unit if against else None,
        )  # fmt: skip
        envelope = self._heard("a_finding_becomes_a_case", received, found.inspection)
        session.save(self._open(id_, envelope, origin, found.unit, matter))

    def _open(self, id_: UUID, envelope: Envelope, origin: str, unit: str, matter: Matter) -> Case:
        unit = letters.first_unit(self.campaign, matter, unit)
        transfer = feedback = None
        if origin == "inspection":
            transfer = rules.a_triaged_tip_is_transferred_in_time(self.campaign, envelope.at, matter)
        else:
            feedback = rules.the_unit_answers_by_the_letters_date(self.campaign, envelope.at, None, None)
        return Case.open(
            envelope, id=id_, origin=origin, unit=unit, group=letters.group_of(self.campaign, unit), matter=matter,
            in_period=self.campaign.covers(envelope.at), transfer=transfer, feedback=feedback,
        )  # fmt: skip
