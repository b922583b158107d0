"""What *cases* does where something that it was told is no more (see `turning_back`).

A case that would not be there is void, if nobody has acted on it. Whatever else followed, a person looks at: an officer
may have been on site, a letter may lie in a county; and what a bulletin or a disclosure said of a case stands in the
papers of those who read it.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.cases.domain.case import Case
from shared.kernel.campaign import Campaign
from shared.kernel.commands import by_rule
from shared.platform.clock import Clock
from shared.platform.event_store.session import Session
from shared.platform.messaging.turning_back import NOBODY_KNOWS_HOW, Abandoned, Followed

SOMEBODY_ACTED = "来源已不存在，但已有人办理，本件继续有效：来源重新登记后会另行立件，请核对由哪一件办理"
PAPER = "本件已列入的考核通报在恢复后已不存在：请与通报的编发单位核对"
ITEM = "本件办理结果的公开记录在恢复后已不存在：请核对是否仍在公开，必要时重新公开"
OTHERWISE = "引起本件一项记录的事件已不存在：请与其登记单位核对"
_OF_EVENT = {"cases.CaseAssessed": PAPER, "cases.CaseDisclosed": ITEM}


@dataclass(frozen=True, slots=True)
class TakingBack:
    """Called for one stream after another."""

    campaign: Campaign
    clock: Clock

    def __call__(self, session: Session, followed: Followed, why: Abandoned) -> str | None:
        case = session.find(Case, followed.stream)
        if case is None:
            return NOBODY_KNOWS_HOW
        if not followed.began_so:
            return _OF_EVENT.get(followed.last_abandoned, OTHERWISE)
        if not followed.only_by_rule:
            return SOMEBODY_ACTED
        now = max(self.clock.now(), case.opened_at)
        envelope = by_rule(self.campaign, "a_case_without_its_source_is_void", now, why.cause, case.tip)
        case.take_back(envelope, why.cause)
        session.save(case)
        return None
