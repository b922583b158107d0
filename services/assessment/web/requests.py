"""From a request to a command: what is to be signed is computed first, then the lane decides. One path for the API and
for the forms of pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import Request

from services.assessment import commands
from services.assessment.application import Assessment, Told
from services.assessment.domain.values import Content, Return
from services.assessment.queries import Queries
from services.assessment.rules import bulletins, returns
from services.assessment.rules.measures import Setting, Tally
from services.assessment.rules.schedule import Month, Schedule
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.schedule import Week
from shared.kernel.visibility import home_unit
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.session import Session
from shared.platform.messaging.engine import Engine
from shared.platform.web import problems
from shared.platform.web.commands import answer, command_of, envelope_of
from shared.platform.web.session import Viewer

Run = Callable[[Session, Envelope], Told]


class Gate:
    """Hands commands to the lane, with what was computed for them."""

    def __init__(self, engine: Engine, assessment: Assessment, queries: Queries) -> None:
        self.engine = engine
        self.assessment = assessment
        self.queries = queries
        self.setting = Setting(assessment.campaign)

    @property
    def campaign(self) -> Campaign:
        """The campaign."""
        return self.assessment.campaign

    @property
    def schedule(self) -> Schedule:
        """Its calendar."""
        return self.assessment.schedule

    def now(self) -> datetime:
        """The domain clock's instant."""
        moment: datetime = self.engine.clock.now()
        return moment

    def actor(self, viewer: Viewer) -> Actor:
        """The viewer as an actor: a station acts within its county; who signs is named."""
        signs = viewer.role in ("director", "principal", "group")
        unit = home_unit(self.campaign, viewer.unit)
        return Actor(id=viewer.id, role=viewer.role, unit=unit, signed_by=viewer.id if signs else None)

    # --- what is computed ---

    def week(self, number: int) -> Week:
        """Raises problems.NotFound."""
        found = self.schedule.weeks.get(number)
        if found is None:
            raise problems.NotFound("没有这一周。请从本单位报送页面进入，核对周次。")
        return found

    def month(self, key: str) -> Month:
        """Raises problems.NotFound."""
        found = self.schedule.months.get(key)
        if found is None:
            raise problems.NotFound("没有这个月份。请核对月份，如 2022-01；综合考核写 final。")
        return found

    async def return_now(self, unit: str, week: Week, now: datetime, note: str | None = None) -> Return:
        """The week's return as it would be signed now: up to now, at most to the end of the week."""
        until = min(now, week.end)
        book = await self.queries.book(until)
        figures = returns.annex_1(self.campaign, Tally(book, self.setting), unit, week.start)
        acts = returns.annex_2(book, self.setting, unit, week.start)
        nil = returns.a_nil_return_says_that_nothing_happened(figures, acts)
        return Return(until, nil, figures, acts, note)

    async def content_now(self, month: Month, now: datetime) -> Content:
        """The month's bulletin as it would be drawn now."""
        book = await self.queries.book(min(now, month.end) if month.end else now)
        return bulletins.content(self.campaign, self.setting, book, month)

    # --- one method per command ---

    async def inspect(self, request: Request, viewer: Viewer, body: commands.RecordInspection) -> Told:
        """Record an inspection."""
        return await self._give(request, viewer, lambda s, e: self.assessment.record_inspection(s, e, body))

    async def submit_return(
        self, request: Request, viewer: Viewer, unit: str, week: int, body: commands.SubmitReturn
    ) -> Told:
        """Sign a weekly return."""
        signed = await self.return_now(unit, self.week(week), self.now(), body.note)
        return await self._give(
            request, viewer, lambda s, e: self.assessment.submit_return(s, e, unit, week, signed)
        )

    async def send_back_return(
        self, request: Request, viewer: Viewer, unit: str, week: int, body: commands.SendBackReturn
    ) -> Told:
        """Send a weekly return back."""
        return await self._give(
            request, viewer, lambda s, e: self.assessment.send_back_return(s, e, unit, week, body)
        )

    async def correct_return(
        self, request: Request, viewer: Viewer, unit: str, week: int, body: commands.CorrectReturn
    ) -> Told:
        """Sign a corrected return."""
        signed = await self.return_now(unit, self.week(week), self.now(), body.note)
        return await self._give(
            request, viewer, lambda s, e: self.assessment.correct_return(s, e, unit, week, signed)
        )

    async def sign_commitment(
        self, request: Request, viewer: Viewer, unit: str, month: str, _: commands.SignCommitment
    ) -> Told:
        """Sign a commitment letter."""
        return await self._give(request, viewer, lambda s, e: self.assessment.sign_commitment(s, e, unit, month))

    async def file_paper(
        self, request: Request, viewer: Viewer, kind: str, unit: str, body: commands.FilePaper
    ) -> Told:
        """File a paper."""
        return await self._give(request, viewer, lambda s, e: self.assessment.file_paper(s, e, kind, unit, body))

    async def hold_briefing(
        self, request: Request, viewer: Viewer, unit: str, month: str, body: commands.HoldBriefing
    ) -> Told:
        """Record a briefing."""
        return await self._give(request, viewer, lambda s, e: self.assessment.hold_briefing(s, e, unit, month, body))

    async def draw_bulletin(self, request: Request, viewer: Viewer, month: str, _: commands.DrawBulletin) -> Told:
        """Draw a bulletin from the facts."""
        content = await self.content_now(self.month(month), self.now())
        return await self._give(request, viewer, lambda s, e: self.assessment.draw_bulletin(s, e, month, content))

    async def publish_bulletin(
        self, request: Request, viewer: Viewer, month: str, _: commands.PublishBulletin
    ) -> Told:
        """Publish a bulletin."""
        return await self._give(request, viewer, lambda s, e: self.assessment.publish_bulletin(s, e, month))

    async def _give(self, request: Request, viewer: Viewer, run: Run) -> Told:
        asked = await command_of(request, viewer.id)
        envelope = envelope_of(
            self.actor(viewer), self.now(), asked.key, self.campaign.id, self.campaign.version
        )
        outcome: Any = self.engine.submit(
            lambda session: run(session, envelope), key=asked.key, fingerprint=asked.fingerprint
        )
        told: Told = await answer(outcome)
        return told
