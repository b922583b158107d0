"""Filings: opened by the campaign, filed by those who owe them, missed by the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.assessment import commands
from services.assessment.application.office import Office, Told
from services.assessment.domain.authority import check_may
from services.assessment.domain.errors import Invalid, NotLeader, NotOver, NotOwed
from services.assessment.domain.filing import BRIEFING, COMMITMENT, RETURN, TYPICAL_CASE, Filing
from services.assessment.domain.values import Return
from services.assessment.rules.schedule import ONCE, WEEKLY
from shared.kernel.campaign import UnknownCode
from shared.platform.event_store.envelope import Actor, Envelope
from shared.platform.event_store.session import Session
from shared.platform.event_store.unit_of_work import Timer

OWN_COMMAND = frozenset({RETURN, COMMITMENT, BRIEFING})
"""Kinds of paper that are filed by a command of their own."""


class Filings(Office):
    """Commands of filings."""

    def open_filings(self, session: Session, now: datetime) -> Told:
        """Ask for every paper of the campaign that is still to come; what fell due before this installation began is
        owed by nobody. Given again (a new version of the campaign), it opens what is not there yet. Raises NotOwed
        after the last date of the campaign."""
        if all(owed.due.due <= now for owed in self.schedule.owed):
            raise NotOwed("集中行动的报送事项都已过期。")
        envelope = self.system("only_what_the_campaign_asks_for_is_filed", now, f"campaign:{self.campaign.version}")
        opened = 0
        for owed in self.schedule.owed:
            if owed.due.due > now and session.find(Filing, owed.id) is None:
                session.save(
                    Filing.open(
                        envelope, id=owed.id, rule=owed.rule, kind=owed.kind, unit=owed.unit, period=owed.period,
                        due=owed.due,
                    )
                )  # fmt: skip
                opened += 1
        return {"opened": opened}

    def submit_return(self, session: Session, envelope: Envelope, unit: str, week: int, signed: Return) -> Told:
        """The county's principal, or the group's leader, signs the week's figures (notice 七（四）)."""
        filing = self._return(session, envelope, "submit-return", unit, week)
        filing.submit_return(envelope, signed)
        return self._saved(session, filing)

    def send_back_return(
        self, session: Session, envelope: Envelope, unit: str, week: int, asked: commands.SendBackReturn
    ) -> Told:
        """The office asks for a corrected return."""
        check_may("send-back-return", envelope.actor, unit)
        filing = self._filing(session, WEEKLY, unit, str(week))
        filing.send_back(envelope, asked.reason)
        return self._saved(session, filing)

    def correct_return(self, session: Session, envelope: Envelope, unit: str, week: int, signed: Return) -> Told:
        """The unit signs the figures computed anew."""
        filing = self._return(session, envelope, "correct-return", unit, week)
        filing.correct_return(envelope, signed)
        return self._saved(session, filing)

    def sign_commitment(self, session: Session, envelope: Envelope, unit: str, month: str) -> Told:
        """The county's principal signs the month's commitment letter (notice 六（四）)."""
        check_may("sign-commitment", envelope.actor, unit)
        self._check_begun(month, envelope)
        rule = self._rule(COMMITMENT, unit)
        filing = self._filing(session, rule, unit, month)
        filing.sign_commitment(envelope, self.campaign.commitment("county").statements)
        return self._saved(session, filing)

    def file_paper(
        self, session: Session, envelope: Envelope, kind: str, unit: str, asked: commands.FilePaper
    ) -> Told:
        """A plan, a liaison, a typical case, a summary."""
        check_may("file-paper", envelope.actor, unit)
        if kind in OWN_COMMAND:
            raise NotOwed("这类事项有单独的办理入口，请从本单位报送页面办理。")
        filing = self._filing(session, self._rule(kind, unit), unit, asked.period or ONCE)
        if kind == TYPICAL_CASE:
            self._check_typical_case(asked)
            filing.submit_typical_case(
                envelope, title=asked.title, keywords=asked.keywords, parts=asked.parts, case=asked.case
            )
        elif asked.text is None:
            raise Invalid("text", "请填写报送内容。")
        else:
            filing.file_paper(envelope, asked.title, asked.text)
        return self._saved(session, filing)

    def hold_briefing(
        self, session: Session, envelope: Envelope, unit: str, month: str, asked: commands.HoldBriefing
    ) -> Told:
        """The head of the task force heard the unit (notice 七（一）)."""
        check_may("hold-briefing", envelope.actor, unit)
        self._check_begun(month, envelope)
        filing = self._filing(session, self._rule(BRIEFING, unit), unit, month)
        filing.hold_briefing(envelope, asked.text)
        return self._saved(session, filing)

    # --- what time does ---

    def fire(self, session: Session, timer: Timer, now: datetime) -> None:
        """A filing's date is over."""
        filing = session.get(Filing, timer.stream)
        filing.miss(self.system("a_paper_is_filed_by_its_date", now, f"timer:{timer.id}"))
        session.save(filing)

    # --- helpers ---

    def _return(self, session: Session, envelope: Envelope, command: str, unit: str, week: int) -> Filing:
        check_may(command, envelope.actor, unit)
        self._check_leader(envelope.actor)
        begins = self.schedule.weeks.get(week)
        if begins is not None and envelope.at < begins.start:
            raise NotOver("这一周还没有开始，不能报送。")
        return self._filing(session, WEEKLY, unit, str(week))

    def _check_leader(self, actor: Actor) -> None:
        if actor.role != "group":
            return
        leader = self.campaign.group(actor.unit).leader
        if actor.id != leader:
            raise NotLeader(f"督导组每周情况须由组长{self.campaign.person(leader).name}签字报送，请转组长办理。")

    def _check_begun(self, month: str, envelope: Envelope) -> None:
        found = self.schedule.months.get(month)
        if found is not None and envelope.at < found.start:
            raise NotOver("这个月还没有开始，不能办理。")

    def _rule(self, kind: str, unit: str) -> str:
        by = "group" if self._is_group(unit) else "county"
        rules = [rule.code for rule in self.schedule.rules_of(kind) if by in rule.by]
        if not rules:
            raise NotOwed("本次行动没有要求这个单位报送这类材料，请核对种类和单位。")
        return rules[0]

    def _filing(self, session: Session, rule: str, unit: str, period: str) -> Filing:
        filing = session.find(Filing, self.schedule.filing_id(rule, unit, period))
        if filing is None:
            raise NotOwed("没有这一期报送事项，请从本单位报送页面进入，核对周次或月份。")
        return filing

    def _is_group(self, unit: str) -> bool:
        try:
            self.campaign.group(unit)
        except UnknownCode:
            return False
        return True

    def _check_typical_case(self, asked: commands.FilePaper) -> None:
        limits, form = self.campaign.limits, self.campaign.annexes.typical_case
        if not limits.keywords_min <= len(asked.keywords) <= limits.keywords_max:
            raise Invalid("keywords", f"关键词须为 {limits.keywords_min} 至 {limits.keywords_max} 个。")
        wanted = form.parts[2:]
        if len(asked.parts) != len(wanted):
            raise Invalid("parts", f"须依次写明：{'、'.join(wanted)}。")

    def _saved(self, session: Session, filing: Filing) -> Told:
        session.save(filing)
        return {
            "filing": str(filing.id), "kind": filing.kind, "unit": filing.unit, "period": filing.period,
            "state": filing.state, "in_time": filing.in_time, "version": filing.version,
        }  # fmt: skip


def timers_of(aggregate: Any) -> dict[str, datetime]:
    """The calls that an aggregate of this service wants; only filings have dates."""
    return aggregate.timers() if isinstance(aggregate, Filing) else {}
