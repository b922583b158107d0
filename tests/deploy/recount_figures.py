"""What each figure of Annex 1 counts, as an auditor asks it of plain events: see tests/deploy/recount.py.

What a figure means is the sentence printed beside it (in quotation marks below) and docs/adr/0030. Three terms:

- A *stint* is a case in the hands of one unit: (case, unit). A case counts once for each unit that made something of
  it.
- A stint's *closing* is its last one; a reopening alone undoes nothing. It is *true* unless a later verification found
  it false. “未查实虚假办结” is said of this closing: who closes again, truly, has done it after all.
- An escalation is *found* or *cleared* by its next conclusion of the same trigger; until then it is open. It is *void*
  once its letter is taken back, found or not.

What was decided on a closed case (a penalty, a closure, a revocation) counts as what was decided at its closing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

FALSE, OVERDUE, IDLE = "false_closure", "overdue", "idle_after_acceptance"
BORNE_OUT = ("borne_out", "partly_borne_out")
FILED = ("ReturnSubmitted", "CommitmentSigned", "TypicalCaseSubmitted", "PaperFiled")
Stint = tuple[str, str]


@dataclass(frozen=True)
class Event:
    """`n`: the place in the feed of *cases*, or in the order in which the service stored it. `of`: the case, or the
    stream that it is stored in. `by`: the role of whoever did it."""

    n: int
    name: str
    at: datetime
    of: str
    data: dict[str, Any]
    by: str = ""

    @property
    def stint(self) -> Stint:
        return self.of, self.data["unit"]


@dataclass(frozen=True)
class Raw:
    """All events, in their order. `missed`: what was raised because the office did not do it, by every service."""

    campaign: dict[str, Any]
    cases: list[Event]
    assessment: list[Event]
    notify: list[Event]
    intake: list[Event]
    missed: list[Event]

    @property
    def counties(self) -> list[str]:
        return [unit["code"] for unit in self.campaign["units"]]

    def under(self, unit: str) -> list[str]:
        """The counties that a unit answers for: a county for itself."""
        return next((list(g["units"]) for g in self.campaign["groups"] if g["code"] == unit), [unit])

    def returns(self) -> dict[str, list[Event]]:
        """The signed returns of each unit, in order."""
        found = defaultdict(list)
        for event in self.assessment:
            if event.name == "ReturnSubmitted":
                found[event.data["unit"]].append(event)
        return found

    def bulletins(self) -> list[dict[str, Any]]:
        """What each published bulletin says: as it was last drawn before. With its `month`."""
        published = [event for event in self.assessment if event.name == "BulletinPublished"]
        drawn = [event for event in self.assessment if event.name == "BulletinDrawn"]
        return [[one for one in drawn if one.of == event.of and one.n < event.n][-1].data for event in published]


@dataclass
class Known:
    """What had happened before the instant `until`: of *cases* as far as the place `through` in its feed, of
    *assessment* what it had stored before its event `stored`."""

    raw: Raw
    until: datetime
    through: int | None = None
    stored: int | None = None

    def __post_init__(self) -> None:
        in_feed = (e for e in self.raw.cases if self.through is None or e.n <= self.through)
        self.cases = [e for e in in_feed if e.at < self.until]
        own = (e for e in self.raw.assessment if self.stored is None or e.n < self.stored)
        self.own = [e for e in own if e.at < self.until]
        self.by_case: dict[str, list[Event]] = defaultdict(list)
        for event in self.cases:
            self.by_case[event.of].append(event)
        self.counted: dict[str, Counter[str]] = {}
        self.closing = {e.stint: e for e in self.cases if e.name == "CaseClosed"}
        self.escalations = [(e, self._conclusion(e)) for e in self.named("EscalationRaised")]
        self.void = {c.n for r, c in self.escalations if c and self._went_back(r)}

    def named(self, *names: str, **having: Any) -> list[Event]:
        return [e for e in self.cases if e.name in names and having.items() <= e.data.items()]

    def mine(self, *names: str) -> list[Event]:
        return [e for e in self.own if e.name in names]

    def _conclusion(self, raised: Event) -> Event | None:
        concluded = ("EscalationFound", "EscalationCleared")
        later = (e for e in self.by_case[raised.of] if e.n > raised.n and e.name in concluded)
        return next((e for e in later if e.data["trigger"] == raised.data["trigger"]), None)

    def _went_back(self, raised: Event) -> bool:
        """Whether the letter was taken back, before another one or another round: it was not the unit's own matter."""
        ends = ("CaseReturned", "CaseTransferred", "CaseReopened")
        later = (e.name for e in self.by_case[raised.of] if e.n > raised.n and e.name in ends)
        return next(later, None) == "CaseReturned"

    def proven(self, *triggers: str) -> list[Event]:
        told = [e for e in self.named("EscalationFound") if e.n not in self.void]
        return [e for e in told if not triggers or e.data["trigger"] in triggers]

    def found(self, *triggers: str) -> set[Stint]:
        return {e.stint for e in self.proven(*triggers)}

    def true(self) -> set[Stint]:
        """Whose closing no later verification found false."""
        found = self.named("EscalationFound", trigger=FALSE)
        return {s for s, c in self.closing.items() if not any(e.stint == s and e.n > c.n for e in found)}

    def closed(self, how: str) -> set[Stint]:
        """`in time`, also where a verification accepted the reason of the delay; `late`; or late with nobody having
        decided on it yet (`waits`)."""
        found: dict[str, set[Stint]] = {"in time": set(), "late": set(), "waits": set()}
        for stint, closing in self.closing.items():
            mine = [(r, c) for r, c in self.escalations if r.stint == stint and not (c and c.n in self.void)]
            raised = [c for r, c in mine if r.data["trigger"] == OVERDUE]
            last = raised[-1] if raised else None
            cleared = last is not None and last.name == "EscalationCleared"
            found["in time" if closing.data["on_time"] or cleared else "late" if last else "waits"].add(stint)
        return found[how]

    def findings(self, **having: Any) -> set[Stint]:
        told = [e for e in self.mine("FindingRecorded") if having.items() <= e.data["finding"].items()]
        return {(e.data["finding"]["id"], e.data["unit"]) for e in told}

    def major(self) -> set[Stint]:
        return self.findings(major=True) | {e.stint for e in self.named("CaseTransferred", circumstance="major")}

    def decided(self, measure: str, **having: Any) -> set[Stint]:
        """Closings with the measure, and where it was decided on a closed case."""
        wanted = {"measure": measure, **having}.items()
        closed = {s for s, c in self.closing.items() if any(wanted <= one.items() for one in c.data["taken"])}
        decisions = self.named("DecisionRecorded")
        return closed | {e.stint for e in decisions if wanted <= e.data["decision"].items()}

    def verifications(self) -> list[tuple[Event, Event | None]]:
        """Who was appointed last for each escalation, and what came of it. What lapsed with a letter is left out."""
        found = []
        for raised, concluded in self.escalations:
            of = [e for e in self.by_case[raised.of] if e.name == "VerificationAssigned" and e.n > raised.n]
            of = [e for e in of if e.data["trigger"] == raised.data["trigger"] and (not concluded or e.n < concluded.n)]
            if of and not (concluded and concluded.data.get("lapsed")):
                found.append((of[-1], concluded))
        return found

    def papers(self, *, in_time: bool) -> list[str]:
        """The unit of each paper that was filed in time; or also of each that was not and is due."""
        filed = {e.of: e.data["in_time"] for e in reversed(self.mine(*FILED))}
        owed = [e for e in self.mine("FilingOpened") if e.data["kind"] != "briefing"]
        return [e.data["unit"] for e in owed if filed.get(e.of) or (not in_time and self.past(e.data["due"]["due"]))]

    def past(self, due: str) -> bool:
        """A date is exclusive: what is not done before it is late from then on, and in the month that ends with it."""
        return datetime.fromisoformat(due) <= self.until


