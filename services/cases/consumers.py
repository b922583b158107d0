"""What *cases* hears: one table, producer → event → handler."""

from __future__ import annotations

from services.cases.handlers.heard import Heard
from shared.kernel.contracts.internal import assessment, intake, notify
from shared.platform.messaging.engine import Handlers
from shared.platform.messaging.handler import Handler


def handlers(heard: Heard) -> Handlers:
    """All reactions to other services' events."""
    return {
        "intake": {"TipTriaged": Handler(intake.TipTriaged, heard.tip_triaged)},
        "assessment": {
            "FindingRecorded": Handler(assessment.FindingRecorded, heard.finding_recorded),
            "BulletinPublished": Handler(assessment.BulletinPublished, heard.bulletin_published, alone=True),
        },
        "notify": {"DisclosurePublished": Handler(notify.DisclosurePublished, heard.disclosure_published)},
    }
