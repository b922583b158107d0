"""Who may do what, when: every command, by every role, of the case's own and another unit, in every state."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.cases.domain import authority
from services.cases.domain.authority import AUTHORITY, STATE_NAMES, STATES
from services.cases.domain.errors import AnotherUnit, Invalid, NotInThisState, StaleVersion, WrongRole
from services.cases.web.api import BODIES
from shared.event_store.envelope import Actor
from shared.event_store.refusal import NotAllowed, Refusal
from shared.web.roles import ROLES
from tests.services.cases.desk import COUNTY, GAOPING, OFFICE, STEP, ZEZHOU, Desk, bring

# The notice, as a person reads it: command | who | when. Units act on their own cases, groups on their counties'.
WRITTEN = """
transfer       | office director                           | opened
sign-for       | county principal                          | transferred
assign-handler | county principal                          | signed_for handling
record-step    | county principal station                  | signed_for handling
remark         | county principal station group office director | opened transferred signed_for handling reported reviewed closed
report-result  | county principal                          | signed_for handling
review-result  | office director                           | reported
reject-result  | office director                           | reported
close          | director                                  | reviewed
reopen         | director                                  | closed
"""  # noqa: E501 – a table
TABLE = {
    command.strip(): (frozenset(who.split()), frozenset(when.split()))
    for command, who, when in (line.split("|") for line in WRITTEN.strip().splitlines())
}
FIELDS = {
    "assign-handler": {"officer": "p-zezhou-2"},
    "record-step": STEP,
    "remark": {"text": "已联系。"},
    "report-result": {"text": "已责令停用。"},
    "reject-result": {"reason": "没有附处罚决定书。"},
    "reopen": {"reason": "回访不属实。"},
}
OWN = {"county": ZEZHOU, "principal": ZEZHOU, "station": ZEZHOU, "group": "g1"}
OTHERS = {"county": GAOPING, "principal": GAOPING, "station": GAOPING, "group": "g3"}


@pytest.fixture(scope="module")
def in_state() -> dict[str, tuple[Desk, UUID]]:
    """A case of 泽州 in each state, each on a desk of its own."""
    found = {}
    for state in STATES:
        desk = Desk()
        found[state] = (desk, bring(desk, state))
    return found


@pytest.mark.parametrize("command", sorted(TABLE))
def test_only_those_whom_the_notice_names_may_give_a_command_and_only_when_it_says(
    command: str, in_state: dict[str, tuple[Desk, UUID]]
) -> None:
    roles, states = TABLE[command]
    for state, (desk, case) in in_state.items():
        for role in ROLES:
            for unit in {OWN.get(role, "city"), OTHERS.get(role, "city")}:
                refusal = desk.rehearse(command, case, Actor(f"p-{role}", role, unit), **FIELDS.get(command, {}))
                if role not in roles:
                    expected: type[Refusal] | None = WrongRole
                elif unit != OWN.get(role, "city"):
                    expected = AnotherUnit
                else:
                    expected = None if state in states else NotInThisState
                assert (type(refusal) if refusal else None) is expected, (state, role, unit, refusal)


def test_the_table_of_the_code_has_no_command_that_the_notice_does_not_have() -> None:
    assert set(AUTHORITY) == set(BODIES) == set(TABLE)


@pytest.mark.parametrize("command", sorted(TABLE))
def test_who_may_not_is_told_who_may(command: str) -> None:
    with pytest.raises(WrongRole) as refused:
        authority.check_may(command, Actor("p", "police", "city"), "opened", ZEZHOU, "g1")
    names = {"office": "市局办公室", "director": "办公室主任", "county": "承办人", "principal": "主要负责人"}
    names |= {"station": "市场监管所", "group": "督导工作组"}
    assert {role for role, name in names.items() if name in refused.value.sentence} == TABLE[command][0]
    assert refused.value.sentence.endswith("请转有权人员。")


def test_who_comes_too_early_is_told_the_present_state_and_the_right_one() -> None:
    with pytest.raises(NotInThisState) as refused:
        authority.check_may("close", Actor("p", "director", "city"), "handling", ZEZHOU, "g1")
    assert STATE_NAMES["handling"] in refused.value.sentence
    assert STATE_NAMES["reviewed"] in refused.value.sentence


def test_a_county_learns_nothing_of_another_countys_case_neither_officers_nor_version() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    stranger = Actor("p-gaoping-1", "county", GAOPING)
    with pytest.raises(AnotherUnit):
        desk.give("assign-handler", case, stranger, officer="p-nobody")
    with pytest.raises(AnotherUnit):
        desk.give("record-step", case, stranger, version=99, step="no_such_step", text="x")


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ("sign-for", {}),
        ("report-result", {}),
        ("record-step", {"step": "no_such_step", "text": "x"}),
        ("reopen", {"reason": "x", "feedback_by": "2022-01-01"}),
    ],
)
def test_who_may_not_at_all_is_told_that_before_anything_about_the_fields(command: str, fields: dict[str, str]) -> None:
    desk = Desk()
    case = desk.hear()
    with pytest.raises(NotAllowed):
        desk.give(command, case, Actor("p-auditor", "auditor", "city"), **fields)


def test_a_county_that_signs_before_the_letter_is_out_is_told_to_wait_for_it() -> None:
    desk = Desk()
    with pytest.raises(NotInThisState, match="已移交待签收"):
        desk.give("sign-for", desk.hear(), COUNTY)


def test_who_looked_at_an_older_version_is_told_so_even_if_the_case_has_moved_on() -> None:
    desk = Desk()
    case = bring(desk, "transferred")
    desk.give("sign-for", case, COUNTY)
    with pytest.raises(StaleVersion) as refused:
        desk.give("sign-for", case, COUNTY, version=2)
    assert refused.value.version == 3


def test_a_station_acts_within_its_county_but_does_not_sign_for_it() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    station = Actor("p-zezhou-station", "station", ZEZHOU)
    desk.give("record-step", case, station, **STEP)
    with pytest.raises(WrongRole):
        desk.give("report-result", case, station, text="已办。")


@pytest.mark.parametrize("role", ["hotline", "taskforce", "enterprise", "police", "discipline", "auditor", "admin"])
def test_those_who_only_look_on_open_no_cases(role: str) -> None:
    with pytest.raises(WrongRole, match="举报入口"):
        Desk().open(Actor("p", role, "city"), unit=ZEZHOU)


def test_a_group_opens_cases_in_its_own_counties_only() -> None:
    desk = Desk()
    desk.open(Actor("p-g1-1", "group", "g1"), unit=ZEZHOU)
    with pytest.raises(AnotherUnit, match="本督导工作组"):
        desk.open(Actor("p-g1-1", "group", "g1"), unit=GAOPING)


def test_a_county_opens_cases_of_its_own_only() -> None:
    desk = Desk()
    assert desk.case(desk.open(COUNTY)).unit == ZEZHOU
    with pytest.raises(AnotherUnit, match="本单位"):
        desk.open(COUNTY, unit=GAOPING)


def test_an_unknown_unit_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(Invalid) as refused:
        Desk().open(OFFICE, unit="140599")
    assert (refused.value.field, ZEZHOU in refused.value.allowed) == ("unit", True)
