"""Rankings and the figures behind them: who may look at what, and where it is read from.

A published bulletin is public to all who are signed in, read as it was frozen; until then what would be published now
is shown to city-wide roles, and a unit sees its own figures.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.assessment.domain.values import Content
from services.assessment.figures import Counts, FiguresRead
from services.assessment.handlers.setting import AssessmentSetting
from services.assessment.queries import Queries
from services.assessment.rules.measures import MEASURES, OFFICE
from services.assessment.rules.schedule import Month
from shared.kernel.campaign.definition import CITY
from shared.platform.web import problems
from shared.platform.web.session import Viewer


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand for a month. `state`: open (computed now) | drawn | published."""

    month: Month
    state: str
    content: Content


class Rankings:
    """Rankings, batches and figures by month."""

    def __init__(self, queries: Queries, figures: FiguresRead, setting: AssessmentSetting) -> None:
        self._queries = queries
        self._figures = figures
        self._setting = setting

    async def standing(self, viewer: Viewer, key: str, *, drawn: bool = False) -> Standing:
        """The month's rankings. With `drawn` only what was drawn, nothing computed now. Raises problems."""
        month = self._setting.month(key)
        bulletin = await self._queries.bulletin(self._setting.schedule.bulletin_id(key))
        content = bulletin.content if bulletin is not None else None
        if content is not None and bulletin is not None and bulletin.published_at is not None:
            return Standing(month, "published", content)
        if not self._queries.sees_city(viewer):
            raise problems.Forbidden("这一期考核通报还没有发布，发布后可以查看。本单位的数字请从考核页进入。")
        if content is not None:
            return Standing(month, "drawn", content)
        if drawn:
            raise problems.NotFound("这一期考核通报还没有拟制。可以先查看当前排名。")
        now = self._setting.clock.now()
        if month.start > now:
            raise problems.NotFound("这个月还没有开始，没有可以查看的排名。")
        return Standing(month, "open", await self._setting.content_now(month, to_draw=False))

    async def behind(self, viewer: Viewer, key: str, unit: str, name: str) -> list[Counts]:
        """The events of one figure, from the beginning of the campaign to the end of the month. Raises problems."""
        month = self._setting.month(key)
        if name not in MEASURES and name not in OFFICE:
            raise problems.NotFound("没有这个指标。请从考核页或排名页进入。", allowed=[*MEASURES, *OFFICE])
        bulletin = await self._queries.bulletin(self._setting.schedule.bulletin_id(key))
        content = bulletin.content if bulletin is not None else None
        published = content is not None and bulletin is not None and bulletin.published_at is not None
        if name in OFFICE:
            self._check_sees_office(viewer, unit, published=published)
        elif content is None or not published:
            self._queries.check_sees(viewer, unit)
        elif unit not in {placed.unit for ranking in content.rankings for placed in ranking.placings}:
            raise problems.NotFound("没有这个单位代码。请从排名页进入。")
        now = self._setting.clock.now()
        until = content.until if content is not None else min(now, month.end or now)
        return await self._figures.behind(name, unit, until)

    def _check_sees_office(self, viewer: Viewer, unit: str, *, published: bool) -> None:
        if unit != CITY:
            raise problems.NotFound("办公室自身时限只有一个单位：city。请从考核通报进入。")
        if not published and not self._queries.sees_city(viewer):
            raise problems.Forbidden("这一期考核通报还没有发布，发布后可以查看。")
