"""Commitments: broken by what others prove and the county had denied, never by what it finds and records itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.assessment.domain.filing import Filing
from services.assessment.handlers.contradicting import Contradictions
from shared.kernel.contracts.internal import cases
from tests.services.assessment.bureau import (
    CAMPAIGN,
    COUNTY,
    DIRECTOR,
    GAOPING,
    MEMBER,
    OFFICE,
    PRINCIPAL,
    SCHEDULE,
    ZEZHOU,
    Bureau,
    at,
)
from tests.services.assessment.contradicting import closed, found_false, opened, subject, taken_back
from tests.support.running import case_id

MAJOR = {"matter": "安全阀失效", "major": True}
DEN = {"matter": "无证充装", "violation": "unlicensed"}
CASE = case_id(1)


@pytest.fixture
def bureau() -> Bureau:
    """Zezhou has signed December's commitment; it is 10 January."""
    bureau = Bureau()
    bureau.wait_until("2021-12-31 10:00")
    bureau.sign(PRINCIPAL, ZEZHOU, "2021-12")
    bureau.wait_until("2022-01-10 09:00")
    return bureau


def inspect(bureau: Bureau, by: Any, finding: dict[str, Any] = MAJOR, enterprise: str = "甲气站", **fields: Any) -> str:
    told = bureau.inspect(by, unit=ZEZHOU, enterprise=enterprise, findings=[finding], **fields)
    return str(told["findings"][0])


def broken(bureau: Bureau, month: str = "2021-12") -> list[str]:
    filing: Filing = bureau.aggregate(SCHEDULE.filing_id("commitment", ZEZHOU, month))
    assert bureau.filing("commitment", ZEZHOU, month).get("broken_by") == next(reversed(filing.broken_by), None)
    return list(filing.broken_by)


def public(bureau: Bureau, name: str) -> list[dict[str, Any]]:
    return [data for said, data in bureau.messages(public=True) if said == name]


# --- what others prove ---


@pytest.mark.parametrize(("by", "who"), [(MEMBER, "g1"), (DIRECTOR, "city")])
@pytest.mark.parametrize("finding", [MAJOR, DEN])
def test_a_major_hazard_or_den_that_a_group_or_the_city_finds_breaks_it(
    bureau: Bureau, by: Any, who: str, finding: dict[str, Any]
) -> None:
    case = inspect(bureau, by, finding)
    assert broken(bureau) == [case]
    assert public(bureau, "CommitmentBroken") == [
        {"unit": ZEZHOU, "month": "2021-12", "case": case, "found_by": who}
    ]  # fmt: skip


@pytest.mark.parametrize("conclusion", ["borne_out", "partly_borne_out"])
def test_a_tip_that_ends_as_borne_out_breaks_it(bureau: Bureau, conclusion: str) -> None:
    bureau.told(closed(CASE, conclusion))
    assert broken(bureau) == [CASE]
    assert public(bureau, "CommitmentBroken")[0]["found_by"] == "tip"


def test_a_false_closure_that_is_found_breaks_it_also_what_was_signed_after_the_tip(bureau: Bureau) -> None:
    bureau.wait_until("2022-01-30 10:00")
    bureau.sign(PRINCIPAL, ZEZHOU, "2022-01")
    bureau.wait_until("2022-02-20 10:00")
    bureau.told(closed(CASE, None), found_false(CASE, "2022-02-20 10:00"))
    assert (broken(bureau), broken(bureau, "2022-01")) == ([], [CASE])
    assert public(bureau, "CommitmentBroken")[0]["found_by"] == "g1"


def test_only_the_last_commitment_that_was_signed_before_it_was_found_is_broken(bureau: Bureau) -> None:
    bureau.wait_until("2022-01-30 10:00")
    bureau.sign(PRINCIPAL, ZEZHOU, "2022-01")
    bureau.wait_until("2022-02-20 10:00")
    bureau.told(closed(CASE))  # of which a tip came on 10 January
    assert (broken(bureau), broken(bureau, "2022-01")) == ([CASE], [])


# --- what breaks nothing ---


def test_what_a_county_finds_and_records_itself_never_breaks_its_own(bureau: Bureau) -> None:
    for finding in (MAJOR, DEN):
        inspect(bureau, COUNTY, finding)
    bureau.told(opened(CASE, "乙厂", "2022-01-09 10:00"), closed(CASE, origin="unit"))
    bureau.told(found_false(CASE, "2022-02-20 10:00", subject(origin="unit", major=True)))
    assert broken(bureau) == []