# What each line of Annex 1 counts: a unit's code for each thing that it has.


def units(stints: Iterable[Stint]) -> list[str]:
    return [unit for _, unit in stints]


def of_unit(events: Iterable[Event], times: Callable[[Event], int] = lambda _: 1) -> list[str]:
    return [event.data["unit"] for event in events for _ in range(times(event))]


def raised(k: Known, trigger: str) -> list[str]:
    """“因……触发提级核查的，核查不属实的除外”"""
    standing = [r for r, c in k.escalations if not (c and (c.name == "EscalationCleared" or c.n in k.void))]
    return of_unit(r for r in standing if r.data["trigger"] == trigger)


def tips_received(k: Known) -> list[str]:
    """“群众举报立件的交办件，按现在的承办单位计”"""
    return [k.by_case[e.of][-1].data["unit"] for e in k.named("CaseOpened", origin="tip")]


def closing_due(k: Known) -> set[Stint]:
    """“已办结的，和经核查属实的，一件只计一次；在办的、逾期办结待核查的不计”"""
    return k.closed("in time") | k.closed("late") | k.found(OVERDUE, IDLE, FALSE)


def closed_on_time(k: Known) -> set[Stint]:
    """“已按期办结、没有经核查属实的问题的；核查不属实的逾期（有正当理由）视同按期”"""
    return k.closed("in time") - k.found(OVERDUE, IDLE, FALSE)


