"""What has become of a paper or a bulletin since somebody looked at it, for a form that was overtaken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.assessment.domain.events.bulletins import BulletinDrawn, BulletinPublished
from services.assessment.domain.events.filing import (
    BriefingHeld,
    CommitmentBreakLifted,
    CommitmentBroken,
    CommitmentMissed,
    CommitmentSigned,
    PaperFiled,
    PaperMissed,
    ReturnCorrected,
    ReturnMissed,
    ReturnSentBack,
    ReturnSubmitted,
    TypicalCaseSubmitted,
)
from shared.kernel.campaign import Campaign
from shared.kernel.names import actor_name
from shared.platform.service.refused import Failed
from shared.platform.web.words import Locale, translate, when_in_words

SAID: dict[type, str] = {
    BulletinDrawn: "拟制考核通报",
    BulletinPublished: "发布考核通报",
    ReturnSubmitted: "报送本周情况",
    ReturnMissed: "逾期未报",
    ReturnSentBack: "退回更正",
    ReturnCorrected: "更正报送",
    CommitmentSigned: "签署承诺书",
    CommitmentMissed: "逾期未报",
    CommitmentBroken: "查出与承诺不符的问题",
    CommitmentBreakLifted: "与承诺不符的认定已撤销",
    TypicalCaseSubmitted: "报送材料",
    PaperFiled: "报送材料",
    PaperMissed: "逾期未报",
    BriefingHeld: "记录听取汇报",
}
"""How what happened reads; who opens a paper or a bulletin has not seen an earlier state of it."""


def with_since(failed: Failed, events: Sequence[Any], campaign: Campaign, now: datetime, locale: Locale) -> Failed:
    """The refused form with what has happened since the version that it showed; `events` from the first on."""
    if failed.seen is None:
        return failed
    colon = translate(locale, "：")
    lines = []
    for event in events[failed.seen :]:
        who = actor_name(campaign, event.envelope.actor, locale)
        why = f"{colon}{event.reason}" if isinstance(event, ReturnSentBack) else ""
        when = when_in_words(event.at, locale, now)
        lines.append(f"{when} {translate(locale, SAID[type(event)])}{why}{translate(locale, '——')}{who}")
    return replace(failed, since=tuple(lines))
