"""Units, groups, offices and people: unique codes, one group per unit, seats and roles that fit, enough staff."""

from __future__ import annotations

from collections.abc import Iterator

from shared.kernel.campaign.bodies import Role
from shared.kernel.campaign.checks.common import Finding, Location, unknown
from shared.kernel.campaign.definition import Campaign
from shared.kernel.campaign.errors import hint

_ROLE_BODIES: dict[Role, tuple[str, ...]] = {
    "hotline": ("office",),
    "office": ("office",),
    "county": ("county", "enforcement_team"),
    "principal": ("county", "enforcement_team"),
    "station": ("station",),
    "police": ("police",),
    "discipline": ("discipline",),
    "auditor": ("audit",),
    "admin": ("operations",),
}
"""Where the home unit of somebody with such a role lies; `group`, `taskforce` and `director` come from seats."""


def bodies_do_not_share_a_code(c: Campaign) -> Iterator[Finding]:
    taken: set[str] = set()
    places: list[tuple[Location, str]] = [(("units", i, "code"), u.code) for i, u in enumerate(c.units)]
    for i, county in enumerate(c.units):
        places += [(("units", i, "stations", j, "code"), s.code) for j, s in enumerate(county.stations)]
    places += [(("groups", i, "code"), g.code) for i, g in enumerate(c.groups)]
    places += [(("task_force", "code"), c.task_force.code)]
    places += [(("offices", i, "code"), o.code) for i, o in enumerate(c.offices)]
    places += [(("bodies", i, "code"), b.code) for i, b in enumerate(c.bodies)]
    for where, code in places:
        if code == "none":
            yield where, "“none”留给没有管辖单位的线索，不能作代码"
        if code in taken:
            yield where, f"“{code}”前面已经用过；代码在县级单位、监管所、督导组、办公室和其他单位中须唯一"
        taken.add(code)
    if not any(body.code == "city" and body.kind == "city" for body in c.bodies):
        yield ("bodies",), "缺少代码为 city、kind 为 city 的市级单位"


def each_place_word_names_one_unit(c: Campaign) -> Iterator[Finding]:
    owner: dict[str, str] = {county.zh: county.code for county in c.units}
    for index, county in enumerate(c.units):
        for field in ("aliases", "places"):
            for j, word in enumerate(getattr(county, field)):
                if owner.setdefault(word, county.code) != county.code:
                    yield ("units", index, field, j), f"地名“{word}”已属于 {owner[word]}；一个地名只能指向一个单位"


def every_unit_has_one_group(c: Campaign) -> Iterator[Finding]:
    codes = [county.code for county in c.units]
    taken: dict[str, str] = {}
    for index, group in enumerate(c.groups):
        for j, unit in enumerate(group.units):
            where = ("groups", index, "units", j)
            yield from unknown(where, "县级单位代码", unit, codes)
            if unit in taken:
                yield where, f"“{unit}”已由 {taken[unit]} 负责；一个单位只能有一个督导工作组"
            taken[unit] = group.code
    for index, code in enumerate(codes):
        if code not in taken:
            yield ("units", index, "code"), f"“{code}”没有督导工作组负责；请写入某一组的 units"


def seats_name_known_people(c: Campaign) -> Iterator[Finding]:
    known = [person.id for person in c.people]
    seats: list[tuple[Location, str]] = []
    for i, group in enumerate(c.groups):
        seats += [(("groups", i, "leader"), group.leader), (("groups", i, "liaison"), group.liaison)]
        seats += [(("groups", i, "members", j), member) for j, member in enumerate(group.members)]
        if group.liaison not in group.members:
            yield ("groups", i, "liaison"), f"联络员“{group.liaison}”须是本组成员。{hint(group.liaison, group.members)}"
    seats += [(("task_force", "head"), c.task_force.head)]
    seats += [(("task_force", "deputies", i), person) for i, person in enumerate(c.task_force.deputies)]
    seats += [(("task_force", "members", i), person) for i, person in enumerate(c.task_force.members)]
    seats += [(("offices", i, "director"), office.director) for i, office in enumerate(c.offices)]
    seats += [
        (("offices", i, "deputies", j), one)
        for i, office in enumerate(c.offices)
        for j, one in enumerate(office.deputies)
    ]
    seats += [(("notice", "contact"), c.notice.contact)]
    for where, person in seats:
        yield from unknown(where, "人员编号", person, known)


def people_fit_their_units_and_roles(c: Campaign) -> Iterator[Finding]:
    kinds: dict[str, str] = {county.code: "county" for county in c.units}
    kinds |= {station.code: "station" for county in c.units for station in county.stations}
    kinds |= {office.code: "office" for office in c.offices} | {body.code: body.kind for body in c.bodies}
    kinds |= {group.code: "group" for group in c.groups} | {c.task_force.code: "taskforce"}
    by_seat: dict[str, set[str]] = {
        "group": {p for group in c.groups for p in (group.leader, *group.members)},
        "taskforce": {c.task_force.head, *c.task_force.deputies, *c.task_force.members},
        "director": {one for office in c.offices if office.letter_code for one in (office.director, *office.deputies)},
        "office": {
            one for office in c.offices if not office.letter_code for one in (office.director, *office.deputies)
        },
    }
    for index, person in enumerate(c.people):
        yield from unknown(("people", index, "unit"), "单位代码", person.unit, kinds)
        for j, role in enumerate(person.roles):
            wanted = _ROLE_BODIES.get(role)
            if role in by_seat and person.id in by_seat[role]:
                continue
            if wanted is None:
                yield ("people", index, "roles", j), f"写了“{role}”，但未列入相应的组、专项工作组或办公室"
            elif person.unit in kinds and kinds[person.unit] not in wanted:
                yield (
                    ("people", index, "roles", j),
                    f"“{role}”须任职于{'或'.join(wanted)}，而 {person.unit} 是 {kinds[person.unit]}",
                )
        for seat, holders in by_seat.items():
            if person.id in holders and seat not in person.roles:
                yield ("people", index, "roles"), f"名单中任有席位，roles 须写上“{seat}”"


def every_unit_is_staffed(c: Campaign) -> Iterator[Finding]:
    def count(role: str, unit: str | None = None) -> int:
        return sum(role in person.roles and unit in (None, person.unit) for person in c.people)

    for index, county in enumerate(c.units):
        for role, least in (("principal", 1), ("county", 2)):
            if count(role, county.code) < least:
                yield ("units", index, "code"), f"{county.code} 至少须有 {least} 名 {role}，请在 people 中补充"
        liaisons = sum(person.liaison and person.unit == county.code for person in c.people)
        if liaisons != 1:
            yield ("units", index, "code"), f"{county.code} 须恰有 1 名联络员（liaison: true），现有 {liaisons} 名"
    for index, rule in enumerate(c.addressee_rules):
        for role in ("principal", "county"):
            if rule.to not in ("bureau", "government") and not count(role, rule.to):
                yield ("addressee_rules", index, "to"), f"{rule.to} 收文办理，至少须有 1 名 {role}，请在 people 中补充"
    for role, least in (("office", 2), ("director", 1), ("hotline", 1), ("taskforce", 1), ("auditor", 1), ("admin", 1)):
        if count(role) < least:
            yield ("people",), f"至少须有 {least} 名 {role}，现有 {count(role)} 名"