def major_due(k: Known) -> set[Stint]:
    """“督查检查认定或按重大事故隐患交办的，已办结或经核查属实（逾期、接而不办）的；整改期内的不计”"""
    return k.major() & (set(k.closing) | k.found(OVERDUE, IDLE))


def major_found(k: Known) -> set[Stint]:
    """“督查检查认定的重大事故隐患，和按重大事故隐患交办、已办结或经核查属实的”"""
    return k.findings(major=True) | major_due(k)


def major_overdue(k: Known) -> list[str]:
    """“重大事故隐患中超过反馈期限（核查认可正当理由的除外）、现在仍未办结的”: whoever is cleared has a new date."""
    found = []
    for case, unit in k.major():
        back = max((e.n for e in k.by_case[case] if e.name == "CaseReturned"), default=0)
        dates = [e.data["feedback_due"] for e in k.by_case[case] if e.n > back and e.data.get("feedback_due")]
        last = k.by_case[case][-1].data
        if last["unit"] == unit and last["state"] != "closed" and dates and k.past(dates[-1]):
            found.append(unit)
    return found


def acts(k: Known) -> set[Stint]:
    """“办结时查实、部分查实的非法违法行为；查无实据的不计”"""
    return {s for s, c in k.closing.items() if c.data["conclusion"] in BORNE_OUT and c.data["violation"]}


def enterprises(k: Known, measure: str, *, truly: bool = False) -> list[str]:
    """“名称相同的企业只计一家，无名称的一件计一家”: the unit of each, by the name that it has in the closing that was
    last decided so; in confidential cases none has a name. `truly`: “最后一次作出该决定的办结未查实虚假的”."""
    confidential = {e.of for e in k.named("CaseOpened") if e.data["concerned"]}
    last: dict[tuple[str, str], Stint] = {}
    for stint in sorted(k.decided(measure) & set(k.closing), key=partial(decided_at, k, measure)):
        case, unit = stint
        name = plain(k, unit, k.closing[stint].data["enterprise"] or "")
        last[unit, case if not name or case in confidential else name] = stint
    return units(stint for stint in last.values() if not truly or stint in k.true())


def decided_at(k: Known, measure: str, stint: Stint) -> int:
    """The place in the feed of the closing that has the measure, or of the first decision on it that does."""
    closing = k.closing[stint]
    if any(one["measure"] == measure for one in closing.data["taken"]):
        return closing.n
    later = (e for e in k.named("DecisionRecorded") if e.stint == stint and e.n > closing.n)
    return next((e.n for e in later if e.data["decision"]["measure"] == measure), closing.n)


def plain(k: Known, unit: str, name: str) -> str:
    """A name without remarks in brackets, places before it and the legal form behind it; empty of what names nobody. A
    place stays before what many are called."""
    name = re.sub(r"[（(](老厂|集团|个体|停产|关停|已拆除|原.*?)[）)]|[（()）\s]", "", name)
    county = next((one for one in k.raw.campaign["units"] if one["code"] == unit), {"zh": "", "aliases": []})
    places = "|".join(
        re.escape(one) for one in ("山西省", "山西", "晋城市", "晋城", county["zh"], *county.get("aliases", [])) if one
    )
    short = re.sub(r"(股份|有限|责任)*公司$", "", re.sub(f"^({places})+", "", name))
    if re.fullmatch(r".*(某|不详|不明|未知).*|(黑|非法|无证|无照)(窝点|气站|充装点|作坊)|个体户?|业主|无名", short):
        return ""
    return name if re.fullmatch(r"(第.|液化气|燃气|气体|加气|加油|人民医院|站|厂|点)*", short) else short


