"""What every figure counts: one table of pure functions over the book of facts, each with the sentence that is printed.

A function yields an item for each thing that it counts: whose it is, when it counts, how many, and the fact behind it.
A figure is the sum of its items, and its page lists exactly them. Wherever two measures make a share of the score
(numerator, denominator), every item of the first has one of the second that is not later: a share never exceeds one.

Nothing counts against a unit because a tip came in: what a tip brings is counted once its round is *settled*, that is
closed or overdue. So receiving more tips lowers no share, and a tip that is dealt with well raises it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from services.assessment.domain.facts import Fact, Filed
from services.assessment.rules.lives import Book, Life
from shared.campaign import Campaign

MAJOR = "major"
TIP = "tip"
ORDER = "supervision_order"
BRIEFING = "briefing"


class Item(NamedTuple):
    """One thing that counts: `n` for `unit`, at the instant `at`, because of `fact`."""

    unit: str
    at: datetime
    n: int
    fact: Fact


class Setting:
    """What of the campaign decides what counts: which handling measures make an outcome, who inspects which grades."""

    def __init__(self, campaign: Campaign) -> None:
        outcomes = campaign.taxonomy("outcomes").terms
        self.outcomes: Mapping[str, frozenset[str]] = {term.code: frozenset(term.measures) for term in outcomes}
        self.grades: Mapping[str, frozenset[str]] = {
            kind: frozenset(rule.of for rule in campaign.coverage if rule.by == kind and not rule.sample)
            for kind in ("county", "group")
        }
        self.group_of: Mapping[str, str] = {unit: group.code for group in campaign.groups for unit in group.units}

    def has(self, outcome: str, closing: Fact | None) -> bool:
        """Whether a closing took a measure that makes this outcome."""
        return closing is not None and bool(self.outcomes.get(outcome, frozenset()) & set(closing.event.measures))


Items = Callable[[Book, Setting], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Measure:
    """`says` is printed beside the figure. `own`: a group counts only what is its own, not what its counties did."""

    says: str
    items: Items
    own: bool = False


def _of(fact: Fact, n: int = 1) -> Item:
    return Item(fact.event.unit, fact.at, n, fact)


# --- tips and their rounds ---


def _received(book: Book, _: Setting) -> Iterator[Item]:
    for life in book.lives.values():
        if life.opened is not None and life.opened.event.origin == TIP:
            yield Item(life.unit, life.opened.at, 1, life.opened)


def _transferred(book: Book, _: Setting) -> Iterator[Item]:
    return (_of(sent) for life in book.lives.values() for sent in life.transfers)


def _closing_due(book: Book, _: Setting) -> Iterator[Item]:
    return (_of(one.settled) for life in book.lives.values() for one in life.rounds if one.settled is not None)


def _closed_on_time(book: Book, _: Setting) -> Iterator[Item]:
    for life in book.lives.values():
        for one in life.rounds:
            if one.closed is not None and one.overdue is None and one.closed.event.on_time:
                yield _of(one.closed)


def _escalated(trigger: str) -> Items:
    def items(book: Book, _: Setting) -> Iterator[Item]:
        for life in book.lives.values():
            yield from (_of(one.raised) for one in life.escalations if one.raised.event.trigger == trigger)

    return items


# --- hazards ---


def _found(book: Book, major: bool) -> Iterator[Life]:
    return (life for life in book.lives.values() if life.hazard is not None and (life.hazard.event.major or not major))


def _reported_as_major(book: Book) -> Iterator[tuple[Life, Fact]]:
    """Cases of tips whose letter speaks of a major hazard, and what settled them: until then it is a suspicion."""
    for life in book.lives.values():
        settled = next((one.settled for one in life.rounds if one.settled is not None), None)
        if life.hazard is None and settled is not None and _is_major(life):
            yield life, settled


def _is_major(life: Life) -> bool:
    return any(sent.event.circumstance == MAJOR for sent in life.transfers)


def _hazards_found(book: Book, _: Setting) -> Iterator[Item]:
    return (_of(life.hazard) for life in _found(book, False) if life.hazard is not None)


def _hazards_rectified(book: Book, _: Setting) -> Iterator[Item]:
    return (_of(life.standing) for life in _found(book, False) if life.standing is not None)


def _major_found(book: Book, _: Setting) -> Iterator[Item]:
    yield from (_of(life.hazard) for life in _found(book, True) if life.hazard is not None)
    yield from (_of(settled) for _, settled in _reported_as_major(book))


def _major_rectified(book: Book, _: Setting) -> Iterator[Item]:
    yield from (_of(life.standing) for life in _found(book, True) if life.standing is not None)
    yield from (_of(life.standing) for life, _ in _reported_as_major(book) if life.standing is not None)


def _major_overdue(book: Book, _: Setting) -> Iterator[Item]:
    lives = [*_found(book, True), *(life for life, _ in _reported_as_major(book))]
    for life in lives:
        if life.standing is None and life.rounds[-1].overdue is not None:
            yield _of(life.rounds[-1].overdue)


# --- unlawful acts and what was done about them ---


def _is_act(closing: Fact) -> bool:
    return bool(closing.event.violation and closing.event.measures)


def _acts_found(book: Book, _: Setting) -> Iterator[Item]:
    for life in book.lives.values():
        yield from map(_of, [closing for closing in life.closings if _is_act(closing)][:1])


def _acts_penalised(book: Book, setting: Setting) -> Iterator[Item]:
    for life in book.lives.values():
        if life.standing is not None and _is_act(life.standing) and setting.has("penalty", life.standing):
            yield _of(life.standing)


def _decided_on(outcome: str) -> Items:
    """Cases in which a closing says so, also one that a reopening took back: it was due then."""

    def items(book: Book, setting: Setting) -> Iterator[Item]:
        for life in book.lives.values():
            yield from map(_of, [closing for closing in life.closings if setting.has(outcome, closing)][:1])

    return items


def _carried_out(outcome: str) -> Items:
    """Cases in which the closing that stands says so."""

    def items(book: Book, setting: Setting) -> Iterator[Item]:
        for life in book.lives.values():
            if life.standing is not None and setting.has(outcome, life.standing):
                yield _of(life.standing)

    return items


def _proceedings(book: Book, _: Setting) -> Iterator[Item]:
    return (_of(fact) for life in book.lives.values() for fact in life.proceedings if fact.event.proceeding)


def _orders(book: Book, _: Setting) -> Iterator[Item]:
    return (_of(fact) for life in book.lives.values() for fact in life.steps if fact.event.step == ORDER)


# --- accountability ---


def _accountability_due(book: Book, _: Setting) -> Iterator[Item]:
    for life in book.lives.values():
        yield from (_of(one.decided) for one in life.escalations if one.found and one.decided is not None)


def _accountability_done(book: Book, _: Setting) -> Iterator[Item]:
    for life in book.lives.values():
        for one in life.escalations:
            if one.found and one.decided is not None:
                decided = one.decided.at
                yield from map(_of, [imposed for imposed in life.imposed if imposed.at >= decided][:1])


def _accountable(count: Callable[[Any], int]) -> Items:
    def items(book: Book, _: Setting) -> Iterator[Item]:
        for life in book.lives.values():
            yield from (_of(fact, count(fact.event)) for fact in life.imposed)

    return items


def _exposed(book: Book, _: Setting) -> Iterator[Item]:
    return (_of(fact) for life in book.lives.values() for fact in life.disclosed)


# --- inspections ---


def _seen(count: Callable[[Any], int]) -> Items:
    def items(book: Book, _: Setting) -> Iterator[Item]:
        for fact in book.inspections:
            if n := count(fact.event):
                yield Item(fact.event.inspector, fact.at, n, fact)

    return items


def _enterprises(book: Book, setting: Setting) -> Iterator[tuple[str, list[Fact]]]:
    """For each county and each group: the inspections of every enterprise that it has to inspect, first ones first."""
    visits: dict[tuple[str, str], list[Fact]] = {}
    for fact in book.inspections:
        visits.setdefault((fact.event.unit, fact.event.enterprise), []).append(fact)
    for (unit, _), facts in visits.items():
        grades = {fact.event.grade for fact in facts}
        if grades & setting.grades["county"]:
            yield unit, facts
        if unit in setting.group_of and grades & setting.grades["group"]:
            yield setting.group_of[unit], facts


def _units_due(book: Book, setting: Setting) -> Iterator[Item]:
    return (Item(unit, facts[0].at, 1, facts[0]) for unit, facts in _enterprises(book, setting))


def _units_inspected(book: Book, setting: Setting) -> Iterator[Item]:
    for unit, facts in _enterprises(book, setting):
        own = [fact for fact in facts if fact.event.inspector == unit]
        yield from (Item(unit, fact.at, 1, fact) for fact in own[:1])


# --- papers and verifications ---


def _filings_due(book: Book, _: Setting) -> Iterator[Item]:
    for fact in book.filings:
        if fact.event.kind != BRIEFING and not (isinstance(fact.event, Filed) and not fact.event.in_time):
            yield _of(fact)


def _filings_on_time(book: Book, _: Setting) -> Iterator[Item]:
    for fact in book.filings:
        if fact.event.kind != BRIEFING and isinstance(fact.event, Filed) and fact.event.in_time:
            yield _of(fact)


def _verifications_due(book: Book, _: Setting) -> Iterator[Item]:
    for life in book.lives.values():
        for one in life.escalations:
            if one.assigned is None:
                continue
            verifier, due = one.assigned.event.verifier, one.assigned.event.verify_due
            if one.decided is not None:
                yield Item(verifier, min(one.decided.at, due), 1, one.decided)
            elif due <= book.until:
                yield Item(verifier, due, 1, one.assigned)


def _verifications_on_time(book: Book, _: Setting) -> Iterator[Item]:
    for life in book.lives.values():
        for one in life.escalations:
            if one.assigned is not None and one.decided is not None and one.decided.event.in_time:
                yield Item(one.assigned.event.verifier, one.decided.at, 1, one.decided)


MEASURES: Mapping[str, Measure] = {
    "tips_received": Measure("群众举报立件的交办件，按现在的承办单位计", _received),
    "tips_transferred": Measure("签发交办书，每发一次计一件", _transferred),
    "closing_due": Measure("已办结的，和反馈期限已过仍未反馈的；期限内正在办理的不计", _closing_due),
    "closed_on_time": Measure("在反馈期限内签字反馈并已办结的", _closed_on_time),
    "tips_overdue": Measure("因未按期办结触发提级核查的", _escalated("overdue")),
    "tips_idle": Measure("因接而不办触发提级核查的", _escalated("idle_after_acceptance")),
    "tips_false": Measure("因涉嫌虚假办结触发提级核查的", _escalated("false_closure")),
    "hazards_found": Measure("督查检查发现的问题", _hazards_found),
    "hazards_rectified": Measure("督查检查发现的问题中已办结的", _hazards_rectified),
    "major_found": Measure("督查检查认定的重大事故隐患，和按重大事故隐患交办、已办结或超期的", _major_found),
    "major_rectified": Measure("上项中已办结、未重新办理的", _major_rectified),
    "major_overdue": Measure("重大事故隐患中超过反馈期限、现在仍未办结的", _major_overdue),
    "acts_found": Measure("办结时查实（采取了处理措施）的非法违法行为；查无实据的不计", _acts_found),
    "acts_penalised": Measure("上项中处理措施含行政处罚、未重新办理的", _acts_penalised),
    "proceedings_opened": Measure("决定立案的", _proceedings),
    "orders": Measure("办理措施中登记的监察指令书", _orders),
    "suspended": Measure("办结时责令停产整顿的，每件计一家", _carried_out("suspension")),
    "closure_due": Measure("办结时决定关闭取缔的，重新办理的仍计入", _decided_on("closure")),
    "closed_down": Measure("上项中未重新办理的，每件计一家", _carried_out("closure")),
    "licences_revoked": Measure("办结时暂扣、吊销证照的", _carried_out("licence_revoked")),
    "seriously_dishonest": Measure("办结时决定联合惩戒的，重新办理的仍计入", _decided_on("joint_sanction")),
    "jointly_sanctioned": Measure("上项中未重新办理的，每件计一家", _carried_out("joint_sanction")),
    "accountability_due": Measure("提级核查属实的", _accountability_due),
    "accountability_done": Measure("提级核查属实、此后已追责问责的", _accountability_done),
    "accountable_units": Measure("追责问责的单位", _accountable(lambda event: len(event.units))),
    "accountable_people": Measure("追责问责的个人", _accountable(lambda event: int(event.people))),
    "exposed": Measure("办理结果在全部渠道公开的", _exposed),
    "visits": Measure("登记的检查，每次计一家次", _seen(lambda _: 1), own=True),
    "equipment": Measure("登记的检查中所查设备", _seen(lambda event: int(event.equipment)), own=True),
    "cylinders": Measure("登记的检查中所查气瓶", _seen(lambda event: int(event.cylinders)), own=True),
    "pipelines": Measure("登记的检查中所查压力管道", _seen(lambda event: int(event.pipelines)), own=True),
    "inspectors": Measure("登记的检查出动的人员", _seen(lambda event: int(event.inspectors)), own=True),
    "units_due": Measure("检查中已知等级、按检查覆盖要求应由本单位检查的单位", _units_due, own=True),
    "units_inspected": Measure("上项中本单位已检查的", _units_inspected, own=True),
    "filings_due": Measure("已按时报送的和到期未报的；听取汇报不计", _filings_due, own=True),
    "filings_on_time": Measure("上项中按时报送的", _filings_on_time, own=True),
    "verifications_due": Measure("指定由本组提级核查，已有结论或期限已过的", _verifications_due, own=True),
    "verifications_on_time": Measure("上项中在期限内有结论的", _verifications_on_time, own=True),
}
"""Measure code of the campaign → what it counts. A code that is not here has no events yet: its cell is “–”."""


class Tally:
    """Every item of every measure in a book, and the figures of each unit."""

    def __init__(self, book: Book, setting: Setting, codes: Iterable[str] = MEASURES) -> None:
        self.items = {code: sorted(MEASURES[code].items(book, setting), key=_by_time) for code in codes}
        self._group_of = setting.group_of

    def behind(self, code: str, unit: str, since: datetime | None = None) -> list[Item]:
        """The items of one figure of a county or a group, in the order of time; from `since` on, if given."""
        own = MEASURES[code].own
        return [
            item
            for item in self.items[code]
            if (since is None or item.at >= since)
            and (item.unit == unit or (not own and self._group_of.get(item.unit) == unit))
        ]

    def figure(self, code: str, unit: str, since: datetime | None = None) -> int:
        """The figure: the sum of its items."""
        return sum(item.n for item in self.behind(code, unit, since))


def _by_time(item: Item) -> tuple[datetime, str]:
    return item.at, item.fact.id
