"""Who takes part: county-level units, supervision groups, offices, other bodies, stations, people and their seats.

A person is written once with a home unit; the seats on groups, the task force and the offices are lists of person
codes. Dual roles are therefore *computed* (`Campaign.appointments`), never declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.kernel.campaign.base import Code, Email, Named, NonEmpty, Phone, Piece

Role = Literal[
    "hotline",
    "office",
    "director",
    "county",
    "principal",
    "station",
    "group",
    "taskforce",
    "enterprise",
    "police",
    "discipline",
    "auditor",
    "admin",
]
BodyKind = Literal["city", "enforcement_team", "inspection_centre", "police", "discipline", "audit", "operations"]
Capacity = Literal["head", "deputy", "leader", "director", "member", "liaison", "holder"]


class Station(Named):
    """市场监管所: where a county bureau assigns work inside its unit."""


class County(Named):
    """A county-level unit. `bureau` and `government` are the two names that a letter can be addressed to.

    `campaign_local` marks a code that GB/T 2260 does not know. `places` are the towns and streets that triage reads.
    """

    bureau: NonEmpty
    bureau_en: NonEmpty
    government: NonEmpty
    campaign_local: bool = False
    stations: tuple[Station, ...]
    aliases: tuple[NonEmpty, ...] = ()
    places: tuple[NonEmpty, ...]
    address: NonEmpty
    telephone: Phone


class Group(Named):
    """A supervision group: its leader, members and one liaison (person codes; the liaison is a member), its units."""

    leader: Code
    members: tuple[Code, ...]
    liaison: Code
    units: tuple[Code, ...]


class TaskForce(Named):
    """专项工作组 (notice 二(一)): person codes of its head, deputies and members."""

    head: Code
    deputies: tuple[Code, ...]
    members: tuple[Code, ...]


class Office(Named):
    """An office of the campaign. One that issues letters has a `letter_code` (代字), the signature under its letters
    and the authority whose seal stands for its own (代章). `deputies` act as director when he is away or must not."""

    short: NonEmpty
    seated_in: NonEmpty
    director: Code
    deputies: tuple[Code, ...] = ()
    letter_code: NonEmpty | None = None
    signature: NonEmpty | None = None
    seal_authority: NonEmpty | None = None
    duties: tuple[NonEmpty, ...] = ()


class Body(Named):
    """Any other body: the city itself, the enforcement team, the inspection centre, police, discipline, auditors."""

    kind: BodyKind


class Person(Piece):
    """Somebody with a post. `unit` is the home unit; `roles` lists every role, also those that a seat brings.

    Reminders go to `email`; without one they are read on the desk alone. A `deputy` signs for his unit as its principal
    does, when that one is away or must not.
    """

    id: Code
    name: NonEmpty
    post: NonEmpty
    unit: Code
    roles: tuple[Role, ...]
    phone: Phone
    email: Email | None = None
    liaison: bool = False
    deputy: bool = False


@dataclass(frozen=True, slots=True)
class Appointment:
    """One seat of one person: which role it gives, in which unit, in what capacity."""

    person: str
    role: Role
    unit: str
    capacity: Capacity


AnyUnit = County | Group | Office | Body | Station | TaskForce
