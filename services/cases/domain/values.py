"""The values inside the events of a case. Frozen; a letter freezes the names that it was signed with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Officer:
    """An official as a letter names him: by person id, name and telephone at the time of signing."""

    id: str
    name: str
    phone: str


@dataclass(frozen=True)
class Deadline:
    """A due instant (exclusive), the campaign's rule that set it and the instant from which it was counted."""

    due: datetime
    rule: str
    start: datetime
    circumstance: str | None = None
    provisional: bool = False


@dataclass(frozen=True)
class Letter:
    """The transfer letter as drafted: everything that Annex 5 asks for, except its number and the signature."""

    unit: str
    kind: str
    form: str
    addressee: str
    source: str
    received_on: date
    matter: str
    enterprise: str | None
    supervising: Officer
    attachments: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What the unit reports: Annex 4's measures (codes of the campaign), in words, with evidence."""

    text: str
    measures: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matter:
    """What a case is about, redacted: nothing of the tipster is in it."""

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
