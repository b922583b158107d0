"""The events of reminders and disclosures. Stored names are fixed for ever; each event applies itself."""

from __future__ import annotations

from services.notify.domain.events.disclosing import (
    ChannelsRecorded,
    CorrectionChannelsRecorded,
    CorrectionDrafted,
    CorrectionOwed,
    CorrectionPublished,
    DisclosureApproved,
    DisclosureChecked,
    DisclosureCorrected,
    DisclosureDrafted,
    DisclosurePublished,
    DisclosureSuperseded,
    DisclosureWithdrawn,
)
from services.notify.domain.events.following import (
    CaseFollowed,
    DeadlinesNoted,
    DraftDeferred,
    ItemNoted,
    ReminderSent,
    RemindersPlanned,
    RemindersStopped,
    StandingNoted,
    UnfoundedCounted,
    UnfoundedUncounted,
)
from services.notify.domain.events.notices import (
    NoticeFailed,
    NoticeQueued,
    NoticeRequeued,
    NoticeSent,
)

__all__ = [
    "CaseFollowed",
    "ChannelsRecorded",
    "CorrectionChannelsRecorded",
    "CorrectionDrafted",
    "CorrectionOwed",
    "CorrectionPublished",
    "DeadlinesNoted",
    "DisclosureApproved",
    "DisclosureChecked",
    "DisclosureCorrected",
    "DisclosureDrafted",
    "DisclosurePublished",
    "DisclosureSuperseded",
    "DisclosureWithdrawn",
    "DraftDeferred",
    "ItemNoted",
    "NoticeFailed",
    "NoticeQueued",
    "NoticeRequeued",
    "NoticeSent",
    "ReminderSent",
    "RemindersPlanned",
    "RemindersStopped",
    "StandingNoted",
    "UnfoundedCounted",
    "UnfoundedUncounted",
]
