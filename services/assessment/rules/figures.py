"""How figures move: what each subject adds to them and takes from them, dated.

A *delta* says that from an instant on a figure is `n` more (or less), because of one fact. It is found by reading a
subject's facts one instant after another, and comparing what counts after each with what counted before; dates that
pass (a paper that was not filed) are instants like any other, also those to come. So a figure as of any instant is the
sum of the deltas before it, a week's or a month's is the difference of two such sums, and weeks add up to the whole.

Deltas follow from the facts of their subject alone. A new fact changes none that are earlier than it, so that only the
rest is found anew (`since`). Enterprises have no facts of their own: their deltas follow from those of all their cases
(`enterprises`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from services.assessment.domain.facts import CASE, CLOSINGS, Fact, subject_of
from services.assessment.rules import lives
from services.assessment.rules.lives import Closings, Life, Reading
from services.assessment.rules.measures import ALL, Counting
from shared.kernel.contracts.internal import cases

Figure = Callable[[str, str], int]
"""Measure code, unit → figure."""
BY_THE_REGISTER = "units_due"
"""The measure that the campaign's register of enterprises makes, and no fact."""
_ITEMS = {
    kind: tuple((code, one.items) for code, one in ALL.items() if one.of is kind)
    for kind in {one.of for one in ALL.values()}
}


class Delta(NamedTuple):
    """From `at` (inclusive) on, the figure of this measure and unit is `n` more, because of `fact` (its identifier).
    `concerned` is the unit whose people may not know of the case, else empty."""

    subject: str
    at: datetime
    measure: str
    unit: str
    n: int
    fact: str
    concerned: str = ""


Key = tuple[str, str, str]
"""Measure, unit, fact."""


def deltas(subject: str, facts: Sequence[Fact], counting: Counting, since: datetime | None = None) -> Iterator[Delta]:
    """What one subject does to the figures, from `since` on. `facts` are all of its facts, in the order in which they
    happened."""
    reading, before, last = lives.begin(subject), dict[Key, int](), None
    told, concerned = 0, ""
    while (at := _next(facts, told, reading, last)) is not None:
        if since is not None and at >= since and last is not None and not before:
            before = _counted(reading, counting, last)
        while told < len(facts) and facts[told].at == at:
            reading = lives.note(reading, facts[told])
            told += 1
        last, concerned = at, concerned or _concerned(reading)
        if since is not None and at < since:
            continue
        after = _counted(reading, counting, at)
        for key in sorted(before.keys() | after.keys()):
            if n := after.get(key, 0) - before.get(key, 0):
                measure, unit, fact = key
                yield Delta(subject, at, measure, unit, n, fact, concerned)
        before = after


def _next(facts: Sequence[Fact], told: int, reading: Reading, last: datetime | None) -> datetime | None:
    """The next instant at which something may change."""
    to_come = [at for at in lives.instants(reading) if last is None or at > last]
    if told < len(facts):
        to_come.append(facts[told].at)
    return min(to_come, default=None)


def _counted(reading: Reading, counting: Counting, now: datetime) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for code, items in _ITEMS[type(reading)]:
        for unit, n, fact in items(reading, counting, now):
            if n:
                key = (code, unit, fact.id)
                found[key] = found.get(key, 0) + n
    return found


def _concerned(reading: Reading) -> str:
    if isinstance(reading, Closings):  # a confidential case is the only one of its enterprise
        return next((life.concerned for life in reading.cases.values() if life.concerned), "")
    return reading.concerned if isinstance(reading, Life) else ""


MAKE_ENTERPRISES: frozenset[str] = frozenset(
    kind.__name__
    for kind in (
        cases.CaseOpened,
        cases.CaseTransferred,
        cases.CaseClosed,
        cases.DecisionRecorded,
        cases.CaseReopened,
        cases.CaseReturned,
        cases.EscalationRaised,
        cases.EscalationFound,
        cases.EscalationCleared,
        cases.CaseTakenBack,
    )
)
"""The facts of a case that may change what became of an enterprise."""


def enterprises(facts: Sequence[Fact], counting: Counting) -> frozenset[str]:
    """The subjects of the enterprises (`closings:…`) that a case's closings are about, as far as one of them, or what
    was decided on it, took a measure. `facts` are all of the case, in their order."""
    decided = any(isinstance(one.event, cases.DecisionRecorded) for one in facts)
    closings = [one for one in facts if isinstance(one.event, cases.CaseClosed) and (decided or one.event.measures)]
    concerned = next((one.event.concerned or "" for one in facts if isinstance(one.event, cases.CaseOpened)), "")
    return frozenset(f"{CLOSINGS}:{counting.enterprise_of(one.event, concerned)}" for one in closings)


class Sums:
    """The figures as of one instant: sums of deltas, and what the campaign's register makes due."""

    def __init__(self, counting: Counting, sums: Mapping[tuple[str, str], int]) -> None:
        self._counting = counting
        self._sums = dict(sums)
        for fact in counting.register:
            for unit in counting.owing(fact.event):
                self._sums[BY_THE_REGISTER, unit] = self._sums.get((BY_THE_REGISTER, unit), 0) + 1

    def figure(self, code: str, unit: str) -> int:
        """Of a county, of a group (with its counties', unless the measure is of what the group does itself), or of
        another body."""
        return sum(self._sums.get((code, one), 0) for one in counted_for(self._counting, code, unit))


def counted_for(counting: Counting, code: str, unit: str) -> tuple[str, ...]:
    """Whose deltas make the figure of a unit."""
    return (unit,) if ALL[code].own else (unit, *counting.counties_of(unit))


def sums_of(facts: Iterable[Fact], counting: Counting, until: datetime) -> Sums:
    """The figures before `until`, of all facts: what the tables of deltas hold, counted at once."""
    subjects: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.at < until:
            subjects[subject_of(fact.event)].append(fact)
    for its in [its for subject, its in subjects.items() if subject.startswith(CASE)]:
        for enterprise in enterprises(its, counting):
            subjects[enterprise] += its
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for subject, unsorted in subjects.items():
        its = sorted(unsorted, key=lambda fact: fact.at)
        for delta in deltas(subject, its, counting):
            if delta.at < until:
                found[delta.measure, delta.unit] += delta.n
    return Sums(counting, found)
