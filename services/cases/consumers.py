"""What *cases* hears: one table, producer → event → handler."""

from __future__ import annotations

from services.cases.application import Cases
from shared.kernel.contracts.internal import assessment, intake, notify
from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.inbox import Handler


def handlers(cases: Cases) -> Handlers:
    """All reactions to other services' events."""
    return {
        "intake": {"TipTriaged": Handler(intake.TipTriaged, cases.open_from_tip)},
        "assessment": {
            "FindingRecorded": Handler(assessment.FindingRecorded, cases.finding_recorded),
            "BulletinPublished": Handler(assessment.BulletinPublished, cases.bulletin_published),
        },
        "notify": {"DisclosurePublished": Handler(notify.DisclosurePublished, cases.disclosure_published)},
    }
