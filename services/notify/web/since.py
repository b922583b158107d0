"""What has become of an item since somebody looked at it, for a form that was overtaken: with the wording as it was and
as it is, for that is what people answer for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.notify.domain.events import (
    ChannelsRecorded,
    CorrectionChannelsRecorded,
    CorrectionDrafted,
    CorrectionOwed,
    CorrectionPublished,
    DisclosureApproved,
    DisclosureChecked,
    DisclosureCorrected,
    DisclosureDateMoved,
    DisclosurePublished,
    DisclosureSuperseded,
    DisclosureWithdrawn,
    OfficeClockMissed,
)
from services.notify.domain.values import Wording
from shared.kernel.campaign import Campaign
from shared.kernel.names import actor_name
from shared.platform.service.refused import Failed
from shared.platform.web.words import Locale, translate, when_in_words

SAID: dict[type, str] = {
    DisclosureChecked: "核对",
    DisclosureApproved: "审核同意",
    ChannelsRecorded: "登记发布",
    DisclosurePublished: "已在各渠道发布",
    CorrectionOwed: "查明不实，须更正",
    CorrectionDrafted: "拟更正稿",
    CorrectionChannelsRecorded: "登记更正",
    CorrectionPublished: "已在各渠道更正",
    DisclosureCorrected: "更正",
    DisclosureWithdrawn: "撤回",
    DisclosureSuperseded: "交办件重新办理，此稿作废",
    DisclosureDateMoved: "办结存疑或疑点消除，公开期限随之调整",
    OfficeClockMissed: "公开期限已过",
}
"""How what happened reads; a draft is its first event, which nobody can have overtaken."""


def with_since(failed: Failed, events: Sequence[Any], campaign: Campaign, now: datetime, locale: Locale) -> Failed:
    """The refused form with what has happened since the version that it showed; `events` from the first on."""
    if failed.seen is None:
        return failed
    wording: Wording | None = None
    lines = []
    for number, event in enumerate(events, 1):
        before, wording = wording, getattr(event, "wording", wording)
        if number > failed.seen:
            said = f"{when_in_words(event.at, locale, now)} {translate(locale, SAID[type(event)])}"
            who = actor_name(campaign, event.envelope.actor, locale)
            lines.append(f"{said}{translate(locale, '——')}{who}{_changed(before, wording, locale)}")
    return replace(failed, since=tuple(lines))


def _changed(before: Wording | None, after: Wording | None, locale: Locale) -> str:
    if before is None or after is None or before == after:
        return ""
    words, colon = translate(locale, "。原为：“{before}”；改为：“{after}”"), translate(locale, "：")
    return words.format(before=f"{before.title}{colon}{before.text}", after=f"{after.title}{colon}{after.text}")
