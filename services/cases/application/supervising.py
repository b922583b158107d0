"""What follows from a finding: accountability and key supervision."""

from __future__ import annotations

from services.cases import commands, rules
from services.cases.application.base import Base
from services.cases.domain.case import Case
from services.cases.domain.errors import Invalid
from shared.kernel.campaign import UnknownCode
from shared.platform.event_store.envelope import Envelope
from shared.platform.event_store.session import Session


class Supervising(Base):
    """Commands of accountability and key supervision."""

    def impose_accountability(
        self, _: Session, envelope: Envelope, case: Case, asked: commands.ImposeAccountability
    ) -> None:
        """Units and individuals are held to account; the campaign says by which actions."""
        ground = str(self._term("accountability_grounds", "ground", asked.ground))
        units = (case.unit,) if asked.units is None else asked.units
        for code in units:
            self._check_body(code)
        if not units and not asked.people:
            raise Invalid("units", "请写明被追责的单位或人数。")
        case.impose_accountability(
            envelope, ground=ground, actions=self.campaign.actions_for(ground), units=units, people=asked.people,
            posts=asked.posts, publish=asked.publish,
        )  # fmt: skip

    def start_key_supervision(
        self, _: Session, envelope: Envelope, case: Case, asked: commands.StartKeySupervision
    ) -> None:
        """A group supervises the case closely."""
        groups = tuple(group.code for group in self.campaign.groups)
        group = asked.group or case.group
        if group not in groups:
            raise Invalid("group", "请指定一个督导工作组。", groups)
        recheck = rules.a_supervised_case_is_rechecked_by(self.campaign, envelope.at, asked.recheck_by)
        case.start_key_supervision(
            envelope, group=str(group), reason=asked.reason, measures=asked.measures, recheck=recheck
        )

    def end_key_supervision(
        self, _: Session, envelope: Envelope, case: Case, asked: commands.EndKeySupervision
    ) -> None:
        """The group concludes."""
        case.end_key_supervision(envelope, asked.conclusion)

    def _check_body(self, code: str) -> None:
        try:
            self.campaign.unit(code)
        except UnknownCode as error:
            raise Invalid("units", "没有这个单位代码，请核对。", tuple(self._counties)) from error
