"""Period, rules, letters, assessment, triage and lists: every code that one part names exists in the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from string import Formatter
from typing import get_args
from zoneinfo import ZoneInfo

from shared.kernel.campaign.checks.common import Finding, codes_of, twice, unknown
from shared.kernel.campaign.definition import Campaign
from shared.kernel.campaign.rules import REQUIRED_EARLIEST, REQUIRED_FILINGS, REQUIRED_WINDOWS
from shared.kernel.campaign.taxonomy import REQUIRED
from shared.kernel.clocks import Clock


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
    for section in ("phases", "channels", "commitments", "coverage", "taxonomies"):
        yield from twice((section,), "code", [entry.code for entry in getattr(c, section)])
    yield from twice(("people",), "id", [person.id for person in c.people])
    yield from twice(("annexes", "statistics"), "code", [m.code for m in c.annexes.statistics])
    yield from twice(("letters", "forms"), "code", [form.code for form in c.letters.forms])
    yield from twice(("assessment", "batches"), "code", [batch.code for batch in c.assessment.batches])
    yield from twice(("assessment", "components"), "code", [part.code for part in c.assessment.components])
    for index, taxonomy in enumerate(c.taxonomies):
        yield from twice(("taxonomies", index, "terms"), "code", taxonomy.codes)
    names = [("windows", w.code) for w in c.windows]
    names += [("earliest", e.code) for e in c.earliest] + [("filings", f.code) for f in c.filings]
    counted = Counter(code for _, code in names)
    for section in ("windows", "earliest", "filings"):
        for index, rule in enumerate(getattr(c, section)):
            if counted[rule.code] > 1:
                yield (section, index, "code"), f"“{rule.code}”不止一条规则使用；期限规则不得重名"


def rules_name_known_rules(c: Campaign) -> Iterator[Finding]:
    events, circumstances = codes_of(c, "start_events"), codes_of(c, "circumstances")
    windows = [window.code for window in c.windows]
    for index, window in enumerate(c.windows):
        yield from unknown(("windows", index, "start"), "起算事件", window.start, events)
        for name, override in window.overrides.items():
            where = ("windows", index, "overrides", name)
            yield from unknown(where, "情形", name, circumstances)
            if override.start is not None:
                yield from unknown((*where, "start"), "起算事件", override.start, events)
    for index, rule in enumerate(c.earliest):
        for j, name in enumerate(rule.windows):
            yield from unknown(("earliest", index, "windows", j), "办理时限", name, windows)
        yield from unknown(("earliest", index, "half_of"), "办理时限", rule.half_of, windows)
        for window in c.windows:
            units = {window.unit, *(override.unit or window.unit for override in window.overrides.values())}
            if window.code == rule.half_of and units != {"working_days"}:
                yield ("earliest", index, "half_of"), f"“{window.code}”不是按工作日计的时限；只有工作日可以折半"
    filings = [filing.code for filing in c.filings]
    for index, filing in enumerate(c.filings):
        if (other := filing.when.along_with) is not None:
            where = ("filings", index, "when", "along_with")
            yield from unknown(where, "报送事项", other, [code for code in filings if code != filing.code])
            if any(f.code == other and f.when.along_with for f in c.filings):
                yield where, f"“{other}”自身也随他项报送；请写最终的报送事项"


def accountability_is_complete(c: Campaign) -> Iterator[Finding]:
    grounds, actions = codes_of(c, "accountability_grounds"), codes_of(c, "accountability_actions")
    for i, entry in enumerate(c.accountability):
        yield from unknown(("accountability", i, "ground"), "追责情形", entry.ground, grounds)
        for j, action in enumerate(entry.actions):
            yield from unknown(("accountability", i, "actions", j), "追责措施", action, actions)
    for ground in grounds:
        if ground not in {entry.ground for entry in c.accountability}:
            yield ("accountability",), f"追责情形“{ground}”没有写明相应措施"


def verifiers_and_commitments_are_known(c: Campaign) -> Iterator[Finding]:
    bodies = [*(group.code for group in c.groups), *(body.code for body in c.bodies)]
    for i, code in enumerate(c.verification.on_conflict):
        yield from unknown(("verification", "on_conflict", i), "单位代码", code, bodies)
    levels, statements = [level.code for level in c.commitments], codes_of(c, "commitment_statements")
    for i, commitment in enumerate(c.commitments):
        for j, statement in enumerate(commitment.statements):
            yield from unknown(("commitments", i, "statements", j), "承诺事项", statement, statements)
        if commitment.rests_on is not None:
            yield from unknown(("commitments", i, "rests_on"), "承诺层级", commitment.rests_on, levels)
    violations = codes_of(c, "violations")
    for i, contradiction in enumerate(c.contradictions):
        yield from unknown(("contradictions", i, "statement"), "承诺事项", contradiction.statement, statements)
        for j, violation in enumerate(contradiction.violations):
            yield from unknown(("contradictions", i, "violations", j), "非法违法行为", violation, violations)
    grades = codes_of(c, "enterprise_grades")
    for i, coverage in enumerate(c.coverage):
        yield from unknown(("coverage", i, "of"), "监管等级", coverage.of, grades)
    for i, enterprise in enumerate(c.enterprises):
        yield from unknown(("enterprises", i, "unit"), "县级单位代码", enterprise.unit, c.county_codes)
        yield from unknown(("enterprises", i, "grade"), "监管等级", enterprise.grade, grades)


def every_clock_of_the_office_has_an_owner(c: Campaign) -> Iterator[Finding]:
    where = ("office_clocks",)
    yield from twice(where, "clock", [one.clock for one in c.office_clocks])
    for clock in get_args(Clock):
        if clock not in {one.clock for one in c.office_clocks}:
            yield where, f"缺少“{clock}”；须写明市局办公室每项时限由谁负责：{'、'.join(get_args(Clock))}"
    people = {person.id: person for person in c.people}
    for i, one in enumerate(c.office_clocks):
        if one.person is not None:
            yield from unknown((*where, i, "person"), "人员编号", one.person, people)
            if one.person in people and one.owner not in people[one.person].roles:
                yield (*where, i, "person"), f"{one.person} 没有角色“{one.owner}”，请改 owner 或另写一人"


def measures_are_known(c: Campaign) -> Iterator[Finding]:
    measures = [measure.code for measure in c.annexes.statistics]
    for i, measure in enumerate(c.annexes.statistics):
        if (measure.numerator is None) != (measure.denominator is None):
            yield ("annexes", "statistics", i, "code"), "比率须同时写 numerator 和 denominator"
        for field in ("numerator", "denominator"):
            if (code := getattr(measure, field)) is not None:
                yield from unknown(("annexes", "statistics", i, field), "统计项", code, measures)
    batches = [batch.code for batch in c.assessment.batches]
    for i, batch in enumerate(c.assessment.batches):
        for j, code in enumerate(batch.counts):
            yield from unknown(("assessment", "batches", i, "counts", j), "统计项", code, measures)
    for i, part in enumerate(c.assessment.components):
        for field in ("numerator", "denominator"):
            yield from unknown(("assessment", "components", i, field), "统计项", getattr(part, field), measures)
        if part.batch is not None:
            yield from unknown(("assessment", "components", i, "batch"), "“五个一批”", part.batch, batches)


def outcomes_name_known_measures(c: Campaign) -> Iterator[Finding]:
    measures = codes_of(c, "measures")
    for i, taxonomy in enumerate(c.taxonomies):
        for j, term in enumerate(taxonomy.terms):
            for k, code in enumerate(term.measures):
                yield from unknown(("taxonomies", i, "terms", j, "measures", k), "处理措施", code, measures)


def measures_say_what_they_need(c: Campaign) -> Iterator[Finding]:
    for i, taxonomy in enumerate(c.taxonomies):
        for j, term in enumerate(taxonomy.terms):
            if taxonomy.code == "measures" and "on" not in term.facts:
                yield (
                    ("taxonomies", i, "terms", j, "facts"),
                    "处理措施至少须写明日期；请写 facts: [on]，另有文号等的一并写上",
                )


def letters_find_their_office_and_reader(c: Campaign) -> Iterator[Finding]:
    offices = [office.code for office in c.offices if office.letter_code]
    for i, office in enumerate(c.offices):
        if office.letter_code and not (office.signature and office.seal_authority):
            yield ("offices", i, "letter_code"), "能发文的办公室须写明 signature（落款）和 seal_authority（代章机关）"
    for i, form in enumerate(c.letters.forms):
        yield from unknown(("letters", "forms", i, "office"), "可发文的办公室", form.office, offices)
        if _blanks(form.number) != ["code", "n", "year"]:
            yield ("letters", "forms", i, "number"), f"写的是“{form.number}”，须各含一次 {{code}}、{{year}}、{{n}}"
    forms = [form.code for form in c.letters.forms]
    readers = ["bureau", "government", *(group.code for group in c.groups), *(body.code for body in c.bodies)]
    for i, rule in enumerate(c.addressee_rules):
        yield from unknown(("addressee_rules", i, "to"), "收文对象", rule.to, readers)
        yield from unknown(("addressee_rules", i, "form"), "文书种类", rule.form, forms)
        for j, matter in enumerate(rule.matters):
            yield from unknown(("addressee_rules", i, "matters", j), "事项", matter, codes_of(c, "matters"))
        if bool(rule.matters) == (i == len(c.addressee_rules) - 1):
            yield ("addressee_rules", i, "matters"), "最后一条、且只有最后一条的 matters 为空，作为其余事项的去向"
    if not c.addressee_rules:
        yield ("addressee_rules",), "至少须有一条（matters 为空）写明通常的收文对象"


def _blanks(pattern: str) -> list[str]:
    try:
        return sorted(field for _, field, _, _ in Formatter().parse(pattern) if field is not None)
    except ValueError:
        return []


def triage_names_known_codes(c: Campaign) -> Iterator[Finding]:
    lists = (("violation", "violations"), ("target", "targets"), ("matter", "matters"), ("kind", "tip_kinds"))
    for i, keyword in enumerate(c.triage.keywords):
        where = ("triage", "keywords", i)
        named = [(field, taxonomy) for field, taxonomy in lists if getattr(keyword, field) is not None]
        for field, taxonomy in named:
            yield from unknown((*where, field), "编码", getattr(keyword, field), codes_of(c, taxonomy))
        if not named and not keyword.danger and not keyword.authority and not keyword.others_duty:
            fields = "violation、target、matter、kind、danger、authority 或 others_duty"
            yield where, f"这些词没有指向任何内容；请写 {fields}"


def triage_lists_do_not_contradict(c: Campaign) -> Iterator[Finding]:
    for i, word in enumerate(c.triage.elsewhere):
        if word in c.places:
            yield ("triage", "elsewhere", i), f"“{word}”是 {c.places[word]} 的地名，不能又算作外地；两处只留一处"
    for i, word in enumerate(c.triage.landmarks):
        for name in (name for county in c.units for name in (county.zh, *county.aliases) if name + word in c.places):
            said = f"“{name}{word}”是 {c.places[name + word]} 的地名，不能又算作仅以“{name}”命名；两处只留一处"
            yield ("triage", "landmarks", i), said
    spoken = {*c.places, *c.triage.elsewhere, *(word for keyword in c.triage.keywords for word in keyword.words)}
    for i, word in enumerate(c.triage.longer_words):
        where = ("triage", "longer_words", i)
        if word in spoken:
            yield where, f"“{word}”本身就是地名或关键词，不能又算作不说明问题的词；两处只留一处"
        elif not any(_hides(word, other) for other in spoken):
            said = f"“{word}”遮不住任何地名或关键词，写了不起作用"
            yield where, f"{said}；须含有 units、elsewhere 或 keywords 中的一个词，或以其开头的字结尾"


def _hides(longer: str, word: str) -> bool:
    """Whether `word` is not found where `longer` was: it stands inside (太阳城) or begins at the end of it (有没有)."""
    return word in longer or any(longer.endswith(word[:n]) for n in range(1, len(word)))


def the_product_finds_what_it_asks_for(c: Campaign) -> Iterator[Finding]:
    present = {taxonomy.code: taxonomy.codes for taxonomy in c.taxonomies}
    for name, codes in REQUIRED.items():
        if name not in present:
            yield ("taxonomies",), f"缺少分类表“{name}”"
            continue
        for code in codes:
            if code not in present[name]:
                where = ("taxonomies", list(present).index(name), "terms")
                yield where, f"“{name}”缺少“{code}”；程序需要：{'、'.join(codes)}"
    needed = (("windows", REQUIRED_WINDOWS), ("earliest", REQUIRED_EARLIEST), ("filings", REQUIRED_FILINGS))
    for section, names in needed:
        for name in names:
            if name not in {rule.code for rule in getattr(c, section)}:
                yield (section,), f"缺少“{name}”；程序需要：{'、'.join(names)}"
