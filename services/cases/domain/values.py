"""The values inside the events of a case. Frozen; a letter freezes the names that it was signed with."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Self

from msgspec import Struct

from shared.kernel.campaign.due import LAST_SECOND, DayLine, DueDate


class Officer(Struct, frozen=True):
    """An official as a letter names him: by person id, name and telephone at the time of signing."""

    id: str
    name: str
    phone: str


class Deadline(Struct, frozen=True):
    """A due instant (exclusive) with everything that explains it, as it was when it was set: the campaign's rule, the
    instant from which it was counted, and each day counted or skipped. It never moves silently."""

    due: datetime
    rule: str
    start: datetime
    end_of_day: bool
    provisional: bool
    days: tuple[DayLine, ...]
    circumstance: str | None = None

    @classmethod
    def of(cls, due: DueDate, start: datetime, circumstance: str | None = None) -> Self:
        """The deadline of a counted due date."""
        return cls(due.due, due.rule, start, due.end_of_day, due.provisional, due.days, circumstance)

    @property
    def printed(self) -> str:
        """ISO 8601 with offset; the end of a day is its last second: `2022-02-09T23:59:59+08:00`."""
        return _printed(self.due, self.end_of_day)

    @property
    def due_date(self) -> DueDate:
        """The due date, which can say itself in words."""
        return DueDate(self.due, self.rule, self.end_of_day, self.provisional, self.days)


@lru_cache(maxsize=1024)  # thousands of cases share the end of a day
def _printed(due: datetime, end_of_day: bool) -> str:
    return (due - LAST_SECOND if end_of_day else due).isoformat(timespec="seconds")


class Letter(Struct, frozen=True):
    """The transfer letter as it was signed: all that Annex 5 prints, so that it can be printed again years later."""

    unit: str
    group: str | None
    kind: str
    form: str
    title: tuple[str, ...]
    addressee: str
    source: str
    received_on: date
    received_by: str
    enterprise: str | None
    matter: str
    basis: str
    basis_short: str
    measures_phrase: str
    supervising: Officer
    authority: str
    seal_authority: str
    copies_note: str
    attachments: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()


class Result(Struct, frozen=True):
    """What the unit reports: Annex 4's measures (codes of the campaign), in words, with evidence."""

    text: str
    measures: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


class Matter(Struct, frozen=True):
    """What a case is about, redacted: nothing of the tipster is in it. `concerned` is the unit whose officials a tip
    is against."""

    text: str
    source: str
    received_at: datetime
    enterprise: str | None = None
    place: str | None = None
    violation: str | None = None
    target: str | None = None
    matters: tuple[str, ...] = ()
    danger: bool = False
    against_officials: bool = False
    external_no: str | None = None
    concerned: str | None = None


class Extension(Struct, frozen=True):
    """A later feedback date that the unit asked for: the end of the day `until`."""

    until: date
    reason: str
    requested_at: datetime


class Suspicion(Struct, frozen=True):
    """A closure that an independent check (`source`) contradicts, until it is raised as an escalation. The unit may
    reply before `reply` is due; `replied_at` is its last reply."""

    source: str
    reply: Deadline
    replied_at: datetime | None = None


class Escalation(Struct, frozen=True):
    """The `n`-th escalated verification of a case: raised, appointed to a verifier with a deadline, decided
    (`outcome`: found | cleared)."""

    n: int
    trigger: str
    raised_at: datetime
    verifier: str | None = None
    deadline: Deadline | None = None
    outcome: str | None = None
    decided_at: datetime | None = None


class KeySupervision(Struct, frozen=True):
    """A group's close supervision (重点督导) of a case, until it concludes; it re-checks by `recheck`."""

    group: str
    recheck: Deadline
    ended_at: datetime | None = None
