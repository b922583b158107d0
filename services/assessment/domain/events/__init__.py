"""Every event of *assessment*, by what it is about. Stored names are fixed for ever; each event applies itself."""

from services.assessment.domain.events.bulletins import BulletinDrawn, BulletinOpened, BulletinPublished
from services.assessment.domain.events.filing import (
    BriefingHeld,
    CommitmentBreakLifted,
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
from services.assessment.domain.events.own_record import ProblemRecorded, ProblemRecordedEarlier

__all__ = [
    "BriefingHeld",
    "BulletinDrawn",
    "BulletinOpened",
    "BulletinPublished",
    "CommitmentBreakLifted",
    "CommitmentBroken",
    "CommitmentMissed",
    "CommitmentSigned",
    "FilingOpened",
    "FindingRecorded",
    "InspectionRecorded",
    "PaperFiled",
    "PaperMissed",
    "ProblemRecorded",
    "ProblemRecordedEarlier",
    "ReturnCorrected",
    "ReturnMissed",
    "ReturnSentBack",
    "ReturnSubmitted",
    "TypicalCaseSubmitted",
]
