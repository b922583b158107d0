"""What *assessment* decides with: the campaign, its calendar, what of it counts; and what is computed from the facts
before a command goes into the lane, where nothing is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.assessment.domain.errors import FiguresBehind
from services.assessment.domain.facts import AN_INSTANT
from services.assessment.domain.values import Contained, Content, Ended, Return
from services.assessment.rules import bulletins, measures, returns
from services.assessment.rules.figures import Sums
from services.assessment.rules.schedule import Month, Schedule
from shared.kernel.campaign import UnknownCode
from shared.kernel.campaign.schedule import Week
from shared.kernel.commands import Setting
from shared.platform.clock import Clock
from shared.platform.web import problems


class Counted(Protocol):
    """The figures of all units, as they are counted. Raises problems.ServiceUnavailable while that is not done."""

    async def sums(self, until: datetime) -> Sums:
        """The figures before an instant."""

    async def taken_in(self, until: datetime, units: Sequence[str], after: int) -> returns.TakenIn:
        """All of one moment: the figures before an instant, the closings behind this place in the feed of *cases*, as
        far as it was taken in, whatever instant they name."""

    async def contained(self, until: datetime) -> tuple[Contained, ...]:
        """The cases that were closed for good before an instant."""

    async def last_signed(self, unit: str, week: int) -> tuple[str, Ended] | None:
        """The unit's last signed return of an earlier week: its week, and where it ends."""

    async def missing(self, *producers: str) -> int:
        """How many events of these services are known to be missing in the figures."""


@dataclass(frozen=True, slots=True)
class AssessmentSetting(Setting):
    """What commands are decided with."""

    schedule: Schedule
    counting: measures.Counting
    clock: Clock
    figures: Counted

    async def check_complete(self, *producers: str) -> None:
        """Raises FiguresBehind while events of these services are known to be missing in the figures."""
        if missing := await self.figures.missing(*producers):
            raise FiguresBehind(
                f"还有 {missing} 条事件没有计入，数字不完整，暂不能办理。请稍候再试；持续如此的，请告知运维人员。"
            )

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
        """The week's return as it would be signed now."""
        last = await self.figures.last_signed(unit, week.number)
        until = self.clock.now()
        units = next((group.units for group in self.campaign.groups if group.code == unit), (unit,))
        # what happens at the very instant of the signing, and was taken in, is in it
        taken = await self.figures.taken_in(until + AN_INSTANT, units, last[1].through if last else 0)
        lines = returns.annex_1(self.campaign, taken.sums.figure, unit, last[1] if last else None)
        acts = returns.annex_2(taken.closed, taken.running)
        nil = returns.a_nil_return_says_that_nothing_happened(lines, acts)
        after, since = (last[0], last[1].until) if last else (None, None)
        return Return(until, nil, lines, acts, note, since, after, taken.through)

    async def content_now(self, month: Month, *, to_draw: bool = True) -> Content:
        """The month's bulletin as it would be drawn now; just to be looked at, without its cases."""
        now = self.clock.now()
        until = min(now, month.end) if month.end else now
        sums, before = await self.figures.sums(until), await self.figures.sums(month.start)
        contained = await self.figures.contained(until) if to_draw else ()
        return bulletins.content(self.campaign, until, sums.figure, before.figure, contained)
