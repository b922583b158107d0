"""Facts for tests of figures: what *cases* tells and what was inspected or filed, each at an instant of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from services.assessment.domain.facts import CASE, Fact, Filed, HazardFound, Inspected, Owed, subject_of
from services.assessment.rules.figures import Sums, deltas, sums_of
from services.assessment.rules.measures import Counting
from shared.kernel.contracts.internal import cases
from shared.kernel.measures import MeasureTaken
from tests.services.assessment.bureau import COUNTING, ZEZHOU, at

JANUARY, FEBRUARY, END = at("2022-01-10 10:00"), at("2022-02-10 10:00"), at("2022-03-01 00:00")
LATER = timedelta(days=1)


def opened(
    case: str, unit: str = ZEZHOU, origin: str = "tip", state: str = "opened", concerned: str | None = None
) -> cases.CaseOpened:
    return cases.CaseOpened(
        case=case, unit=unit, state=state, origin=origin, tip=None, opened_at=JANUARY, concerned=concerned
    )


def transferred(case: str, unit: str = ZEZHOU, circumstance: str | None = None) -> cases.CaseTransferred:
    return cases.CaseTransferred(
        case=case, unit=unit, state="transferred", letter="（特设）移〔2022〕1号", transferred_at=JANUARY,
        sign_for_due=JANUARY, feedback_due=FEBRUARY, circumstance=circumstance,
    )  # fmt: skip


def step(case: str, code: str, unit: str = ZEZHOU) -> cases.HandlingStepRecorded:
    return cases.HandlingStepRecorded(case=case, unit=unit, state="handling", step=code)


def closed(
    case: str,
    *measures: str,
    unit: str = ZEZHOU,
    on_time: bool = True,
    violation: str | None = "unlicensed",
    conclusion: str | None = None,
    taken: tuple[MeasureTaken, ...] = (),
    enterprise: str | None = "甲气站",
) -> cases.CaseClosed:
    return cases.CaseClosed(
        case=case, unit=unit, state="closed", closed_at=FEBRUARY, on_time=on_time, disclosure_due=FEBRUARY,
        enterprise=enterprise, matter="涉嫌充装超期未检气瓶", violation=violation, result="已办结。", measures=measures,
        conclusion=conclusion, taken=taken,
    )  # fmt: skip


def returned(case: str, unit: str = ZEZHOU) -> cases.CaseReturned:
    return cases.CaseReturned(case=case, unit=unit, state="opened")


def reopened(case: str, unit: str = ZEZHOU) -> cases.CaseReopened:
    return cases.CaseReopened(case=case, unit=unit, state="handling", feedback_due=END)


def raised(case: str, trigger: str = "overdue", unit: str = ZEZHOU) -> cases.EscalationRaised:
    return cases.EscalationRaised(case=case, unit=unit, state="handling", trigger=trigger, raised_at=FEBRUARY)


def assigned(
    case: str, verifier: str = "g1", trigger: str = "overdue", due: datetime = END - LATER, unit: str = ZEZHOU
) -> cases.VerificationAssigned:
    return cases.VerificationAssigned(
        case=case, unit=unit, state="handling", trigger=trigger, verifier=verifier, verify_due=due
    )


def found(
    case: str, trigger: str = "overdue", verifier: str = "g1", in_time: bool = True, unit: str = ZEZHOU
) -> cases.EscalationFound:
    return cases.EscalationFound(
        case=case, unit=unit, state="handling", trigger=trigger, verifier=verifier, found_at=FEBRUARY,
        in_time=in_time, feedback_due=END,
    )  # fmt: skip


def cleared(
    case: str,
    trigger: str = "overdue",
    verifier: str = "g1",
    in_time: bool = True,
    unit: str = ZEZHOU,
    *,
    lapsed: bool = False,
) -> cases.EscalationCleared:
    return cases.EscalationCleared(
        case=case, unit=unit, state="handling", trigger=trigger, verifier=verifier, cleared_at=FEBRUARY,
        in_time=in_time, lapsed=lapsed,
    )  # fmt: skip


def imposed(case: str, *units: str, people: int = 0, of: str = ZEZHOU) -> cases.AccountabilityImposed:
    return cases.AccountabilityImposed(
        case=case, unit=of, state="handling", ground="overdue", actions=("accountability",), units=units,
        people=people, imposed_at=FEBRUARY,
    )  # fmt: skip


def proceeding(case: str, is_opened: bool = True) -> cases.PenaltyProceedingDecided:
    return cases.PenaltyProceedingDecided(
        case=case, unit=ZEZHOU, state="handling", proceeding=is_opened, decided_at=FEBRUARY
    )


PENALTY = MeasureTaken("penalty", amount=20_000_00)


def decided(case: str, decision: MeasureTaken = PENALTY) -> cases.DecisionRecorded:
    return cases.DecisionRecorded(case=case, unit=ZEZHOU, state="closed", decision=decision, recorded_at=FEBRUARY)


def taken_back(case: str) -> cases.CaseTakenBack:
    return cases.CaseTakenBack(case=case, unit=ZEZHOU, state="taken_back")


def disclosed(case: str, unit: str = ZEZHOU, kind: str = "result") -> cases.CaseDisclosed:
    return cases.CaseDisclosed(case=case, unit=unit, state="closed", disclosed_at=FEBRUARY, kind=kind)


def hazard(case: str, *, major: bool = False, inspector: str = ZEZHOU, unit: str = ZEZHOU) -> HazardFound:
    return HazardFound(case, unit, inspector, major)


def inspected(
    enterprise: str = "甲气站", *, inspector: str = ZEZHOU, unit: str = ZEZHOU, grade: str | None = None
) -> Inspected:
    return Inspected("i", unit, inspector, enterprise, grade, 3, 40, 2, 4)


def owed(filing: str, unit: str = ZEZHOU, kind: str = "return", due: datetime = END - LATER) -> Owed:
    return Owed(filing, unit, kind, "1", due)


def filed(filing: str, unit: str = ZEZHOU, kind: str = "return", *, in_time: bool = True) -> Filed:
    return Filed(filing, unit, kind, "1", in_time)


def facts(*events: Any, start: datetime = JANUARY) -> list[Fact]:
    """The events as facts, an hour apart."""
    number = count(1)
    return [Fact(f"cases:{(n := next(number))}", start + timedelta(hours=n), event) for event in events]


def tally(*events: Any, until: datetime = END) -> Sums:
    """The figures after these events."""
    return sums_of(facts(*events), COUNTING, until)


def by_case(
    found: Iterable[Fact], counting: Counting = COUNTING, until: datetime = END
) -> Counter[tuple[str, str, str]]:
    """How often each case counts: (case, measure, unit) → n."""
    cases_: dict[str, list[Fact]] = {}
    for fact in found:
        if (subject := subject_of(fact.event)).startswith(f"{CASE}:"):
            cases_.setdefault(subject, []).append(fact)
    counted: Counter[tuple[str, str, str]] = Counter()
    for subject, its in cases_.items():
        for delta in deltas(subject, its, counting):
            if delta.at < until:
                counted[subject, delta.measure, delta.unit] += delta.n
    return counted