@pytest.mark.parametrize(
    ("finding", "fields"),
    [
        ({"matter": "台账不全"}, {}),
        ({"matter": "无证上岗", "violation": "sham_training"}, {}),
        (MAJOR, {"at": "2021-12-30T10:00:00+08:00"}),
    ],
)
def test_an_ordinary_problem_or_one_found_before_the_signing_breaks_nothing(
    bureau: Bureau, finding: dict[str, Any], fields: dict[str, Any]
) -> None:
    inspect(bureau, MEMBER, finding, **fields)
    assert broken(bureau) == []


def test_another_countys_hazard_breaks_nothing_here(bureau: Bureau) -> None:
    bureau.inspect(DIRECTOR, unit=GAOPING, enterprise="丙厂", findings=[MAJOR])
    assert broken(bureau) == []


@pytest.mark.parametrize(
    "told",
    [closed(CASE, "not_borne_out"), closed(CASE, None), found_false(CASE, "2022-02-20 10:00", trigger="overdue")],
)
def test_what_is_not_borne_out_unknown_or_only_late_breaks_nothing(bureau: Bureau, told: Any) -> None:
    bureau.told(told)
    assert broken(bureau) == []


@pytest.mark.parametrize("name", ["甲气站", "泽州县甲气站有限公司"])
def test_what_the_county_had_recorded_of_the_same_enterprise_before_does_not_contradict(
    bureau: Bureau, name: str
) -> None:
    inspect(bureau, COUNTY, enterprise=name)
    bureau.wait_until("2022-01-12 09:00")
    inspect(bureau, MEMBER)
    assert broken(bureau) == []
    case = inspect(bureau, MEMBER, enterprise="乙厂")
    assert broken(bureau) == [case]


def test_it_must_have_recorded_the_same_and_not_something_else(bureau: Bureau) -> None:
    inspect(bureau, COUNTY, DEN)
    bureau.wait_until("2022-01-12 09:00")
    assert broken(bureau) == [] != [inspect(bureau, MEMBER, MAJOR)] == broken(bureau)


def test_what_it_records_only_after_the_letter_told_it_does_not_help(bureau: Bureau) -> None:
    inspect(bureau, COUNTY, DEN)
    bureau.told(closed(CASE, about=subject(found="2022-01-05 09:00", letter="2022-01-08 09:00")))
    assert broken(bureau) == [CASE]


def test_what_it_recorded_between_the_tip_and_the_letter_it_found_itself(bureau: Bureau) -> None:
    inspect(bureau, COUNTY, DEN)
    bureau.told(closed(CASE, about=subject(found="2022-01-05 09:00", letter="2022-01-11 09:00")))
    assert broken(bureau) == []


def test_who_backdates_his_inspection_has_not_recorded_it_before(bureau: Bureau) -> None:
    case = inspect(bureau, MEMBER)
    inspect(bureau, COUNTY, at="2022-01-05T09:00:00+08:00")
    assert broken(bureau) == [case]


# --- what is lifted ---


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        (lambda case: closed(case, "not_borne_out", origin="inspection"), "not_borne_out"),
        (taken_back, "taken_back"),
        (lambda _: opened(CASE, "甲气站", "2022-01-09 10:00"), "recorded_before"),
        (lambda case: closed(case, unit=GAOPING, about=subject(major=True)), "another_unit"),
    ],
)
def test_what_turns_out_otherwise_is_lifted_and_says_why(bureau: Bureau, later: Any, reason: str) -> None:
    case = inspect(bureau, MEMBER)
    bureau.told(later(case))
    assert broken(bureau) == []
    lifted = {"unit": ZEZHOU, "month": "2021-12", "case": case, "reason": reason}
    assert public(bureau, "CommitmentBreakLifted") == [lifted]


def test_the_first_record_counts_though_it_is_heard_of_after_the_second(bureau: Bureau) -> None:
    case = inspect(bureau, MEMBER)
    bureau.wait_until("2022-01-12 09:00")
    inspect(bureau, COUNTY)
    assert broken(bureau) == [case]
    bureau.told(opened(CASE, "甲气站", "2022-01-09 10:00"))
    assert broken(bureau) == []


def test_a_commitment_that_two_cases_break_stays_broken_by_the_other(bureau: Bureau) -> None:
    first, second = (inspect(bureau, MEMBER, enterprise=name) for name in ("甲气站", "乙厂"))
    bureau.told(closed(second, "not_borne_out", origin="inspection"))
    assert broken(bureau) == [first]


def test_one_case_breaks_once(bureau: Bureau) -> None:
    case = inspect(bureau, MEMBER)
    for _ in range(2):
        bureau.told(closed(case, about=subject(major=True, origin="inspection")), found_false(case, "2022-02-20 10:00"))
    assert broken(bureau) == [case]
    assert len(public(bureau, "CommitmentBroken")) == 1


