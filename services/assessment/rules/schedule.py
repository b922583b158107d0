"""What the calendar asks for: the months of bulletins, the weeks of returns, and every paper that a county or a group
owes, each with its explained date. All of it is computed from the campaign once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID, uuid5

from services.assessment.domain.bulletin import FINAL
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.calendar import ONE_DAY
from shared.kernel.campaign.deadline import FixedDeadline
from shared.kernel.campaign.due import DueDate
from shared.kernel.campaign.recipes import InMonth
from shared.kernel.campaign.rules import Filing
from shared.kernel.campaign.schedule import Week, filing_dues, reporting_weeks

MONTHLY, WEEKLY, COMMITMENT = "monthly_bulletin", "weekly_return", "commitment"
ONCE = "once"
_NAMESPACE = UUID("7c5e0e0a-50d5-5b0f-8a55-5d2f3a1f6f02")
_FINAL_ASSESSMENT = "final-assessment"


class NotMonthly(ValueError):
    """The campaign's rule for bulletins is no monthly one."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month that is assessed, `YYYY-MM`, half-open; or the whole campaign, `final`, whose end is open (None)."""

    key: str
    start: datetime
    end: datetime | None
    due: FixedDeadline | None


@dataclass(frozen=True, slots=True)
class Owed:
    """A paper that a unit owes: `period` is a week's number, a month, or `once`."""

    id: UUID
    rule: str
    kind: str
    unit: str
    period: str
    due: FixedDeadline


class Schedule:
    """The calendar of one campaign."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        start = datetime.combine(campaign.period.start, time(), campaign.zone)
        self.months = {month.key: month for month in self._months(start)}
        self.weeks: dict[int, Week] = {week.number: week for week in reporting_weeks(campaign, WEEKLY)}
        self.owed = tuple(self._owed())

    def filing_id(self, rule: str, unit: str, period: str) -> UUID:
        """The identifier of what a unit owes under a rule for a period: the same for everybody who asks."""
        return uuid5(_NAMESPACE, f"{self._campaign.id}/{rule}/{unit}/{period}")

    def bulletin_id(self, month: str) -> UUID:
        """The identifier of a month's bulletin."""
        return uuid5(_NAMESPACE, f"{self._campaign.id}/bulletin/{month}")

    def rules_of(self, kind: str) -> tuple[Filing, ...]:
        """The campaign's rules for a kind of paper."""
        return tuple(filing for filing in self._campaign.filings if filing.kind == kind)

    def months_until(self, moment: datetime) -> list[str]:
        """The months that have begun by then, the last first; the final assessment is none."""
        begun = [month.key for month in self.months.values() if month.end is not None and month.start <= moment]
        return begun[::-1]

    def _months(self, start: datetime) -> Iterator[Month]:
        zone = self._campaign.zone
        for due in filing_dues(self._campaign, MONTHLY):
            if not isinstance(due.recipe, InMonth):
                raise NotMonthly(f"“{MONTHLY}”须按月报送；请在行动定义里改用 when 写有 monthly 的形式")
            year, month = due.recipe.year, due.recipe.month
            first = datetime(year, month, 1, tzinfo=zone)
            following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
            yield Month(f"{year}-{month:02}", max(first, start), following, FixedDeadline.of(due))
        final = self.rules_of(_FINAL_ASSESSMENT)
        due_at = FixedDeadline.of(filing_dues(self._campaign, final[0].code)[0]) if final else None
        yield Month(FINAL, start, None, due_at)

    def _owed(self) -> Iterator[Owed]:
        for filing in self._campaign.filings:
            units = [
                *(county.code for county in self._campaign.units if "county" in filing.by),
                *(group.code for group in self._campaign.groups if "group" in filing.by),
            ]
            for n, due in enumerate(filing_dues(self._campaign, filing.code), 1):
                period = self._period(filing, due, n)
                deadline = FixedDeadline.of(due)
                for unit in units:
                    id_ = self.filing_id(filing.code, unit, period)
                    yield Owed(id_, filing.code, filing.kind, unit, period, deadline)

    def _period(self, filing: Filing, due: DueDate, n: int) -> str:
        if isinstance(due.recipe, InMonth):
            return f"{due.recipe.year}-{due.recipe.month:02}"
        when = self._campaign.filing(filing.when.along_with).when if filing.when.along_with else filing.when
        return ONCE if when.fixed else str(n)


def the_campaign_has_ended(campaign: Campaign, now: datetime) -> bool:
    """Whether the last day of the period is over: only then is the whole of it assessed."""
    return now >= datetime.combine(campaign.period.end + ONE_DAY, time(), campaign.zone)
