"""The campaign as its services see it: one frozen object, asked by name, that computes what the file only implies.

Computed here: who holds which seat (and so the dual roles), which group answers for which unit, whom a letter goes to,
the jurisdiction tokens. Every accessor raises `UnknownCode` with the allowed values for a code that it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from shared.kernel.campaign.base import Code, Name, Named, NonEmpty, Period, Piece
from shared.kernel.campaign.bodies import (
    AnyUnit,
    Appointment,
    Body,
    Capacity,
    County,
    Group,
    Office,
    Person,
    Role,
    TaskForce,
)
from shared.kernel.campaign.calendar import Arrangement, WorkingCalendar
from shared.kernel.campaign.conduct import (
    Accountability,
    Assessment,
    Channel,
    CommitmentLevel,
    Contradiction,
    OfficeClock,
    Reminding,
    Verification,
)
from shared.kernel.campaign.due import DueDate
from shared.kernel.campaign.errors import UnknownCode
from shared.kernel.campaign.papers import Addressee, AddresseeRule, Annexes, Hotline, LetterForm, Letters, Notice
from shared.kernel.campaign.rules import Coverage, Earliest, Enterprise, Filing, Limits, Positive, Rule, Window
from shared.kernel.campaign.taxonomy import Taxonomy, Triage

CITY, NOWHERE = "city", "none"
T = TypeVar("T")


class Phase(Named):
    """One of the stages of the notice's part 五; stages may overlap."""

    start: date
    end: date
    clause: NonEmpty | None = None


