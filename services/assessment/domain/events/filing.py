"""The events of a filing: what a unit owes for a period, and what it did about it. Late papers are accepted and marked.

Each kind of paper has its own names; a filing opens once, is missed at most once, and is filed at most once.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.assessment.domain.values import Break, Return
from shared.kernel.campaign.deadline import FixedDeadline
from shared.platform.event_store.events import EnvelopedCreation, EnvelopedEvent, stored

if TYPE_CHECKING:
    from services.assessment.domain.filing import Filing


@stored("assessment.FilingOpened")
class FilingOpened(EnvelopedCreation):
    """The campaign asks a paper of a unit for a period."""

    aggregate_topic = "assessment.Filing"
    rule: str
    kind: str
    unit: str
    period: str
    due: FixedDeadline

    def apply(self, filing: Filing) -> None:
        filing.rule = self.rule
        filing.kind = self.kind
        filing.unit = self.unit
        filing.period = self.period
        filing.due = self.due


class FilingEvent(EnvelopedEvent):
    """Any later event of a filing: the names of the paper go along, so that every reader knows which it is."""

    unit: str
    kind: str
    period: str


class _Filed(FilingEvent):
    in_time: bool

    def apply(self, filing: Filing) -> None:
        filing.state = "filed"
        filing.in_time = self.in_time
        filing.filed_at = self.at


class _Missed(FilingEvent):
    due: FixedDeadline

    def apply(self, filing: Filing) -> None:
        filing.state = "missed"


@stored("assessment.ReturnSubmitted")
class ReturnSubmitted(_Filed):
    """A weekly return was signed, with the figures as they were computed then."""

    class_version = 2
    signed: Return

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Weeks were cut at Fridays, whatever had been signed; what ran was not listed."""

    def apply(self, filing: Filing) -> None:
        super().apply(filing)
        filing.signed = self.signed


@stored("assessment.ReturnMissed")
class ReturnMissed(_Missed):
    """No return was there at its date."""


@stored("assessment.ReturnSentBack")
class ReturnSentBack(FilingEvent):
    """The office sent a return back, with the reason. What was in time stays in time."""

    reason: str

    def apply(self, filing: Filing) -> None:
        filing.state = "sent_back"


@stored("assessment.ReturnCorrected")
class ReturnCorrected(FilingEvent):
    """A return that was sent back was computed and signed anew; the first one stays in the history."""

    class_version = 2
    signed: Return

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Weeks were cut at Fridays, whatever had been signed; what ran was not listed."""

    def apply(self, filing: Filing) -> None:
        filing.state = "filed"
        filing.signed = self.signed


@stored("assessment.CommitmentSigned")
class CommitmentSigned(_Filed):
    """The unit's principal signed the month's commitment letter: these statements, codes of the campaign."""

    statements: tuple[str, ...]

    def apply(self, filing: Filing) -> None:
        super().apply(filing)
        filing.statements = list(self.statements)


@stored("assessment.CommitmentMissed")
class CommitmentMissed(_Missed):
    """No commitment letter was there at its date."""


@stored("assessment.CommitmentBroken")
class CommitmentBroken(FilingEvent):
    """What others have proven contradicts the commitment: `case` is the contradicting case. Who found it (a county, a
    group, `city`, a verifier; `tip`, `inspection`), of which enterprise, which of the statements, and until when the
    unit could have recorded it itself (`told_at`) are not there in older releases."""

    case: str
    found_by: str | None = None
    enterprise: str | None = None
    statements: tuple[str, ...] = ()
    told_at: datetime | None = None

    def apply(self, filing: Filing) -> None:
        filing.broken_by.append(self.case)
        filing.breaks.append(Break(self.case, self.enterprise, self.statements, self.told_at))


@stored("assessment.CommitmentBreakLifted")
class CommitmentBreakLifted(FilingEvent):
    """The case does not contradict the commitment after all: it ended as not borne out (`not_borne_out`), is of another
    unit (`another_unit`), is no more (`taken_back`), or the unit had recorded the problem itself before
    (`recorded_before`). `still_broken_by`: the last case that does contradict it."""

    case: str
    reason: str
    still_broken_by: str | None = None

    def apply(self, filing: Filing) -> None:
        filing.broken_by.remove(self.case)
        filing.breaks = [one for one in filing.breaks if one.case != self.case]


@stored("assessment.TypicalCaseSubmitted")
class TypicalCaseSubmitted(_Filed):
    """A typical case in the parts of Annex 4, in the campaign's order; `case` is the one that it tells of."""

    title: str
    keywords: tuple[str, ...]
    parts: tuple[str, ...]
    case: str | None = None


@stored("assessment.PaperFiled")
class PaperFiled(_Filed):
    """Any other paper was filed: plan, liaison, summary …"""

    title: str
    text: str


@stored("assessment.PaperMissed")
class PaperMissed(_Missed):
    """A paper (of any kind without a name of its own) was not there at its date."""


@stored("assessment.BriefingHeld")
class BriefingHeld(_Filed):
    """The head of the task force heard the unit."""

    text: str
