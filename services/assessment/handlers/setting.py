"""What *assessment* decides with: the campaign, its calendar, what of it counts; and what is computed from the facts
before a command goes into the lane, where nothing is waited for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from services.assessment.domain.values import Content, Return
from services.assessment.rules import bulletins, measures, returns
from services.assessment.rules.lives import Book
from services.assessment.rules.schedule import Month, Schedule
from shared.kernel.campaign import UnknownCode
from shared.kernel.campaign.schedule import Week
from shared.kernel.commands import Setting
from shared.platform.clock import Clock
from shared.platform.web import problems


@dataclass(frozen=True, slots=True)
class AssessmentSetting(Setting):
    """`book` reads the facts before an instant, of all units."""

    schedule: Schedule
    counting: measures.Counting
    clock: Clock
    book: Callable[[datetime], Awaitable[Book]]

    def week(self, number: str) -> Week:
        """Raises problems.NotFound."""
        found = self.schedule.weeks.get(int(number))
        if found is None:
            raise problems.NotFound("没有这一周。请从本单位报送页面进入，核对周次。")
        return found

    def month(self, key: str) -> Month:
        """Raises problems.NotFound."""
        found = self.schedule.months.get(key)
        if found is None:
            raise problems.NotFound("没有这个月份。请核对月份，如 2022-01；综合考核写 final。")
        return found

    def group_of(self, unit: str) -> str | None:
        """The group that answers for a county; None for what is no county."""
        try:
            return self.campaign.group_of(unit).code
        except UnknownCode:
            return None

    async def return_now(self, unit: str, week: Week, note: str | None = None) -> Return:
        """The week's return as it would be signed now: up to now, at most to the end of the week."""
        until = min(self.clock.now(), week.end)
        book = await self.book(until)
        figures = returns.annex_1(self.campaign, measures.Tally(book, self.counting), unit, week.start)
        acts = returns.annex_2(book, self.counting, unit, week.start)
        nil = returns.a_nil_return_says_that_nothing_happened(figures, acts)
        return Return(until, nil, figures, acts, note)

    async def content_now(self, month: Month) -> Content:
        """The month's bulletin as it would be drawn now."""
        now = self.clock.now()
        book = await self.book(min(now, month.end) if month.end else now)
        return bulletins.content(self.campaign, self.counting, book, month)