def test_what_an_older_release_held_against_a_county_that_found_it_itself_is_lifted(bureau: Bureau) -> None:
    case = inspect(bureau, MEMBER)
    own = cases.CaseOpened(
        case=case, unit=ZEZHOU, state="signed_for", origin="unit", tip=None, opened_at=at("2022-01-10 09:00")
    )
    bureau.told(own)
    assert broken(bureau) == []


# --- in any order ---

KINDS = ({"violation": "unlicensed"}, {"major": True}, {"violation": "unlicensed", "major": True}, {"violation": None})
STATEMENTS = (
    {"no_illegal_enterprise"}, {"inspection_complete"}, {"no_illegal_enterprise", "inspection_complete"}, set[str](),
)  # fmt: skip
NAMES = (("甲气站", "泽州县甲气站有限公司"), ("乙厂", "乙厂（二车间）"))
FIRST = at("2021-12-29 00:00")
HOUR = timedelta(hours=1)
DONE = ("sign", "own_inspection", "group_inspection", "own_case", "tip_closed", "finding_closed", "false_closure")


@dataclass(frozen=True)
class Deed:
    """Something at the n-th hour, of which *assessment* hears `delay` hours later where *cases* tells it."""

    hour: int
    what: str
    firm: int
    kind: int
    spelling: int
    which: int
    concluded: str
    back: int
    delay: int


DEEDS = st.lists(
    st.builds(
        Deed, st.integers(1, 1400), st.sampled_from(DONE), st.integers(0, 1), st.integers(0, 3), st.integers(0, 1),
        st.integers(0, 3), st.sampled_from(["borne_out", "borne_out", "partly_borne_out", "not_borne_out"]),
        st.integers(1, 300), st.integers(0, 200),
    ),
    min_size=3, max_size=14, unique_by=lambda deed: deed.hour,
)  # fmt: skip


class Played:
    """The deeds done and heard of in an order of their own, and what should come of them by their times alone."""

    def __init__(self, deeds: list[Deed], *, delayed: bool) -> None:
        self.bureau, self.signed = Bureau(FIRST, opened=False), dict[str, datetime]()
        self.bureau.run(self._owe)
        self.own: list[tuple[int, set[str], datetime]] = []
        self.proofs: list[tuple[datetime, str, Any]] = []
        self.findings: list[tuple[str, Deed, datetime]] = []
        self.tips: list[tuple[str, Deed]] = []
        queue: list[tuple[datetime, int, Any]] = []
        heard = FIRST
        for n, deed in enumerate(sorted(deeds, key=lambda deed: deed.hour)):
            when = FIRST + deed.hour * HOUR
            queue = self._hear(queue, when)
            self.bureau.wait_until(when.replace(tzinfo=None).isoformat())
            event = getattr(self, f"_{deed.what}")(deed, when, case_id(n + 100))
            if event is not None:
                heard = max(heard, when + (deed.delay if delayed else 0) * HOUR)
                queue.append((heard, n, (event, when)))
        self._hear(queue, FIRST + 3000 * HOUR)

    def _owe(self, session: Any) -> None:
        """Nothing but the commitments."""
        for owed in SCHEDULE.owed:
            if (owed.kind, owed.unit) == ("commitment", ZEZHOU):
                values = {"rule": owed.rule, "kind": owed.kind, "unit": owed.unit, "period": owed.period}
                session.save(Filing.open(self.bureau.envelope(OFFICE), id=owed.id, due=owed.due, **values))

    def _hear(self, queue: list[tuple[datetime, int, Any]], now: datetime) -> list[tuple[datetime, int, Any]]:
        for _, _, (event, happened) in [one for one in queue if one[0] <= now]:
            self.bureau.told(event, happened=happened)
        return [one for one in queue if one[0] > now]

    def _sign(self, _: Deed, when: datetime, __: str) -> None:
        month = f"{when:%Y-%m}"
        if month not in self.signed:
            self.bureau.sign(PRINCIPAL, ZEZHOU, month)
            self.signed[month] = when

    def _inspect(self, by: Any, deed: Deed) -> str:
        return inspect(self.bureau, by, {"matter": "问题", **KINDS[deed.kind]}, NAMES[deed.firm][deed.spelling])

    def _own_inspection(self, deed: Deed, when: datetime, _: str) -> None:
        self._inspect(COUNTY, deed)
        self.own.append((deed.firm, STATEMENTS[deed.kind], when))

    def _own_case(self, deed: Deed, when: datetime, case: str) -> Any:
        self.own.append((deed.firm, STATEMENTS[deed.kind], when))
        kind = {"violation": None, "major": False} | KINDS[deed.kind]
        return opened(case, NAMES[deed.firm][deed.spelling], when, **kind)

    def _group_inspection(self, deed: Deed, when: datetime, _: str) -> None:
        case = self._inspect(MEMBER, deed)
        self.findings.append((case, deed, when))
        self.proofs.append((when, case, (deed, when, when, False)))

    def _about(self, deed: Deed, origin: str, found: datetime, letter: datetime) -> cases.Subject:
        return subject(
            NAMES[deed.firm][deed.spelling],
            origin=origin,
            found=found,
            letter=letter,
            **({"violation": None} | KINDS[deed.kind]),
        )

    def _tip_closed(self, deed: Deed, when: datetime, case: str) -> Any:
        found, letter = when - deed.back * HOUR, when - deed.back // 2 * HOUR
        self.tips.append((case, deed))
        self.proofs.append((when, case, None if deed.concluded == "not_borne_out" else (deed, found, letter, False)))
        return closed(case, deed.concluded, about=self._about(deed, "tip", found, letter))

    def _finding_closed(self, deed: Deed, when: datetime, _: str) -> Any:
        if not self.findings:
            return None
        case, of, found = self.findings[deed.which % len(self.findings)]
        letter = found + (when - found) / 2
        self.proofs.append((when, case, None if deed.concluded == "not_borne_out" else (of, found, letter, False)))
        return closed(case, deed.concluded, about=self._about(of, "inspection", found, letter))

    def _false_closure(self, deed: Deed, when: datetime, _: str) -> Any:
        if not self.tips:
            return None
        case, of = self.tips[deed.which % len(self.tips)]
        self.proofs.append((when, case, (of, when, when, True)))
        return found_false(case, when, self._about(of, "tip", when - HOUR, when - HOUR))

    @property
    def expected(self) -> set[tuple[str, str]]:
        """(month, case) of what is broken in the end."""
        found: dict[str, str] = {}
        for _, case, proof in sorted(self.proofs, key=lambda one: one[0]):
            if proof is None:
                found.pop(case, None)
            elif case not in found:
                deed, found_at, told_at, denied = proof
                before = {month: at for month, at in self.signed.items() if at < found_at}
                known = {
                    name for firm, names, at in self.own if firm == deed.firm and at < told_at for name in names
                }  # fmt: skip
                if before and STATEMENTS[deed.kind] - (set() if denied else known):
                    found[case] = max(before, key=lambda month: before[month])
        return {(month, case) for case, month in found.items()}

    @property
    def broken(self) -> list[tuple[str, str]]:
        return sorted(
            (month, case) for month in SCHEDULE.months if month != "final" for case in broken(self.bureau, month)
        )


