"""Every reference between the parts of a campaign: each code that one part names must exist in the other.

A check yields `(location, sentence)`; the location is the path into the file, so that the loader can name the line.
The checks are listed at the end, in the order of the file; all of them run, so that one reading shows everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from zoneinfo import ZoneInfo

from shared.campaign.bodies import Role
from shared.campaign.definition import Campaign
from shared.campaign.errors import hint
from shared.campaign.taxonomy import REQUIRED

Finding = tuple[tuple[str | int, ...], str]
Check = Callable[[Campaign], Iterator[Finding]]

_ROLE_BODIES: dict[Role, tuple[str, ...]] = {
    "hotline": ("office",),
    "office": ("office",),
    "county": ("county",),
    "principal": ("county",),
    "station": ("station",),
    "police": ("police",),
    "discipline": ("discipline",),
    "auditor": ("audit",),
    "admin": ("operations",),
}
"""Where the home unit of somebody with such a role lies; `group`, `taskforce` and `director` come from seats."""


def reference_faults(campaign: Campaign) -> list[Finding]:
    """Everything that does not fit together, in the order of the checks."""
    return [finding for check in CHECKS for finding in check(campaign)]


def _unknown(where: tuple[str | int, ...], kind: str, code: str, allowed: Iterable[str]) -> Iterator[Finding]:
    options = list(allowed)
    if code not in options:
        yield where, f"写的是“{code}”，没有这个{kind}。{hint(code, options)}"


def _twice(where: tuple[str | int, ...], field: str, codes: Iterable[str]) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for index, code in enumerate(codes):
        if code in seen:
            yield (*where, index, field), f"“{code}”与第 {seen[code] + 1} 项重复；编码须唯一"
        seen.setdefault(code, index)


def the_zone_is_known(c: Campaign) -> Iterator[Finding]:
    try:
        ZoneInfo(c.timezone)
    except (LookupError, ValueError, OSError):
        yield ("timezone",), f"写的是“{c.timezone}”，没有这个时区；中国境内写 Asia/Shanghai"


def phases_lie_inside_the_period(c: Campaign) -> Iterator[Finding]:
    for index, phase in enumerate(c.phases):
        for end in ("start", "end"):
            day = getattr(phase, end)
            if not c.period.contains(day):
                yield (
                    ("phases", index, end),
                    f"写的是 {day}，不在集中行动期间 {c.period.start} 至 {c.period.end} 之内",
                )
        if phase.start > phase.end:
            yield ("phases", index, "start"), f"起始日 {phase.start} 晚于截止日 {phase.end}"


def codes_are_unique(c: Campaign) -> Iterator[Finding]:
    for section in ("phases", "units", "groups", "offices", "bodies", "channels", "commitments", "coverage", "taxonomies"):
        yield from _twice((section,), "code", [entry.code for entry in getattr(c, section)])
    yield from _twice(("people",), "id", [person.id for person in c.people])
    yield from _twice(("annexes", "statistics"), "code", [m.code for m in c.annexes.statistics])
    yield from _twice(("letters", "forms"), "code", [form.code for form in c.letters.forms])
    yield from _twice(("assessment", "batches"), "code", [batch.code for batch in c.assessment.batches])
    yield from _twice(("assessment", "components"), "code", [part.code for part in c.assessment.components])
    for index, taxonomy in enumerate(c.taxonomies):
        yield from _twice(("taxonomies", index, "terms"), "code", taxonomy.codes)
    names = [("windows", w.code) for w in c.windows]
    names += [("earliest", e.code) for e in c.earliest] + [("filings", f.code) for f in c.filings]
    counted = Counter(code for _, code in names)
    for section in ("windows", "earliest", "filings"):
        for index, rule in enumerate(getattr(c, section)):
            if counted[rule.code] > 1:
                yield (section, index, "code"), f"“{rule.code}”不止一条规则使用；期限规则不得重名"


def bodies_do_not_share_a_code(c: Campaign) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    places: list[tuple[tuple[str | int, ...], str]] = [(("units", i, "code"), u.code) for i, u in enumerate(c.units)]
    for i, county in enumerate(c.units):
        places += [(("units", i, "stations", j, "code"), s.code) for j, s in enumerate(county.stations)]
    places += [(("groups", i, "code"), g.code) for i, g in enumerate(c.groups)]
    places += [(("task_force", "code"), c.task_force.code)]
    places += [(("offices", i, "code"), o.code) for i, o in enumerate(c.offices)]
    places += [(("bodies", i, "code"), b.code) for i, b in enumerate(c.bodies)]
    for where, code in places:
        if code == "none":
            yield where, "“none”留给没有管辖单位的线索，不能作代码"
        if code in owners and owners[code] != where[0]:
            yield where, f"“{code}”已在 {owners[code]} 中使用；单位代码在全部单位中须唯一"
        owners.setdefault(code, str(where[0]))
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
            yield from _unknown(where, "县级单位代码", unit, codes)
            if unit in taken:
                yield where, f"“{unit}”已由 {taken[unit]} 负责；一个单位只能有一个督导工作组"
            taken[unit] = group.code
    for index, code in enumerate(codes):
        if code not in taken:
            yield ("units", index, "code"), f"“{code}”没有督导工作组负责；请写入某一组的 units"


def seats_name_known_people(c: Campaign) -> Iterator[Finding]:
    known = [person.id for person in c.people]
    seats: list[tuple[tuple[str | int, ...], str]] = []
    for i, group in enumerate(c.groups):
        seats += [(("groups", i, "leader"), group.leader), (("groups", i, "liaison"), group.liaison)]
        seats += [(("groups", i, "members", j), member) for j, member in enumerate(group.members)]
        if group.liaison not in group.members:
            yield ("groups", i, "liaison"), f"联络员“{group.liaison}”须是本组成员。{hint(group.liaison, group.members)}"
    seats += [(("task_force", "head"), c.task_force.head)]
    seats += [(("task_force", "deputies", i), person) for i, person in enumerate(c.task_force.deputies)]
    seats += [(("task_force", "members", i), person) for i, person in enumerate(c.task_force.members)]
    seats += [(("offices", i, "director"), office.director) for i, office in enumerate(c.offices)]
    seats += [(("notice", "contact"), c.notice.contact)]
    for where, person in seats:
        yield from _unknown(where, "人员编号", person, known)


def people_fit_their_units_and_roles(c: Campaign) -> Iterator[Finding]:
    kinds: dict[str, str] = {county.code: "county" for county in c.units}
    kinds |= {station.code: "station" for county in c.units for station in county.stations}
    kinds |= {office.code: "office" for office in c.offices} | {body.code: body.kind for body in c.bodies}
    kinds |= {group.code: "group" for group in c.groups} | {c.task_force.code: "taskforce"}
    by_seat: dict[str, set[str]] = {
        "group": {p for group in c.groups for p in (group.leader, *group.members)},
        "taskforce": {c.task_force.head, *c.task_force.deputies, *c.task_force.members},
        "director": {office.director for office in c.offices if office.letter_code},
        "office": {office.director for office in c.offices if not office.letter_code},
    }
    for index, person in enumerate(c.people):
        yield from _unknown(("people", index, "unit"), "单位代码", person.unit, kinds)
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
        for role, holders in by_seat.items():
            if person.id in holders and role not in person.roles:
                yield ("people", index, "roles"), f"名单中任有席位，roles 须写上“{role}”"


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
    for role, least in (("office", 2), ("director", 1), ("hotline", 1), ("taskforce", 1), ("auditor", 1), ("admin", 1)):
        if count(role) < least:
            yield ("people",), f"至少须有 {least} 名 {role}，现有 {count(role)} 名"


def rules_name_known_rules(c: Campaign) -> Iterator[Finding]:
    events, circumstances = _codes(c, "start_events"), _codes(c, "circumstances")
    windows = [window.code for window in c.windows]
    for index, window in enumerate(c.windows):
        yield from _unknown(("windows", index, "start"), "起算事件", window.start, events)
        for name, override in window.overrides.items():
            where = ("windows", index, "overrides", name)
            yield from _unknown(where, "情形", name, circumstances)
            if override.start is not None:
                yield from _unknown((*where, "start"), "起算事件", override.start, events)
    for index, rule in enumerate(c.earliest):
        for j, name in enumerate(rule.windows):
            yield from _unknown(("earliest", index, "windows", j), "办理时限", name, windows)
        yield from _unknown(("earliest", index, "half_of"), "办理时限", rule.half_of, windows)
    filings = [filing.code for filing in c.filings]
    for index, filing in enumerate(c.filings):
        if (other := filing.when.along_with) is not None:
            where = ("filings", index, "when", "along_with")
            yield from _unknown(where, "报送事项", other, [code for code in filings if code != filing.code])
            if any(f.code == other and f.when.along_with for f in c.filings):
                yield where, f"“{other}”自身也随他项报送；请写最终的报送事项"


def the_rest_names_known_codes(c: Campaign) -> Iterator[Finding]:
    measures = [measure.code for measure in c.annexes.statistics]
    offices = [office.code for office in c.offices if office.letter_code]
    forms = [form.code for form in c.letters.forms]
    bodies = [*(g.code for g in c.groups), *(b.code for b in c.bodies)]
    for i, entry in enumerate(c.accountability):
        yield from _unknown(("accountability", i, "ground"), "追责情形", entry.ground, _codes(c, "accountability_grounds"))
        for j, action in enumerate(entry.actions):
            where = ("accountability", i, "actions", j)
            yield from _unknown(where, "追责措施", action, _codes(c, "accountability_actions"))
    for i, ground in enumerate(_codes(c, "accountability_grounds")):
        if ground not in {entry.ground for entry in c.accountability}:
            yield ("accountability",), f"追责情形“{ground}”（第 {i + 1} 项）没有写明相应措施"
    for i, code in enumerate(c.verification.on_conflict):
        yield from _unknown(("verification", "on_conflict", i), "单位代码", code, bodies)
    levels = [commitment.code for commitment in c.commitments]
    for i, commitment in enumerate(c.commitments):
        for j, statement in enumerate(commitment.statements):
            where = ("commitments", i, "statements", j)
            yield from _unknown(where, "承诺事项", statement, _codes(c, "commitment_statements"))
        if commitment.rests_on is not None:
            yield from _unknown(("commitments", i, "rests_on"), "承诺层级", commitment.rests_on, levels)
    for i, measure in enumerate(c.annexes.statistics):
        for field in ("numerator", "denominator"):
            if (code := getattr(measure, field)) is not None:
                yield from _unknown(("annexes", "statistics", i, field), "统计项", code, measures)
    batches = [batch.code for batch in c.assessment.batches]
    for i, batch in enumerate(c.assessment.batches):
        for j, code in enumerate(batch.counts):
            yield from _unknown(("assessment", "batches", i, "counts", j), "统计项", code, measures)
    for i, part in enumerate(c.assessment.components):
        for field in ("numerator", "denominator"):
            yield from _unknown(("assessment", "components", i, field), "统计项", getattr(part, field), measures)
        if part.batch is not None:
            yield from _unknown(("assessment", "components", i, "batch"), "“五个一批”", part.batch, batches)
    for i, form in enumerate(c.letters.forms):
        yield from _unknown(("letters", "forms", i, "office"), "可发文的办公室", form.office, offices)
        if any(mark not in form.number for mark in ("{code}", "{year}", "{n}")):
            yield ("letters", "forms", i, "number"), f"写的是“{form.number}”，须含 {{code}}、{{year}}、{{n}}"
    for i, rule in enumerate(c.addressee_rules):
        yield from _unknown(("addressee_rules", i, "to"), "收文对象", rule.to, ["bureau", "government", *bodies])
        yield from _unknown(("addressee_rules", i, "form"), "文书种类", rule.form, forms)
        for j, matter in enumerate(rule.matters):
            yield from _unknown(("addressee_rules", i, "matters", j), "事项", matter, _codes(c, "matters"))
        if bool(rule.matters) == (i == len(c.addressee_rules) - 1):
            yield ("addressee_rules", i, "matters"), "只有最后一条的 matters 为空，作为其余事项的去向"
    if not c.addressee_rules:
        yield ("addressee_rules",), "至少须有一条（matters 为空）写明通常的收文对象"


def triage_names_known_codes(c: Campaign) -> Iterator[Finding]:
    lists = (("violation", "violations"), ("target", "targets"), ("matter", "matters"), ("kind", "tip_kinds"))
    for i, keyword in enumerate(c.triage.keywords):
        where = ("triage", "keywords", i)
        named = [(field, taxonomy) for field, taxonomy in lists if getattr(keyword, field) is not None]
        for field, taxonomy in named:
            yield from _unknown((*where, field), "编码", getattr(keyword, field), _codes(c, taxonomy))
        if not named and not keyword.danger:
            yield where, "这些词没有指向任何内容；请写 violation、target、matter、kind 或 danger"


def the_product_finds_its_lists(c: Campaign) -> Iterator[Finding]:
    present = [taxonomy.code for taxonomy in c.taxonomies]
    for name in REQUIRED:
        if name not in present:
            yield ("taxonomies",), f"缺少分类表“{name}”"


def _codes(c: Campaign, taxonomy: str) -> tuple[str, ...]:
    return next((t.codes for t in c.taxonomies if t.code == taxonomy), ())


CHECKS: tuple[Check, ...] = (
    the_zone_is_known,
    phases_lie_inside_the_period,
    codes_are_unique,
    bodies_do_not_share_a_code,
    each_place_word_names_one_unit,
    every_unit_has_one_group,
    seats_name_known_people,
    people_fit_their_units_and_roles,
    every_unit_is_staffed,
    rules_name_known_rules,
    the_rest_names_known_codes,
    triage_names_known_codes,
    the_product_finds_its_lists,
)
