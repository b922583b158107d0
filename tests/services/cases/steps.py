"""The steps of a case for given/when/then: one function per command of the aggregate, with usual facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.cases import letters, rules
from services.cases.commands import Transfer
from services.cases.domain.case import Case
from services.cases.domain.values import Deadline, Matter, Officer, Result
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import new_id
from tests.services.cases.desk import (
    CAMPAIGN,
    COUNTY,
    DIRECTOR,
    FRIDAY_BEFORE_NEW_YEAR,
    GROUP,
    OFFICE,
    PRINCIPAL,
    ZEZHOU,
    at,
    envelope,
)
from tests.support.scenario import Step

WHEN = FRIDAY_BEFORE_NEW_YEAR


def opened(**matter: Any) -> Step:
    """From a tip, at half past five on the Friday before the New Year week."""
    facts = {"text": "涉嫌充装超期未检气瓶", "source": "hotline", "received_at": at("2022-01-21 15:00")} | matter
    found = Matter(**facts)
    transfer = rules.a_triaged_tip_is_transferred_in_time(CAMPAIGN, WHEN, found)
    return lambda _: Case.open(
        envelope(OFFICE), id=new_id(), origin="tip", unit=ZEZHOU, group="g1", matter=found, tip="t", transfer=transfer
    )


def drafted(by: Actor = OFFICE) -> Step:
    return lambda case: case.draft_transfer(envelope(by), letters.compose(CAMPAIGN, case, Transfer()))


def transferred(by: Actor = DIRECTOR, when: datetime = WHEN, to: str | None = None) -> Step:
    feedback = rules.the_unit_answers_by_the_letters_date(CAMPAIGN, when, None, None)

    def step(case: Case) -> None:
        case.transfer(
            envelope(by, when),
            letter=letters.compose(CAMPAIGN, case, Transfer(unit=to)),
            number="（特设）移〔2022〕1号",
            signed_off_by=Officer("p-deputy-director", "纪怀瑾", "13000001004"),
            feedback=feedback,
            signing=rules.a_letter_is_signed_for_in_time(CAMPAIGN, when),
            first_step=rules.a_unit_that_signed_for_a_letter_must_act(CAMPAIGN, None, feedback),
            returnable=rules.a_letter_may_be_sent_back_in_time(CAMPAIGN, when),
        )

    return step


def signed_for(by: Actor = COUNTY, when: datetime = WHEN) -> Step:
    return lambda case: case.sign_for(envelope(by, when), first_step_of(case, when))


def first_step_of(case: Case, when: datetime) -> Deadline:
    assert case.feedback is not None
    return rules.a_unit_that_signed_for_a_letter_must_act(CAMPAIGN, when, case.feedback)


def step_taken(by: Actor = COUNTY, evidence: tuple[str, ...] = ("检查记录 1",), when: datetime = WHEN) -> Step:
    return lambda case: case.record_step(
        envelope(by, when), step="site_inspection", text="已到现场。", evidence=evidence, taken_at=None
    )


def remarked(by: Actor = COUNTY, when: datetime = WHEN) -> Step:
    return lambda case: case.remark(envelope(by, when), "已电话联系。")


def result_drafted(text: str = "拟稿", by: Actor = COUNTY) -> Step:
    return lambda case: case.draft_result(envelope(by), Result(text))


def result_signed(text: str | None = "已责令停用。", by: Actor = PRINCIPAL, when: datetime = WHEN) -> Step:
    review = rules.a_result_is_reviewed_in_time(CAMPAIGN, when)
    return lambda case: case.report_result(envelope(by, when), Result(text) if text else None, review)


def result_accepted(by: Actor = OFFICE, when: datetime = WHEN) -> Step:
    return lambda case: case.review_result(envelope(by, when), "同意办结")


def result_sent_back(by: Actor = OFFICE, when: datetime = WHEN) -> Step:
    return lambda case: case.reject_result(envelope(by, when), "没有附处罚决定书。")


def closed(by: Actor = DIRECTOR, when: datetime = WHEN) -> Step:
    return lambda case: case.close(envelope(by, when), rules.a_result_is_disclosed_in_time(CAMPAIGN, when))


def reopened(by: Actor = DIRECTOR, when: datetime = WHEN) -> Step:
    feedback = rules.the_unit_answers_by_the_letters_date(CAMPAIGN, when, None, None)
    first = rules.a_unit_that_signed_for_a_letter_must_act(CAMPAIGN, when, feedback)
    return lambda case: case.reopen(envelope(by, when), reason="回访不属实。", feedback=feedback, first_step=first)


def appointed(trigger: str, verifier: str = "g1", by: Actor = OFFICE, when: datetime = WHEN) -> Step:
    deadline = rules.an_escalation_is_verified_in_time(CAMPAIGN, when, trigger)
    return lambda case: case.appoint_verification(envelope(by, when), trigger, verifier, deadline)


def found(trigger: str | None = None, by: Actor = GROUP, when: datetime = WHEN) -> Step:
    return lambda case: case.find(envelope(by, when), trigger, **_checked(when))


def cleared(trigger: str | None = None, by: Actor = GROUP, when: datetime = WHEN) -> Step:
    return lambda case: case.clear(envelope(by, when), trigger, **_checked(when))


def _checked(when: datetime) -> dict[str, Any]:
    feedback = rules.the_unit_answers_by_the_letters_date(CAMPAIGN, when, None, None)
    first = rules.a_unit_that_signed_for_a_letter_must_act(CAMPAIGN, when, feedback)
    return {"text": "已复核。", "evidence": ("核查记录 1",), "feedback": feedback, "first_step": first}


def signing_window_over(when: datetime) -> Step:
    return lambda case: case.deem_signed_for(envelope(OFFICE, when), first_step_of(case, when))


def feedback_date_over(when: datetime) -> Step:
    return lambda case: case.raise_overdue(envelope(OFFICE, when))


def first_step_over(when: datetime) -> Step:
    return lambda case: case.raise_idle(envelope(OFFICE, when))
