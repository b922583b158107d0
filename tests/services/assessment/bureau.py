"""*assessment* in memory: its actors, what the campaign asks for, and each command as a person gives it.

What is computed before the lane is computed from the rows of the facts, as they are read back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.assessment.consumers import handlers
from services.assessment.domain.facts import CASE, KINDS, Fact, subject_of
from services.assessment.domain.values import Contained, Ended, Return
from services.assessment.handlers import BRIEFINGS, BULLETIN, COMMITMENTS, INSPECTION, RETURNS, WRITTEN
from services.assessment.handlers.contradicting import Contradictions, HeardOfCases
from services.assessment.handlers.heard import Heard, timers_of
from services.assessment.handlers.setting import AssessmentSetting
from services.assessment.projections import PROJECTOR
from services.assessment.publishers import publisher_of
from services.assessment.rules import lives, measures
from services.assessment.rules.figures import Sums, sums_of
from services.assessment.rules.lives import Life
from services.assessment.rules.returns import TakenIn
from services.assessment.rules.schedule import WEEKLY, Schedule
from shared.kernel.contracts.internal import cases
from shared.platform.event_store import canonical, typed
from shared.platform.event_store.envelope import Actor
from shared.platform.service.command import Told
from tests.support.in_memory import CAMPAIGN, InMemory, at

__all__ = ["CAMPAIGN", "at"]

SCHEDULE = Schedule(CAMPAIGN)
COUNTING = measures.Counting.of(CAMPAIGN)
ZEZHOU, GAOPING = "140525", "140581"
OFFICE = Actor("p-contact", "office", "campaign-office")
DIRECTOR = Actor("p-deputy-director", "director", "campaign-office", signed_by="p-deputy-director")
COUNTY = Actor("p-zezhou-1", "county", ZEZHOU)
PRINCIPAL = Actor("p-zezhou", "principal", ZEZHOU, signed_by="p-zezhou")
LEADER = Actor("p-deputy-director", "group", "g1", signed_by="p-deputy-director")
MEMBER = Actor("p-g1-1", "group", "g1")
TASKFORCE = Actor("p-vice-mayor", "taskforce", "task-force")
START = at("2021-12-28 09:00")


class CountedInMemory:
    """The figures of a bureau, counted from its rows whenever they are asked for; nothing is ever missing, unless
    `behind` says so."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau = bureau
        self.behind = 0

    async def sums(self, until: datetime) -> Sums:
        return sums_of(self._bureau.facts(), COUNTING, until)

    async def taken_in(self, until: datetime, units: Sequence[str], after: int) -> TakenIn:
        closed, running, last = [], [], 0
        for case, (life, sequence) in self._lives(None).items():
            last = max(last, sequence)
            if life.unit in units and life.standing is None and life.opened is not None:
                running.append((case, life))
            elif life.standing is not None and life.standing.event.unit in units and sequence > after:
                closed.append((case, life))
        return TakenIn(await self.sums(until), closed, running, last)

    async def contained(self, until: datetime) -> tuple[Contained, ...]:
        closings = [
            Contained(case, life.standing.event.unit, life.standing.at)
            for case, (life, _) in self._lives(until).items()
            if life.standing is not None and not life.is_undecided
        ]
        return tuple(sorted(closings, key=lambda one: (one.closed_at, one.case)))

    async def last_signed(self, unit: str, week: int) -> tuple[str, Ended] | None:
        for number in range(week - 1, 0, -1):
            filing = self._bureau.aggregate(SCHEDULE.filing_id(WEEKLY, unit, str(number)))
            if filing is not None and filing.signed is not None:
                return str(number), filing.signed.ended
        return None

    async def missing(self, *producers: str) -> int:
        return self.behind if "cases" in producers else 0

    def _lives(self, until: datetime | None) -> dict[str, tuple[Life, int]]:
        """Each case with what became of it, and the place of its last closing in the feed."""
        found: dict[str, tuple[Life, int]] = {}
        for fact in self._bureau.facts():
            subject = subject_of(fact.event)
            if subject.startswith(f"{CASE}:") and (until is None or fact.at < until):
                life, sequence = found.get(subject.removeprefix(f"{CASE}:"), (Life(), 0))
                noted: Any = lives.note(life, fact)
                if isinstance(fact.event, cases.CaseClosed):
                    sequence = int(fact.id.rpartition(":")[2])
                found[subject.removeprefix(f"{CASE}:")] = (noted, sequence)
        return found


