"""An item of disclosure (三公开): drafted → checked → approved → on every channel, then corrected or withdrawn.

Every command method checks the table of authority and its own rules, then triggers events. What could identify
somebody is found by a rule outside; here it is only seen to that each doubt was answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.notify.domain import authority
from services.notify.domain.errors import (
    AlreadyOnChannel,
    DirectorMissing,
    NothingDrafted,
    SamePerson,
    StaleVersion,
    Unanswered,
)
from services.notify.domain.events import (
    ChannelsRecorded,
    CorrectionDrafted,
    DisclosureApproved,
    DisclosureChecked,
    DisclosureCorrected,
    DisclosureDrafted,
    DisclosurePublished,
    DisclosureSuperseded,
    DisclosureWithdrawn,
)
from services.notify.domain.values import About, Doubt, OnChannel, Wording
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.events import begin, stored

RESULT = "result"
DOUBT_NAMES = {
    "phone": "电话号码",
    "identity": "身份证号码",
    "receipt": "回执码",
    "name": "人员姓名",
    "tipster": "提及举报人",
    "exact_time": "精确到时刻的时间",
    "one_person_site": "只有一人的场所或岗位",
}


def result_id(case: UUID, n: int) -> UUID:
    """The identifier of the item about a case's result after its n-th closing."""
    return uuid5(case, f"result/{n}")


@stored("notify.Disclosure")
class Disclosure(Aggregate):
    """One item on its way to the public."""

    state: str
    about: About
    wording: Wording
    outcomes: tuple[str, ...]
    due: datetime | None
    doubts: tuple[Doubt, ...]
    approvers: tuple[str, ...]
    director_approved: bool
    channels: tuple[OnChannel, ...]
    correction: Wording | None
    correction_reason: str | None
    correction_by: str | None

    def __init__(self) -> None:
        self.doubts = ()
        self.approvers = ()
        self.director_approved = False
        self.channels = ()
        self.correction = self.correction_reason = self.correction_by = None

    @classmethod
    def draft(
        cls,
        envelope: Envelope,
        *,
        id: UUID,
        about: About,
        wording: Wording,
        outcomes: tuple[str, ...],
        due: datetime | None = None,
    ) -> Self:
        """A new item; who may make one is asked by the application, because the system drafts results by itself."""
        return begin(
            cls, DisclosureDrafted, id=id, envelope=envelope, about=about, wording=wording, outcomes=outcomes, due=due
        )

    def check(self, envelope: Envelope, wording: Wording, outcomes: tuple[str, ...], doubts: tuple[Doubt, ...]) -> None:
        """The office has read the wording. Approvals of an earlier wording are void."""
        authority.check_may("check", envelope.actor, self.state)
        self.trigger_event(
            DisclosureChecked, envelope=envelope, wording=wording, outcomes=outcomes, doubts=doubts
        )  # fmt: skip

    def approve(self, envelope: Envelope, needed: int) -> None:
        """One more person answers for the wording; the last of `needed` may not leave the director out."""
        actor = envelope.actor
        authority.check_may("approve", actor, self.state)
        check_answered(self.doubts)
        if actor.id in self.approvers:
            raise SamePerson("您已审核同意此条，须由另一人再审核。")
        approvers = (*self.approvers, actor.id)
        director = actor.role == "director" or self.director_approved
        complete = len(approvers) >= needed
        if complete and not director:
            raise DirectorMissing("审核人中须有办公室主任。请办公室主任审核。")
        self.trigger_event(
            DisclosureApproved, envelope=envelope, approvers=approvers, by_director=director, complete=complete
        )  # fmt: skip

    def publish_on(self, envelope: Envelope, evidence: Mapping[str, str], channels: Sequence[str]) -> None:
        """The item stands on the channels of `evidence`; once it stands on all of the campaign's, it is published."""
        authority.check_may("publish", envelope.actor, self.state)
        for channel in evidence:
            if any(one.channel == channel for one in self.channels):
                raise AlreadyOnChannel("此条在所填渠道中已有登记。请只填还没有登记的渠道。")
        added = tuple(OnChannel(channel, text, envelope.at) for channel, text in evidence.items())
        self.trigger_event(ChannelsRecorded, envelope=envelope, channels=(*self.channels, *added))
        if {one.channel for one in self.channels} >= set(channels):
            self.trigger_event(
                DisclosurePublished, envelope=envelope, about=self.about, wording=self.wording,
                outcomes=self.outcomes, channels=self.channels,
            )  # fmt: skip

    def draft_correction(self, envelope: Envelope, wording: Wording, reason: str, doubts: tuple[Doubt, ...]) -> None:
        """The office prepares another wording, its doubts answered; an earlier draft is replaced."""
        authority.check_may("correct", envelope.actor, self.state)
        check_answered(doubts)
        self.trigger_event(CorrectionDrafted, envelope=envelope, wording=wording, reason=reason, doubts=doubts)

    def correct(self, envelope: Envelope) -> None:
        """The director signs the drafted correction; with that it is public."""
        authority.check_may("correct", envelope.actor, self.state)
        if self.correction is None:
            raise NothingDrafted("还没有拟好的更正。请办公室先拟更正稿，再由主任签发。")
        if envelope.actor.id == self.correction_by:
            raise SamePerson("更正由您拟稿，须由另一人签发。")
        self.trigger_event(
            DisclosureCorrected, envelope=envelope, about=self.about, wording=self.correction,
            reason=self.correction_reason,
        )  # fmt: skip

    def withdraw(self, envelope: Envelope, reason: str) -> None:
        """The director takes the item back."""
        authority.check_may("withdraw", envelope.actor, self.state)
        self.trigger_event(
            DisclosureWithdrawn, envelope=envelope, about=self.about, reason=reason, was_public=bool(self.channels)
        )  # fmt: skip

    def supersede(self, envelope: Envelope) -> None:
        """The case runs again. What stands on a channel already stays, to be corrected or withdrawn by a person."""
        if self.state in authority.OPEN_STATES and not self.channels:
            self.trigger_event(DisclosureSuperseded, envelope=envelope)

    def check_command(self, command: str, actor: Actor, seen: int | None) -> None:
        """Who, then the version that the sender saw, then the state. Raises as `check_may`, and StaleVersion."""
        authority.check_role(authority.AUTHORITY[command], actor)
        if seen is not None and seen != self.version:
            raise StaleVersion(self.version)
        authority.check_may(command, actor, self.state)


def check_answered(doubts: Sequence[Doubt]) -> None:
    """Raise Unanswered naming the kinds of doubt that nobody answered."""
    left = dict.fromkeys(DOUBT_NAMES[one.kind] for one in doubts if one.answer is None)
    if left:
        raise Unanswered(f"核对提示尚未说明：{'、'.join(left)}。请删去有关内容，或逐项说明为何可以公开。")
