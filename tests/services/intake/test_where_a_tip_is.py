"""The tracking page in plain words: who has the tip, by when an answer is due, what comes next, what one can do."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args
from uuid import UUID

import pytest

from services.intake.domain import loop
from services.intake.domain.values import Account, Suggestion
from services.intake.queries import LoopRow, TipRow
from services.intake.web.tracking import Phase, Tracked, phase_of
from services.intake.web.whereabouts import HEADINGS, Whereabouts, whereabouts
from shared.kernel.contracts.steps import LoopStage, LoopStep, StageName
from tests.services.intake.desk import CAMPAIGN, NOON, at

TIP = UUID("0190a5c0-0000-7000-8000-000000000001")
TRANSFER, ANSWER = at("2022-01-25 00:00"), at("2022-02-10 00:00")
NAME = "泽州县市场监督管理局"


def tip(state: str = "triaged") -> TipRow:
    return TipRow(
        id=TIP, version=1, state=state, kind="tip", source="web", mode="anonymous", danger=False, in_period=True,
        received_at=NOON, triage_due=at("2022-01-21 16:00"), triaged_at=None, category=None, occurred_at=None,
        external_no=None, account=Account(), suggestion=Suggestion(), unit="140525", matter=None, enterprise=None,
        place=None, violation=None, target=None, reason=None, channel=None, triaged_by=None, raised_to=None,
    )  # fmt: skip


def case(state: str, stage: StageName | None = None, due: datetime | None = None, **changed: Any) -> LoopRow:
    """The loop as *cases* tells it; `changed` replaces steps by name."""
    sent = LoopStep("transferred", "done", NOON, "（特设）移〔2022〕17号", LoopStage(stage, due) if stage else None)
    steps = {step.name: step for step in loop.steps("triaged", NOON, NOON, NOON)} | {"transferred": sent} | changed
    answer = None if state == "opened" and "again" not in changed else ANSWER
    steps.pop("again", None)
    return LoopRow("c", "140525", state, tuple(steps.values()), answer)


def waiting(note: str = "待签发交办书") -> LoopStep:
    return LoopStep("transferred", "current", TRANSFER, note)


def read(row: TipRow, found: LoopRow | None, now: datetime = NOON) -> Whereabouts:
    steps = found.steps if found is not None else loop.steps(row.state, NOON, row.triage_due, NOON)
    phase, due = phase_of(row, found, steps)
    tracked = Tracked(TIP, row.state, phase, "tip", NOON, steps, "140525", due, None, [])
    return whereabouts(tracked, CAMPAIGN, now, "zh")


def test_while_it_is_sorted_the_date_of_an_answer_is_not_known() -> None:
    found = read(tip("received"), None)
    assert (found.heading, found.has_it) == ("正在梳理", "市局办公室")
    assert found.answer == "转办后告知。2022年1月21日 16:00 前确定由哪个单位办理"


def test_the_date_of_the_offices_letter_is_not_said_to_be_that_of_the_answer() -> None:
    found = read(tip(), case("opened", transferred=waiting()))
    assert (found.heading, found.has_it) == (f"将由{NAME}办理", "市局办公室")
    assert found.answer == "转办后告知。2022年1月24日 24:00 前签发交办书"
    assert found.next == (f"交办书发出后，这里会写明{NAME}在哪一天前答复。",)


@pytest.mark.parametrize("stage", ["to_sign_for", "handling"])
def test_once_the_letter_is_out_the_answer_is_due_on_its_feedback_date(stage: StageName) -> None:
    state = "transferred" if stage == "to_sign_for" else "handling"
    due = at("2022-01-26 00:00") if stage == "to_sign_for" else ANSWER
    found = read(tip(), case(state, stage, due))
    assert found.has_it.startswith(NAME)
    assert found.answer == f"2022年2月9日 24:00 前由{NAME}答复"


def test_what_comes_after_the_answer_is_told_with_how_long_it_takes() -> None:
    (after,) = read(tip(), case("handling", "handling", ANSWER)).next
    for said in (f"{NAME}答复后", "3 个工作日内审核", "2 个工作日内办结", "5 个工作日内公开结果"):
        assert said in after


def test_a_later_date_that_the_office_granted_is_the_one_that_is_told() -> None:
    later = read(tip(), case("handling", "handling", at("2022-02-17 00:00")))
    assert later.answer == f"2022年2月16日 24:00 前由{NAME}答复"


def test_what_is_overdue_is_said_to_be_and_who_verifies_it() -> None:
    raised = LoopStep("escalated", "alarm", ANSWER, "未按期办结")
    found = read(tip(), case("handling", "handling", ANSWER, escalated=raised), ANSWER)
    assert found.late
    assert found.answer == f"应在 2022年2月9日 24:00 前由{NAME}答复，已超期"
    assert found.next[0].startswith("市局已提级核查")


def test_a_date_that_stands_still_is_said_to_be_fixed_later() -> None:
    assert read(tip(), case("handling", "handling", None)).answer == "事故调查启动后确定"


def test_an_answer_that_the_office_has_is_reviewed_then_closed() -> None:
    reviewed = read(tip(), case("reported", "to_review", at("2022-01-27 00:00")))
    assert (reviewed.heading, reviewed.has_it) == (f"{NAME}已答复，办公室正在审核", "市局办公室")
    assert reviewed.answer == "单位已答复，2022年1月26日 24:00 前审核完毕"
    closing = read(tip(), case("reviewed", "to_close", at("2022-01-27 00:00")))
    assert closing.answer == "单位已答复，审核已通过，2022年1月26日 24:00 前办结"


def test_a_letter_that_was_given_back_leaves_no_date_of_an_answer() -> None:
    found = read(tip(), case("opened", transferred=waiting("已退回，待另行交办"), again=True))
    assert found.heading == "正在另行交办"
    assert found.answer == "转办后告知。原单位已退回，2022年1月24日 24:00 前另行签发交办书"


@pytest.mark.parametrize(
    ("disclosed", "answer"),
    [
        (LoopStep("disclosed", "due", ANSWER, ""), "已答复，2022年2月9日 24:00 前公开办理结果"),
        (LoopStep("disclosed", "done", NOON, ""), "已答复，办理结果已公开"),
        (LoopStep("disclosed", "not_needed", None, ""), "已答复，涉及工作人员，不公开"),
    ],
)
def test_a_closed_tip_says_what_becomes_of_its_result_and_what_to_do_if_nothing_was_solved(
    disclosed: LoopStep, answer: str
) -> None:
    found = read(tip(), case("closed", disclosed=disclosed))
    assert (found.heading, found.answer) == (f"已由{NAME}办结", answer)
    assert any("可以重新核查" in one for one in found.can)


@pytest.mark.parametrize("state", ["dismissed", "referred_elsewhere"])
def test_what_ended_without_a_case_is_owed_no_answer_and_can_be_reported_again(state: str) -> None:
    found = read(tip(state), None)
    assert found.answer is None
    assert found.can[0] == "有新的情况，请重新举报，并写明曾经举报过"


def test_what_was_told_before_there_were_stages_has_the_letters_date() -> None:
    assert read(tip(), case("handling")).answer == f"2022年2月9日 24:00 前由{NAME}答复"


def test_whoever_is_in_danger_is_always_told_whom_to_call() -> None:
    assert set(HEADINGS) == set(get_args(Phase))
    for found in (read(tip("received"), None), read(tip("dismissed"), None), read(tip(), case("closed"))):
        assert "拨打 119" in found.can[-1]
