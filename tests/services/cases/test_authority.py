"""Who may do what, when: every command, by every role, of the case's own and another unit, in every state."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.cases.domain import authority
from services.cases.domain.authority import STATE_NAMES, STATES
from services.cases.domain.errors import AnotherUnit, NoStepYet
from services.cases.domain.events.concluding import TAKEN_BACK
from services.cases.handlers import COMMANDS
from shared.kernel.roles import ROLES
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Invalid, NotAllowed, Refusal, StaleVersion
from shared.platform.event_store.session import NotFound
from shared.platform.service.authority import NotInThisSituation, NotInThisState, WrongRole
from tests.services.cases.desk import (
    CAMPAIGN,
    CHECKED,
    COUNTY,
    DIRECTOR,
    GAOPING,
    OFFICE,
    RESULT,
    STEP,
    ZEZHOU,
    Desk,
    bring,
)

# The notice, as a person reads it: command | who | when. Units act on their own cases, groups on their counties'.
WRITTEN = """
transfer        | office director                           | opened
sign-for        | county principal                          | transferred
request-return  | county principal                          | transferred signed_for
accept-return   | office director                           | transferred signed_for handling
refuse-return   | office director                           | transferred signed_for handling
assign-handler  | county principal                          | signed_for handling
record-step     | county principal station                  | signed_for handling
remark          | county principal station group office director | opened transferred signed_for handling reported reviewed closed
request-extension | county principal                        | signed_for handling
grant-extension | director                                  | signed_for handling
refuse-extension | office director                          | signed_for handling
approve-plan    | director                                  | signed_for handling
refuse-plan     | office director                           | signed_for handling
report-interim  | county principal                          | signed_for handling
report-result   | county principal                          | signed_for handling
decide-penalty-proceeding | principal                       | handling reported reviewed
review-result   | office director                           | reported
reject-result   | office director                           | reported reviewed
close           | director                                  | reviewed
record-decision | principal director                        | closed
open-accident   | office director taskforce                 | opened transferred signed_for handling reported reviewed closed
reopen          | director                                  | closed
suspect-false-closure | group office director               | closed
reply           | county principal                          | closed
appoint-verification | office director                      | transferred signed_for handling reported reviewed closed
verify-escalation | group                                   | transferred signed_for handling reported reviewed closed
impose-accountability | director taskforce                  | opened transferred signed_for handling reported reviewed closed
start-key-supervision | office director                     | opened transferred signed_for handling reported reviewed closed
end-key-supervision | group                                 | opened transferred signed_for handling reported reviewed closed
"""  # noqa: E501 – a table
TABLE = {
    command.strip(): (frozenset(who.split()), frozenset(when.split()))
    for command, who, when in (line.split("|") for line in WRITTEN.strip().splitlines())
}
SUPERVISED: dict[str, Any] = {"reason": "属实。", "measures": "驻点督导。", "recheck_by": "2022-03-10"}
SUSPECTED = {"source": "return_visit", **CHECKED}
PLAN: dict[str, Any] = {
    "text": "正在整改。", "plan": "更换阀门。", "planned_for": "2022-03-01", "reason": "等待配件。",
    "guard": "专人值守。",
}  # fmt: skip
FIELDS: dict[str, dict[str, Any]] = {
    "request-return": {"reason": "unclear", "text": "地址不清。"},
    "refuse-return": {"text": "要素齐全。"},
    "assign-handler": {"officer": "p-zezhou-2"},
    "record-step": STEP,
    "remark": {"text": "已联系。"},
    "request-extension": {"until": "2022-02-11", "reason": "等待检验报告。"},
    "refuse-extension": {"text": "时间足够。"},
    "report-interim": {"text": "正在整改。"},
    "refuse-plan": {"text": "可以按期完成。"},
    "report-result": RESULT,
    "record-decision": {
        "measure": "suspension",
        "number": "泽市监复〔2022〕1号",
        "on": "2022-01-21",
        "outcome": "passed",
    },
    "decide-penalty-proceeding": {"proceeding": True},
    "reject-result": {"reason": "没有附处罚决定书。"},
    "reopen": {"reason": "回访不属实。"},
    "suspect-false-closure": SUSPECTED,
    "reply": {"text": "已整改。"},
    "verify-escalation": {"found": True, **CHECKED},
    "impose-accountability": {"ground": "overdue"},
    "start-key-supervision": SUPERVISED,
    "end-key-supervision": {"conclusion": "已整改到位。"},
}
OWN = {"county": ZEZHOU, "principal": ZEZHOU, "station": ZEZHOU, "group": "g1"}
OTHERS = {"county": GAOPING, "principal": GAOPING, "station": GAOPING, "group": "g3"}


def ready_for(command: str, state: str) -> tuple[Desk, UUID]:
    """A case of 泽州 in a state, in which what the command answers has happened, where it can have."""
    desk = Desk()
    case = desk.tipped()
    if state == TAKEN_BACK:
        return desk, bring(desk, state, case=case)
    if command in ("accept-return", "refuse-return") and state in ("transferred", "signed_for", "handling"):
        desk.give("request-return", bring(desk, "transferred", case=case), COUNTY, **FIELDS["request-return"])
    if command in ("grant-extension", "refuse-extension") and state in ("signed_for", "handling"):
        desk.give("request-extension", bring(desk, "signed_for", case=case), COUNTY, **FIELDS["request-extension"])
    if command in ("approve-plan", "refuse-plan") and state in ("signed_for", "handling"):
        desk.give("report-interim", bring(desk, "signed_for", case=case), COUNTY, **PLAN)
    if command in ("impose-accountability", "end-key-supervision"):
        desk.give("start-key-supervision", case, OFFICE, **SUPERVISED)
    if command in ("appoint-verification", "verify-escalation"):
        escalate(desk, case, state)
        if command == "verify-escalation" and state != "opened":
            desk.give("appoint-verification", case, OFFICE)
    bring(desk, state, case=case)
    if command == "reply" and state == "closed":
        desk.give("suspect-false-closure", case, OFFICE, **SUSPECTED)
    return desk, case


def escalate(desk: Desk, case: UUID, state: str) -> None:
    """An escalation that waits for its verifier when the case is in `state`."""
    if state == "transferred":
        desk.give("transfer", case, DIRECTOR, feedback_by="2022-01-24")
        desk.wait_until("2022-01-25 00:00")
    elif state == "closed":
        desk.give("suspect-false-closure", bring(desk, "closed", case=case), OFFICE, **SUSPECTED)
        desk.wait_until("2022-01-27 00:00")
    elif state != "opened":
        bring(desk, "signed_for", case=case)
        desk.wait_until("2022-01-29 00:00")


@pytest.mark.parametrize("command", sorted(TABLE))
def test_only_those_whom_the_notice_names_may_give_a_command_and_only_when_it_says(command: str) -> None:
    roles, states = TABLE[command]
    for state in STATES:
        desk, case = ready_for(command, state)
        assert desk.case(case).state == state
        for role in ROLES:
            for unit in {OWN.get(role, "city"), OTHERS.get(role, "city")}:
                refusal = desk.rehearse(command, case, Actor(f"p-{role}", role, unit), **FIELDS.get(command, {}))
                if role not in roles:
                    expected: type[Refusal | NotFound] | None = WrongRole
                elif unit != OWN.get(role, "city"):
                    expected = NotFound  # it is not theirs to know of
                elif (command, role, state) == ("report-result", "principal", "signed_for"):
                    expected = NoStepYet  # an officer may draft; nothing is signed of which nothing was done
                else:
                    expected = None if state in states else NotInThisState
                assert (type(refusal) if refusal else None) is expected, (state, role, unit, refusal)


@pytest.mark.parametrize("command", sorted(one.name for one in COMMANDS if one.permission.needs))
def test_a_command_that_answers_something_is_refused_while_there_is_nothing_to_answer(command: str) -> None:
    roles, states = TABLE[command]
    desk = Desk()
    case = bring(desk, sorted(states, key=STATES.index)[-1])
    role = sorted(roles)[0]
    refusal = desk.rehearse(command, case, Actor("p", role, OWN.get(role, "city")), **FIELDS.get(command, {}))
    assert isinstance(refusal, NotInThisSituation)
    assert refusal.sentence in authority.NEEDED.values()


def test_every_situation_that_the_table_names_has_its_sentence() -> None:
    rows = [command.permission for command in COMMANDS]
    assert {row.needs[0] for row in rows if row.needs} == set(authority.NEEDED)
    assert {bar for row in rows for bar in row.bars} == set(authority.BARRING)


def test_the_table_of_the_code_has_no_command_that_the_notice_does_not_have() -> None:
    assert {command.name for command in COMMANDS} == set(TABLE)


@pytest.mark.parametrize("command", sorted(TABLE))
def test_who_may_not_is_told_who_may(command: str) -> None:
    with pytest.raises(WrongRole) as refused:
        authority.AUTHORITY.check_role(COMMANDS[command].permission, Actor("p", "police", "city"))
    names = {"office": "市局办公室", "director": "办公室主任", "county": "承办人", "principal": "主要负责人"}
    names |= {"station": "市场监管所", "group": "督导工作组", "taskforce": "专项工作组"}
    assert {role for role, name in names.items() if name in refused.value.sentence} == TABLE[command][0]
    assert refused.value.sentence.endswith("请转有权人员。")


def test_who_comes_too_early_is_told_the_present_state_and_the_right_one() -> None:
    row = COMMANDS["close"].permission
    with pytest.raises(NotInThisState) as refused:
        authority.check_now(row, "handling", frozenset())
    assert STATE_NAMES["handling"] in refused.value.sentence
    assert STATE_NAMES["reviewed"] in refused.value.sentence


def test_a_county_learns_nothing_of_another_countys_case_neither_officers_nor_version() -> None:
    desk = Desk()
    case = bring(desk, "signed_for")
    stranger = Actor("p-gaoping-1", "county", GAOPING)
    with pytest.raises(NotFound):
        desk.give("assign-handler", case, stranger, officer="p-nobody")
    with pytest.raises(NotFound):
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
def test_who_may_not_at_all_is_told_that_before_anything_about_the_fields(command: str, fields: dict[str, Any]) -> None:
    desk = Desk()
    case = desk.tipped()
    with pytest.raises(NotAllowed):
        desk.give(command, case, Actor("p-auditor", "auditor", "city"), **fields)


def test_a_county_that_signs_before_the_letter_is_out_is_told_to_wait_for_it() -> None:
    desk = Desk()
    with pytest.raises(NotInThisState, match="已移交待签收"):
        desk.give("sign-for", desk.tipped(), COUNTY)


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
        desk.give("report-result", case, station, **RESULT)


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


@pytest.mark.parametrize(("role", "person"), [("county", "p-enforcement-1"), ("principal", "p-enforcement")])
def test_a_unit_that_is_no_county_opens_no_case_for_itself(role: str, person: str) -> None:
    with pytest.raises(Invalid, match="没有这个单位代码") as refused:
        Desk().open(Actor(person, role, "enforcement-team"))
    assert refused.value.allowed == tuple(county.code for county in CAMPAIGN.units)


def test_an_unknown_unit_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(Invalid) as refused:
        Desk().open(OFFICE, unit="140599")
    assert (refused.value.field, ZEZHOU in refused.value.allowed) == ("unit", True)