def accountability_done(k: Known) -> list[str]:
    """“提级核查属实、此后已追责问责的”"""
    imposed = k.named("AccountabilityImposed")
    return of_unit(e for e in k.proven() if any(a.of == e.of and a.n > e.n for a in imposed))


def inspections(k: Known, seen: str | None = None) -> list[str]:
    """“登记的检查”, each once, or as many as were `seen`: of whoever inspected."""
    told = k.mine("InspectionRecorded")
    return [e.data["inspector"] for e in told for _ in range(e.data["seen"][seen] if seen else 1)]


def verified(k: Known, *, in_time: bool) -> list[str]:
    """“指定由本组提级核查，在期限内有结论的”; or “已有结论或期限已过的”."""
    told = k.verifications()
    done = [
        a for a, c in told if (c.data["in_time"] or not in_time if c else not in_time and k.past(a.data["verify_due"]))
    ]
    return [e.data["verifier"] for e in done]


MEASURES: dict[str, Callable[[Known], list[str]]] = {
    "tips_received": tips_received,
    "tips_transferred": lambda k: of_unit(k.named("CaseTransferred")),
    "closing_due": lambda k: units(closing_due(k)),
    "closed_on_time": lambda k: units(closed_on_time(k)),
    "tips_overdue": lambda k: raised(k, OVERDUE),
    "tips_idle": lambda k: raised(k, IDLE),
    "tips_false": lambda k: of_unit(k.named("EscalationFound", trigger=FALSE)),
    "hazards_found": lambda k: units(k.findings()),
    "hazards_rectified": lambda k: units(k.findings() & set(k.closing)),
    "major_found": lambda k: units(major_found(k)),
    "major_due": lambda k: units(major_due(k)),
    "major_rectified": lambda k: units(major_due(k) & k.true()),
    "major_overdue": major_overdue,
    "acts_found": lambda k: units(acts(k)),
    "acts_penalised": lambda k: units(acts(k) & k.decided("penalty") & k.true()),
    "proceedings_opened": lambda k: of_unit(k.named("PenaltyProceedingDecided", proceeding=True)),
    "orders": lambda k: of_unit(k.named("HandlingStepRecorded", step="supervision_order")),
    "suspended": lambda k: enterprises(k, "suspension", truly=True),
    "closure_due": lambda k: enterprises(k, "closure"),
    "closed_down": lambda k: enterprises(k, "closure", truly=True),
    "licences_revoked": lambda k: units(k.decided("licence_withheld", licence="revoked") & k.true()),
    "seriously_dishonest": lambda k: enterprises(k, "joint_sanction"),
    "jointly_sanctioned": lambda k: enterprises(k, "joint_sanction", truly=True),
    "accountability_due": lambda k: of_unit(k.proven()),
    "accountability_done": accountability_done,
    "accountable_units": lambda k: [unit for e in k.named("AccountabilityImposed") for unit in set(e.data["units"])],
    "accountable_people": lambda k: of_unit(k.named("AccountabilityImposed"), lambda e: int(e.data["people"])),
    "exposed": lambda k: of_unit(k.named("CaseDisclosed", kind="exposure")),
}
OWN: dict[str, Callable[[Known], list[str]]] = {
    "visits": inspections,
    "equipment": lambda k: inspections(k, "equipment"),
    "cylinders": lambda k: inspections(k, "cylinders"),
    "pipelines": lambda k: inspections(k, "pipelines"),
    "inspectors": lambda k: inspections(k, "inspectors"),
    "units_due": lambda _: [],
    "units_inspected": lambda _: [],
    "verifications_due": lambda k: verified(k, in_time=False),
    "verifications_on_time": lambda k: verified(k, in_time=True),
    "filings_due": lambda k: k.papers(in_time=False),
    "filings_on_time": lambda k: k.papers(in_time=True),
}
"""What a group has of its own; of all others it has what its counties have."""


def figure(k: Known, measure: str, unit: str) -> int:
    if measure not in k.counted:
        k.counted[measure] = Counter((MEASURES | OWN)[measure](k))
    return sum(k.counted[measure][one] for one in ([unit] if measure in OWN else k.raw.under(unit)))
