"""Every event of *assessment*, by what it is about. Stored names are fixed for ever; each event applies itself."""

from services.assessment.domain.events.bulletins import BulletinDrawn, BulletinOpened, BulletinPublished
from services.assessment.domain.events.filing import (
    BriefingHeld,
    CommitmentBroken,
    CommitmentMissed,
    CommitmentSigned,
    FilingOpened,
    PaperFiled,
    PaperMissed,
    ReturnCorrected,
    ReturnMissed,
    ReturnSentBack,
    ReturnSubmitted,
    TypicalCaseSubmitted,
)
from services.assessment.domain.events.inspecting import FindingRecorded, InspectionRecorded

__all__ = [
    "BriefingHeld",
    "BulletinDrawn",
    "BulletinOpened",
    "BulletinPublished",
    "CommitmentBroken",
    "CommitmentMissed",
    "CommitmentSigned",
    "FilingOpened",
    "FindingRecorded",
    "InspectionRecorded",
    "PaperFiled",
    "PaperMissed",
    "ReturnCorrected",
    "ReturnMissed",
    "ReturnSentBack",
    "ReturnSubmitted",
    "TypicalCaseSubmitted",
]