class Bureau(InMemory):
    """One installation of *assessment* in memory, which has asked for the papers of the campaign."""

    def __init__(self, now: datetime = START, *, opened: bool = True) -> None:
        self.contradictions = Contradictions(CAMPAIGN, SCHEDULE, COUNTING.names)
        super().__init__(
            now, None, PROJECTOR, publisher_of(CAMPAIGN), timers_of,
            lambda house: handlers(HeardOfCases(self.contradictions, house.clock)),
        )  # fmt: skip
        self.counted = CountedInMemory(self)
        self.setting = AssessmentSetting(CAMPAIGN, SCHEDULE, COUNTING, self.clock, self.counted)
        self._by_itself = Heard(CAMPAIGN, SCHEDULE)
        self.answer_timer = self._by_itself.fire
        if opened:
            self.open_filings()

    # --- given and when ---

    def open_filings(self) -> Told:
        return self.run(lambda session: self._by_itself.open_filings(session, self.clock.now()))

    def told(self, *events: Any, happened: datetime | None = None) -> None:
        """*cases* tells of something: now, or of something that happened earlier."""
        for event in events:
            self.hear("cases", event, happened)

    def inspect(self, by: Actor, **fields: Any) -> Told:
        return self.order(INSPECTION, "", by, **fields)

    def submit(self, by: Actor, unit: str, week: int) -> Told:
        return self._weekly("submit", by, unit, week, digest=self.return_now(unit, week).digest)

    def correct(self, by: Actor, unit: str, week: int) -> Told:
        return self._weekly("correct", by, unit, week, digest=self.return_now(unit, week).digest)

    def send_back(self, by: Actor, unit: str, week: int) -> Told:
        return self._weekly("send-back", by, unit, week, reason="数字与附件2不符。")

    def _weekly(self, command: str, by: Actor, unit: str, week: int, **fields: Any) -> Told:
        return self.order(RETURNS, command, by, address={"unit": unit, "week": str(week)}, **fields)

    def sign(self, by: Actor, unit: str, month: str) -> Told:
        return self.order(COMMITMENTS, "sign", by, address={"unit": unit, "month": month})

    def file(self, by: Actor, kind: str, unit: str, **fields: Any) -> Told:
        return self.order(WRITTEN, "file", by, address={"kind": kind, "unit": unit}, **fields)

    def hold(self, by: Actor, unit: str, month: str) -> Told:
        return self.order(BRIEFINGS, "hold", by, address={"unit": unit, "month": month}, text="听取汇报。")

    def draw(self, by: Actor, month: str) -> Told:
        return self.order(BULLETIN, "draw", by, address={"month": month})

    def publish(self, by: Actor, month: str) -> Told:
        """As somebody who has the bulletin on the screen as it stands."""
        bulletin = self.aggregate(SCHEDULE.bulletin_id(month))
        seen = bulletin.version if bulletin else None
        return self.order(BULLETIN, "publish", by, seen=seen, address={"month": month})

    # --- then ---

    def facts(self) -> list[Fact]:
        """As they are read back from their rows."""
        rows = sorted(self.tables["facts"].values(), key=lambda row: row["at"])
        read: list[Any] = [typed.decode(canonical.encode(row["event"]), KINDS[row["what"]]) for row in rows]
        return [Fact(row["id"], row["at"], event) for row, event in zip(rows, read, strict=True)]

    def tally(self, text: str) -> Sums:
        return sums_of(self.facts(), COUNTING, at(text))

    def return_now(self, unit: str, week: int) -> Return:
        found: Return = asyncio.run(self.setting.return_now(unit, self.setting.week(str(week))))
        return found

    def filing(self, rule: str, unit: str, period: str) -> dict[str, Any]:
        return self.tables["filings"][SCHEDULE.filing_id(rule, unit, period)]