class Campaign(Piece):
    """A whole campaign; made by `loading.load`, which also checks every reference between its parts."""

    id: Code
    version: Positive
    name: Name
    short_name: Name
    timezone: NonEmpty
    province: NonEmpty | None = None
    notice: Notice
    hotline: Hotline
    period: Period
    phases: tuple[Phase, ...]
    arrangements: tuple[Arrangement, ...] = ()
    units: tuple[County, ...]
    groups: tuple[Group, ...]
    task_force: TaskForce
    offices: tuple[Office, ...]
    bodies: tuple[Body, ...]
    people: tuple[Person, ...]
    windows: tuple[Window, ...]
    earliest: tuple[Earliest, ...]
    filings: tuple[Filing, ...]
    limits: Limits
    coverage: tuple[Coverage, ...]
    enterprises: tuple[Enterprise, ...] = ()
    verification: Verification
    accountability: tuple[Accountability, ...]
    channels: tuple[Channel, ...]
    reminders: Reminding
    office_clocks: tuple[OfficeClock, ...]
    commitments: tuple[CommitmentLevel, ...]
    contradictions: tuple[Contradiction, ...] = ()
    assessment: Assessment
    letters: Letters
    addressee_rules: tuple[AddresseeRule, ...]
    annexes: Annexes
    triage: Triage
    taxonomies: tuple[Taxonomy, ...]

    # --- who -------------------------------------------------------------------------------------------------------

    @cached_property
    def _by_code(self) -> dict[str, AnyUnit]:
        everything: list[AnyUnit] = [*self.units, *self.groups, self.task_force, *self.offices, *self.bodies]
        everything += [station for county in self.units for station in county.stations]
        return {unit.code: unit for unit in everything}

    def unit(self, code: str) -> AnyUnit:
        """Any body by code: county-level unit, group, task force, office, other body or station."""
        return _get("单位代码", code, self._by_code)

    def county(self, code: str) -> County:
        return _get("县级单位代码", code, self._counties_by_code)

    @cached_property
    def _counties_by_code(self) -> dict[str, County]:
        return {county.code: county for county in self.units}

    @cached_property
    def county_codes(self) -> tuple[str, ...]:
        """The county-level units, in the campaign's order."""
        return tuple(self._counties_by_code)

    def group(self, code: str) -> Group:
        return _get("督导工作组代码", code, {group.code: group for group in self.groups})

    @cached_property
    def handling_units(self) -> dict[str, AnyUnit]:
        """Code → unit of all to whom letters go: the county-level ones, and bodies that an addressee rule names."""
        named = [rule.to for rule in self.addressee_rules if rule.to not in ("bureau", "government")]
        return {**self._counties_by_code, **{code: self.unit(code) for code in named}}

    def office(self, code: str) -> Office:
        return _get("办公室代码", code, {office.code: office for office in self.offices})

    def county_of_station(self, code: str) -> County:
        return _get("市场监管所代码", code, self._counties_by_station)

    @cached_property
    def _counties_by_station(self) -> dict[str, County]:
        return {station.code: county for county in self.units for station in county.stations}

    def group_of(self, unit: str) -> Group:
        return _get("县级单位代码", unit, self._groups_by_unit)

    @cached_property
    def _groups_by_unit(self) -> dict[str, Group]:
        return {code: group for group in self.groups for code in group.units}

    @cached_property
    def jurisdictions(self) -> frozenset[str]:
        """Tokens under which events are published and read: county codes, group codes, `city`, `none`."""
        return frozenset((*self.county_codes, *(g.code for g in self.groups), CITY, NOWHERE))

    def jurisdiction_of(self, unit: str) -> str:
        """The jurisdiction under which a unit's events are published: its own where it is one, else the city's."""
        return unit if unit in self.jurisdictions else CITY

    def person(self, code: str) -> Person:
        return _get("人员编号", code, {person.id: person for person in self.people})

    @cached_property
    def _appointments(self) -> tuple[Appointment, ...]:
        seats: list[Appointment] = []
        for office in self.offices:
            leads: Role = "director" if office.letter_code else "office"
            seats.append(Appointment(office.director, leads, office.code, "director"))
            seats += [Appointment(person, leads, office.code, "deputy") for person in office.deputies]
        for group in self.groups:
            seats.append(Appointment(group.leader, "group", group.code, "leader"))
            seats += [Appointment(m, "group", group.code, "member") for m in group.members if m != group.liaison]
            seats.append(Appointment(group.liaison, "group", group.code, "liaison"))
        force = self.task_force
        seats.append(Appointment(force.head, "taskforce", force.code, "head"))
        seats += [Appointment(person, "taskforce", force.code, "deputy") for person in force.deputies]
        seats += [Appointment(person, "taskforce", force.code, "member") for person in force.members]
        by_seat = {(seat.person, seat.role) for seat in seats}
        for person in self.people:
            for role in person.roles:
                if (person.id, role) not in by_seat:
                    capacity: Capacity = "liaison" if person.liaison else "holder"
                    if role == "principal":
                        capacity = "deputy" if person.deputy else "head"
                    seats.append(Appointment(person.id, role, person.unit, capacity))
        return tuple(seats)

    def appointments(self, person: str) -> tuple[Appointment, ...]:
        """Every seat that a person holds, in the groups, the task force, the offices and the home unit."""
        self.person(person)
        return tuple(seat for seat in self._appointments if seat.person == person)

    def bodies_of(self, person: str) -> frozenset[str]:
        """Where somebody has a post or a seat, a station counted to its county; nowhere for who is none of the
        campaign's people: a program that acts under a name of its own."""
        return self._bodies_by_person.get(person, frozenset())

    @cached_property
    def _bodies_by_person(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {person.id: {person.unit} for person in self.people}
        for seat in self._appointments:
            found[seat.person].add(seat.unit)
        county = self._counties_by_station
        return {
            person: frozenset(county[body].code if body in county else body for body in bodies)
            for person, bodies in found.items()
        }

    def dual_roles(self, person: str) -> tuple[Appointment, ...]:
        """The person's seats when they lie in more than one body, else nothing (domain.md section 2)."""
        seats = self.appointments(person)
        return seats if len({seat.unit for seat in seats}) > 1 else ()

    def people_with(self, role: str, unit: str | None = None) -> tuple[Person, ...]:
        """The people who hold a role, in one unit or anywhere, in the order of the file."""
        if role not in {seat.role for seat in self._appointments}:
            raise UnknownCode("角色", role, sorted({seat.role for seat in self._appointments}))
        if unit is not None:
            self.unit(unit)
        holders = {s.person for s in self._appointments if s.role == role and unit in (None, s.unit)}
        return tuple(person for person in self.people if person.id in holders)

    def members_of(self, body: str) -> tuple[Person, ...]:
        """Everybody who has a post or a seat in a body, in the order of the file."""
        return tuple(person for person in self.people if body in self.bodies_of(person.id))

    def leader_of(self, body: str) -> str | None:
        """The leader of a supervision group; None of any other body."""
        return next((group.leader for group in self.groups if group.code == body), None)

    # --- rules -----------------------------------------------------------------------------------------------------

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        rules: list[Rule] = [*self.windows, *self.earliest, *self.filings]
        return {rule.code: rule for rule in rules}

    def rule(self, name: str) -> Rule:
        """A window, an earliest-of or a filing by name."""
        return _get("期限规则", name, self._rules)

    def window(self, name: str) -> Window:
        return _get("办理时限", name, {window.code: window for window in self.windows})

    def earliest_of(self, name: str) -> Earliest:
        return _get("先到先计的时限", name, {rule.code: rule for rule in self.earliest})

    def office_clock(self, name: str) -> OfficeClock:
        return _get("市局办公室的时限", name, {str(one.clock): one for one in self.office_clocks})

    def filing(self, name: str) -> Filing:
        return _get("报送事项", name, {filing.code: filing for filing in self.filings})

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """The State Council's calendar with this campaign's own later arrangements, in its zone."""
        return WorkingCalendar.state_council(self.arrangements, self.zone)

    @cached_property
    def counted(self) -> dict[tuple[str, str | None, int], DueDate]:
        """What `schedule.due_under` has counted so far, by rule, circumstance and day of the start."""
        return {}

    @cached_property
    def begins(self) -> datetime:
        """The instant at which the period begins."""
        return datetime.combine(self.period.start, time(), self.zone)

    def covers(self, moment: datetime) -> bool:
        """Whether an aware instant lies in the period, by its day in the campaign's zone."""
        return self.period.contains(moment.astimezone(self.zone).date())

    # --- words -----------------------------------------------------------------------------------------------------

    @cached_property
    def _taxonomies(self) -> dict[str, Taxonomy]:
        return {taxonomy.code: taxonomy for taxonomy in self.taxonomies}

    def taxonomy(self, name: str) -> Taxonomy:
        return _get("分类表", name, self._taxonomies)

    def channel(self, code: str) -> Channel:
        return _get("公开渠道", code, {channel.code: channel for channel in self.channels})

    def commitment(self, level: str) -> CommitmentLevel:
        return _get("承诺层级", level, {commitment.code: commitment for commitment in self.commitments})

    def contradicted(self, violation: str | None, *, major: bool) -> tuple[str, ...]:
        """The statements of a commitment that such a problem contradicts."""
        return tuple(
            one.statement for one in self.contradictions if violation in one.violations or (major and one.major)
        )

    def actions_for(self, ground: str) -> tuple[str, ...]:
        """What a proven ground for accountability leads to."""
        return _get("追责情形", ground, {entry.ground: entry.actions for entry in self.accountability})

    @cached_property
    def places(self) -> Mapping[str, str]:
        """Every place word (name, alias, town, street) → county-level unit; a word belongs to one unit only."""
        return {word: county.code for county in self.units for word in (county.zh, *county.aliases, *county.places)}

    # --- letters ---------------------------------------------------------------------------------------------------

    def letter_form(self, code: str) -> LetterForm:
        return _get("文书种类", code, {form.code: form for form in self.letters.forms})

    def letter_number(self, form: str, year: int, n: int) -> str:
        """`（特设）移〔2022〕17号`: the office's 代字, the year, and a number without leading zeros."""
        letter = self.letter_form(form)
        return letter.number.format(code=self.office(letter.office).letter_code, year=year, n=n)

    def addressee(self, unit: str, matters: str | Sequence[str] = ()) -> Addressee:
        """Whom the letter about a problem in `unit` goes to (domain.md 3.2, decision on Annex 5).

        The first addressee rule of which a matter is present decides; a unit that is no county-level one is written
        to under its own name, in the form of the last rule.
        """
        present = {matters} if isinstance(matters, str) else set(matters)
        for matter in sorted(present):
            self.taxonomy("matters").term(matter)
        rule = next(r for r in self.addressee_rules if not r.matters or present & set(r.matters))
        form = self.letter_form(rule.form)
        if rule.to not in ("bureau", "government"):
            body = self.unit(rule.to)
            return Addressee(body.code, "body", body.zh, form, (), rule.why)
        target = self.unit(unit)
        if not isinstance(target, County):
            last = self.addressee_rules[-1]
            return Addressee(target.code, "body", target.zh, self.letter_form(last.form), (), last.why)
        informed = tuple(target.bureau for told in rule.inform if told == "bureau")
        if rule.to == "government":
            return Addressee(target.code, "government", target.government, form, informed, rule.why)
        return Addressee(target.code, "bureau", target.bureau, form, informed, rule.why)


def _get(kind: str, code: str, known: Mapping[str, T]) -> T:
    try:
        return known[code]
    except KeyError:
        raise UnknownCode(kind, code, known) from None
