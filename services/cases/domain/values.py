"""The values inside the events of a case. Frozen; a letter freezes the names that it was signed with."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from shared.kernel.campaign.deadline import Deadline as Deadline
from shared.kernel.measures import MeasureTaken


class Officer(Struct, frozen=True):
    """An official as a letter names him: by person id, name and telephone at the time of signing."""

    id: str
    name: str
    phone: str


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
    """What the unit reports: in words, with evidence; the conclusion, and Annex 4's measures with their facts (`taken`,
    of which `measures` are the codes). Older results have neither a conclusion nor facts."""

    text: str
    measures: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    conclusion: str | None = None
    taken: tuple[MeasureTaken, ...] = ()


class Decision(Struct, frozen=True):
    """What was decided after a closing; `outcome` of a re-inspection: passed | closure_proposed."""

    decision: MeasureTaken
    outcome: str | None = None


class Matter(Struct, frozen=True):
    """What a case is about, redacted: nothing of the tipster is in it. `concerned` is the unit whose officials a tip
    is against; `major`: an inspection found a major hazard."""

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
    major: bool = False


class Extension(Struct, frozen=True):
    """A later feedback date that the unit asked for: the end of the day `until`. The office answers by `answer`."""

    until: date
    reason: str
    requested_at: datetime
    answer: Deadline | None = None


class Plan(Struct, frozen=True):
    """A rectification plan that waits for the office's answer, due by `answer`: it would move the feedback date to the
    end of the day `until`."""

    until: date
    requested_at: datetime
    answer: Deadline | None = None


class Suspicion(Struct, frozen=True):
    """A closure that an independent check (`source`) contradicts, until it is raised as an escalation. The unit may
    reply before `reply` is due; `replied_at` is its last reply."""

    source: str
    reply: Deadline
    replied_at: datetime | None = None


class Escalation(Struct, frozen=True):
    """The `n`-th escalated verification of a case: raised while `unit` answered for it, appointed to a verifier with a
    deadline, decided (`outcome`: found | cleared); `lapsed` with the letter that was taken back, which nobody verified.
    The office appoints by `appointment`."""

    n: int
    trigger: str
    raised_at: datetime
    verifier: str | None = None
    deadline: Deadline | None = None
    outcome: str | None = None
    decided_at: datetime | None = None
    lapsed: bool = False
    appointment: Deadline | None = None
    unit: str = ""


class KeySupervision(Struct, frozen=True):
    """A group's close supervision (重点督导) of a case, until it concludes; it re-checks by `recheck`."""

    group: str
    recheck: Deadline
    ended_at: datetime | None = None
