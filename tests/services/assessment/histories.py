"""Random histories of a campaign, small enough to shrink: what became of each case, what was inspected and filed.

A case is told in words of `WORDS`, one after another. A word that makes no sense where the case is (a closing of what
is closed) tells nothing, so that any list of words is a life and a shorter one shrinks well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from services.assessment.domain.values import Ranked
from services.assessment.rules.figures import Sums, sums_of
from services.assessment.rules.measures import Counting
from services.assessment.rules.scores import exact_score, ranking
from shared.kernel.campaign import Campaign
from shared.kernel.campaign.rules import Enterprise
from tests.services.assessment.bureau import CAMPAIGN
from tests.services.assessment.happenings import (
    END,
    assigned,
    cleared,
    closed,
    disclosed,
    facts,
    filed,
    found,
    hazard,
    imposed,
    inspected,
    opened,
    owed,
    raised,
    reopened,
    returned,
    transferred,
)

COUNTIES = CAMPAIGN.county_codes[:3]
GROUPS = tuple(group.code for group in CAMPAIGN.groups)
GROUP_OF = {unit: group.code for group in CAMPAIGN.groups for unit in group.units}
KINDS = {"county": COUNTIES, "group": GROUPS}
ENTERPRISES = ("甲", "乙", "丙")
"""Key users of every county, and producers in it, that the register of these tests has."""
REGISTERED: Campaign = CAMPAIGN.model_copy(
    update={
        "enterprises": tuple(
            Enterprise(name=f"{name}{grade}", unit=unit, grade=grade)
            for unit in COUNTIES
            for name in ENTERPRISES
            for grade in ("key_user", "producer")
        )
    }
)
COUNTING = Counting.of(REGISTERED)
ASSESSMENT = CAMPAIGN.assessment
TRIGGERS = {"overdue": "overdue", "idle": "idle_after_acceptance", "false": "false_closure"}
CLOSINGS: dict[str, tuple[str, ...]] = {
    "penalise": ("penalty",), "order": ("rectification_order",), "groundless": (), "shut": ("closure", "penalty"),
    "sanction": ("joint_sanction", "penalty"),
}  # fmt: skip
WORDS = (*CLOSINGS, *TRIGGERS, "found", "cleared", "late", "reopen", "return", "impose", "disclose")


@dataclass(frozen=True)
class Told:
    """One case: where it began, where from (tip | own | others, the last two found by an inspection), in words."""

    unit: str
    origin: str = "tip"
    major: bool = False
    words: tuple[str, ...] = ()
    enterprise: str | None = None
    elsewhere: str = COUNTIES[-1]

    def then(self, *words: str) -> Told:
        return replace(self, words=(*self.words, *words))

    @property
    def units(self) -> frozenset[str]:
        """The counties that may have had the case."""
        return frozenset((self.unit, self.elsewhere)) if "return" in self.words else frozenset((self.unit,))


@dataclass(frozen=True)
class History:
    """Everything that happened: cases; (inspector, enterprise, county); (unit, kind, on time | late | not filed)."""

    cases: tuple[Told, ...] = ()
    visits: tuple[tuple[str, str, str], ...] = ()
    papers: tuple[tuple[str, str, str], ...] = ()

    def plus(self, *cases: Told) -> History:
        return replace(self, cases=(*self.cases, *cases))

    def events(self) -> Iterator[Any]:
        for n, told in enumerate(self.cases):
            yield from Telling(f"case-{n}", told).events
        for inspector, enterprise, county in self.visits:
            yield inspected(enterprise, inspector=inspector, unit=county, grade="key_user")
        for n, (unit, kind, how) in enumerate(self.papers):
            yield owed(f"paper-{n}", unit, kind)
            if how != "missed":
                yield filed(f"paper-{n}", unit, kind, in_time=how == "in time")

    def tally(self) -> Sums:
        return sums_of(facts(*self.events()), COUNTING, END)


@dataclass
class Telling:
    """Turns words into what *cases* tells, and knows where the case is after them."""

    case: str
    told: Told
    events: list[Any] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    is_closed: bool = False
    is_late: bool = False
    in_time: bool = True

    def __post_init__(self) -> None:
        self.unit, told = self.told.unit, self.told
        if told.origin != "tip":
            inspector = told.unit if told.origin == "own" else GROUP_OF[told.unit]
            self.events.append(hazard(self.case, major=told.major, inspector=inspector, unit=told.unit))
        self.events.append(opened(self.case, told.unit, "tip" if told.origin == "tip" else "inspection"))
        self._send()
        for word in told.words:
            self._tell(word)

    def _send(self) -> None:
        self.events.append(transferred(self.case, self.unit, "major" if self.told.major else None))

    def _tell(self, word: str) -> None:
        if word in CLOSINGS and not self.is_closed:
            self.is_closed = True
            on_time = not self.is_late
            self.events.append(
                closed(self.case, *CLOSINGS[word], unit=self.unit, on_time=on_time, enterprise=self.told.enterprise)
            )
        elif word in TRIGGERS and word not in self.pending and self.is_closed == (word == "false"):
            self._raise(word)
        elif word in ("found", "cleared") and self.pending:
            self._decide(word)
        elif word == "late":
            self.in_time = False
        elif word == "reopen" and self.is_closed:
            self._begin_anew()
        elif word == "return" and not self.is_closed and self.unit != self.told.elsewhere:
            self.events.append(returned(self.case, self.unit))
            self.unit, self.pending, self.is_late = self.told.elsewhere, [], False
            self._send()
        elif word == "impose":
            self.events.append(imposed(self.case, self.unit, people=1, of=self.unit))
        elif word == "disclose" and self.is_closed:
            self.events.append(disclosed(self.case, self.unit))

    def _raise(self, word: str) -> None:
        self.pending.append(word)
        self.is_late = self.is_late or word == "overdue"
        self.events.append(raised(self.case, TRIGGERS[word], self.unit))

    def _decide(self, word: str) -> None:
        which, in_time, self.in_time = self.pending.pop(0), self.in_time, True
        trigger, verifier = TRIGGERS[which], GROUP_OF[self.unit]
        self.events.append(assigned(self.case, verifier, trigger, unit=self.unit))
        if word == "cleared":
            self.is_late = self.is_late and which != "overdue"
            self.events.append(cleared(self.case, trigger, verifier, in_time, self.unit))
            return
        self.events.append(found(self.case, trigger, verifier, in_time, self.unit))
        if self.is_closed:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.is_closed = self.is_late = False
        self.events.append(reopened(self.case, self.unit))


# --- what comes of a history ---


def ranked(history: History, kind: str = "county") -> Ranked:
    return ranking(ASSESSMENT, kind, KINDS[kind], history.tally().figure)


def exact(history: History, unit: str) -> Fraction:
    """The score before it is rounded."""
    kind, figure = ("group" if unit in GROUPS else "county"), history.tally().figure
    return exact_score(
        ASSESSMENT,
        [(one, figure(one.numerator, unit), figure(one.denominator, unit))
         for one in ASSESSMENT.components if kind in one.of],
    )  # fmt: skip


def printed(history: History, unit: str) -> tuple[int, int]:
    """Rank and score."""
    kind = "group" if unit in GROUPS else "county"
    return next((one.rank, one.score) for one in ranked(history, kind).placings if one.unit == unit)


# --- random ones ---

UNITS = st.sampled_from(COUNTIES)
WORDS_TOLD = st.lists(st.sampled_from(WORDS), max_size=6).map(tuple)
NAMED = st.sampled_from((None, "甲气站", "乙气站"))
CASES = st.builds(
    Told, unit=UNITS, origin=st.sampled_from(("tip", "own", "others")), major=st.booleans(), words=WORDS_TOLD,
    enterprise=NAMED, elsewhere=UNITS,
)  # fmt: skip
VISITS = st.tuples(
    st.sampled_from((*COUNTIES, *GROUPS, "city")),
    st.sampled_from([f"{name}{grade}" for name in (*ENTERPRISES, "丁") for grade in ("key_user", "producer")]),
    UNITS,
)
PAPERS = st.tuples(
    st.sampled_from((*COUNTIES, *GROUPS)),
    st.sampled_from(("return", "commitment", "briefing")),
    st.sampled_from(("in time", "late", "missed")),
)
HISTORIES = st.builds(
    History,
    cases=st.lists(CASES, max_size=6).map(tuple),
    visits=st.lists(VISITS, max_size=4).map(tuple),
    papers=st.lists(PAPERS, max_size=4).map(tuple),
)


def with_case(history: History, n: int, told: Told) -> History:
    """The history with its case `n` told otherwise."""
    return replace(history, cases=(*history.cases[:n], told, *history.cases[n + 1 :]))
