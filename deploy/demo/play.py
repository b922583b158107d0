"""The play: a hundred days of the campaign, instant by instant.

Tips come at their own instants, and the hotline triages them soon after; the people work in two half-days of each
working day, in a fixed order; timers do what is due in between. Before each instant the stage comes to rest, and
commands are given one at a time: so the same seed gives the same campaign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from deploy.demo.affair import Affair, plan, supervision_in
from deploy.demo.cast import Cast
from deploy.demo.disclosing import Disclosing
from deploy.demo.draw import Draw
from deploy.demo.handling import CASES, Handling
from deploy.demo.hearing import Hearing
from deploy.demo.inspecting import Inspecting
from deploy.demo.paperwork import Paperwork
from deploy.demo.stage import Stage
from deploy.demo.tips import Tip
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.recipes import InMonth
from shared.kernel.campaign.schedule import filing_dues

MORNING, AFTERNOON = time(9, 30), time(14, 0)
AT_ONCE = timedelta(minutes=15)
FINAL = "final"
BEGINNING = frozenset({"opened", "transferred", "signed_for"})
"""The states before the first step, which a danger to life does not spend waiting for a working day."""
RUNNING = "opened,transferred,signed_for,handling,reported,reviewed"


class Play:
    """One performance. `advanced` is told how many of how many days are over."""

    def __init__(
        self, stage: Stage, cast: Cast, campaign: Campaign, tips: Sequence[Tip], seed: str,
        advanced: Callable[[int, int], None] = lambda *_: None,
    ) -> None:  # fmt: skip
        draw = Draw(seed)
        self._stage, self._cast, self._campaign, self._tips, self._draw = stage, cast, campaign, tips, draw
        self._advanced = advanced
        self._hearing = Hearing(cast, campaign, draw)
        self._handling = Handling(cast, campaign, draw)
        self._inspecting = Inspecting(cast, campaign, draw)
        self._disclosing = Disclosing(cast, campaign, draw)
        self._paperwork = Paperwork(cast, campaign, draw)
        self._affairs: dict[str, Affair] = {}
        self._urgent: list[datetime] = []
        self._bulletins = dict(_bulletins(campaign))
        self.months = [month for months in self._bulletins.values() for month in months]
        self._start = campaign.period.start
        self._end = max(self._bulletins)

    def run(self) -> None:
        """Play from the first day to the final assessment."""
        tips = list(self._tips)
        self._paperwork.learn()
        for instant in self._half_days():
            while (at := min([instant, *self._hearing.soon, *self._urgent, *(tip.at for tip in tips[:1])])) < instant:
                self._come_to(at)
                while tips and tips[0].at <= at:
                    self._hearing.hear(tips.pop(0))
                self._in_between(at)
            self._come_to(instant)
            self._work(instant)
            self._advanced((instant.date() - self._start).days, (self._end - self._start).days)
        self._stage.settle()

    @property
    def showpiece(self) -> str | None:
        """The case of the notice's own example, the concealed fatality (附件 5)."""
        examples = [one for _, one in sorted(self._affairs.items()) if one.truth.is_concealed_fatality]
        return examples[0].case if examples else None

    def _in_between(self, now: datetime) -> None:
        """The hotline answers around the clock, and a danger to life waits for nobody's morning: within the hour the
        letter is drafted, signed off and signed for."""
        if self._hearing.at_work(now):
            self._urgent += [now + n * AT_ONCE for n in (1, 2, 3)]
        if any(at <= now for at in self._urgent):
            self._urgent = [at for at in self._urgent if at > now]
            self._handle(now, danger_alone=True)

    def _work(self, now: datetime) -> None:
        """One half of a working day; or, on a day off, the hotline and whoever acts on a danger to life."""
        self._hearing.at_work(now, whoever_is_left=True)
        self._stage.settle()  # what the hotline sent on is a case by now
        if not self._campaign.calendar.is_working(now.date()):
            self._handle(now, danger_alone=True)
            return
        self._handle(now)
        if now.time() == MORNING:
            following = self._campaign.calendar.next_working(now.date())
            self._stage.settle()  # who signs figures signs those that he saw: none is still on its way
            self._paperwork.day(now, datetime.combine(following, MORNING, self._campaign.zone))
            self._inspecting.day(now)
            self._publish(now.date())
        self._stage.settle()
        subjects = {affair.case: affair.subject for affair in self._affairs.values()}
        self._disclosing.half_day(subjects, now)

    def _publish(self, day: date) -> None:
        if months := self._bulletins.get(day):
            self._stage.settle()
            for month in months:
                self._paperwork.issue(month)

    def _handle(self, now: datetime, *, danger_alone: bool = False) -> None:
        rows = {row["case"]: row for row in self._cast.every(CASES, state=RUNNING, limit=200)}
        rows |= {row["case"]: row for row in self._cast.every(CASES, state="closed", escalated="open", limit=200)}
        for case, (subject, truth) in {**self._hearing.cases(rows), **self._inspecting.cases(rows)}.items():
            if subject not in self._affairs:
                self._affairs[subject] = Affair(subject, truth, plan(self._draw, subject, truth), case)
        for subject in sorted(self._affairs):
            affair = self._affairs[subject]
            urgent = affair.case in rows and rows[affair.case]["danger"] and rows[affair.case]["state"] in BEGINNING
            if danger_alone and not urgent:
                continue
            if affair.case in rows:
                self._handling.half_day(affair, rows[affair.case], now)
            else:
                self._handling.after_closing(affair, now)
            if "supervised" in affair.done and affair.once(supervision_in(now.date())):
                self._handling.conclude_supervision(affair)

    def _come_to(self, instant: datetime) -> None:
        """Move on to an instant; on the way, stop at each timer."""
        following = self._stage.settle()
        while following is not None and following < instant:
            self._stage.move(following)
            following = self._stage.settle()
        self._stage.move(instant)
        self._stage.settle()

    def _half_days(self) -> Iterator[datetime]:
        day = self._start
        while day <= self._end:
            for at in (MORNING, AFTERNOON):
                yield datetime.combine(day, at, self._campaign.zone)
            day += timedelta(days=1)


def _bulletins(campaign: Campaign) -> Iterator[tuple[date, list[str]]]:
    """Day → the bulletins that are published on it."""
    months: dict[date, list[str]] = {}
    for due in filing_dues(campaign, "monthly_bulletin"):
        if isinstance(due.recipe, InMonth):
            months.setdefault(due.last_day, []).append(f"{due.recipe.year}-{due.recipe.month:02}")
    months.setdefault(filing_dues(campaign, "final_assessment")[0].last_day, []).append(FINAL)
    yield from months.items()