def ends_the_same(deeds: list[Deed]) -> None:
    """Each heard of at once, and heard of late."""
    for delayed in (True, False):
        played = Played(deeds, delayed=delayed)
        assert played.broken == sorted(played.expected)


@given(DEEDS)
@settings(max_examples=100, deadline=None)
def test_it_ends_the_same_whatever_is_heard_first(deeds: list[Deed]) -> None:
    ends_the_same(deeds)


def plant_no_lifting(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Filing, "lift", lambda *_: None)


def plant_time_of_hearing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Filing, "denied", lambda self, statements, _: tuple(statements) if self.filed_at else ())


def plant_own_breaks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Contradictions, "_is_recorded", lambda *_: False)


@pytest.mark.parametrize(
    "plant",
    [plant_no_lifting, plant_time_of_hearing, plant_own_breaks],
    ids=lambda one: one.__name__,
)
def test_each_planted_fault_is_found(plant: Any) -> None:
    quickly = settings(
        max_examples=500, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        report_multiple_bugs=False,
    )  # fmt: skip
    found = quickly(given(DEEDS)(ends_the_same))
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        with pytest.raises(AssertionError):
            found()


# --- the campaign ---


def test_what_contradicts_which_statement_is_said_by_the_campaign() -> None:
    assert CAMPAIGN.contradicted("unlicensed", major=False) == ("no_illegal_enterprise",)
    assert CAMPAIGN.contradicted("sc_concealed", major=False) == ("inspection_complete",)
    assert set(CAMPAIGN.contradicted("unlicensed", major=True)) == {"no_illegal_enterprise", "inspection_complete"}
    assert CAMPAIGN.contradicted("sham_training", major=False) == CAMPAIGN.contradicted(None, major=False) == ()


def test_every_contradicted_statement_is_one_of_the_commitments() -> None:
    for one in CAMPAIGN.contradictions:
        assert one.statement in CAMPAIGN.commitment("county").statements
