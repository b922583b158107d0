"""The steps of a case for given/when/then: commands as people give them, and what time does, with usual facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.cases import rules
from services.cases.domain.case import Case
from services.cases.domain.values import Deadline, Matter
from services.cases.handlers import CASE
from services.cases.projections import PROJECTOR
from services.cases.publishers import publisher_of
from shared.kernel.commands import Setting
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.ids import new_id
from shared.platform.event_store.session import Reactions, Session
from shared.platform.service.command import Context, check_choices
from tests.services.cases.desk import (
    CAMPAIGN,
    COUNTY,
    DIRECTOR,
    FRIDAY_BEFORE_NEW_YEAR,
    GROUP,
    OFFICE,
    PRINCIPAL,
    RESULT,
    ZEZHOU,
    at,
    envelope,
)
from tests.support.in_memory import MAPPER, Memory
from tests.support.scenario import Step

WHEN = FRIDAY_BEFORE_NEW_YEAR
REACTIONS = Reactions(PROJECTOR.project, publisher_of(CAMPAIGN).publish, lambda _: {})


def opened(**matter: Any) -> Step:
    """From a tip, at half past five on the Friday before the New Year week."""
    tip = {"text": "涉嫌充装超期未检气瓶", "source": "hotline", "received_at": at("2022-01-21 15:00")}
    facts: dict[str, Any] = tip | matter
    found = Matter(**facts)
    transfer = rules.a_triaged_tip_is_transferred_in_time(CAMPAIGN, WHEN, found, WHEN)
    return lambda _: Case.open(
        envelope(OFFICE), id=new_id(), origin="tip", unit=ZEZHOU, group="g1", matter=found, tip="t", transfer=transfer
    )


def given_by(by: Actor, when: datetime, command: str, **fields: Any) -> Step:
    """The command as the lane runs it, but that nothing is saved."""

    def step(case: Case) -> None:
        row = CASE.commands[command]
        body = row.body.model_validate(fields)
        session = Session(Memory(), REACTIONS, MAPPER.to_stored_event)  # type: ignore[arg-type]
        context = Context(Setting(CAMPAIGN), session, envelope(by, when), {"case": str(case.id)})
        CASE.check(row.permission, by, case, Setting(CAMPAIGN))
        check_choices(body, context.setting, case)
        row.function(context, case, body)

    return step


def drafted(by: Actor = OFFICE) -> Step:
    return given_by(by, WHEN, "transfer")


def transferred(by: Actor = DIRECTOR, when: datetime = WHEN, to: str | None = None) -> Step:
    return given_by(by, when, "transfer", **({"unit": to} if to else {}))


def signed_for(by: Actor = COUNTY, when: datetime = WHEN) -> Step:
    return given_by(by, when, "sign-for")


def step_taken(by: Actor = COUNTY, evidence: tuple[str, ...] = ("检查记录 1",), when: datetime = WHEN) -> Step:
    return given_by(by, when, "record-step", step="site_inspection", text="已到现场。", evidence=evidence)


def remarked(by: Actor = COUNTY, when: datetime = WHEN) -> Step:
    return given_by(by, when, "remark", text="已电话联系。")


def result_drafted(text: str = "拟稿", by: Actor = COUNTY) -> Step:
    return given_by(by, WHEN, "report-result", **RESULT | {"text": text})


def result_signed(text: str | None = "已责令停用。", by: Actor = PRINCIPAL, when: datetime = WHEN) -> Step:
    return given_by(by, when, "report-result", **(RESULT | {"text": text} if text is not None else {}))


def result_accepted(by: Actor = OFFICE, when: datetime = WHEN) -> Step:
    return given_by(by, when, "review-result")


def result_sent_back(by: Actor = OFFICE, when: datetime = WHEN) -> Step:
    return given_by(by, when, "reject-result", reason="没有附处罚决定书。")


def closed(by: Actor = DIRECTOR, when: datetime = WHEN) -> Step:
    return given_by(by, when, "close")


def reopened(by: Actor = DIRECTOR, when: datetime = WHEN) -> Step:
    return given_by(by, when, "reopen", reason="回访不属实。")


def appointed(trigger: str, verifier: str = "g1", by: Actor = OFFICE, when: datetime = WHEN) -> Step:
    return given_by(by, when, "appoint-verification", trigger=trigger, verifier=verifier)


def found(trigger: str | None = None, by: Actor = GROUP, when: datetime = WHEN) -> Step:
    return given_by(
        by, when, "verify-escalation", trigger=trigger, found=True, text="已复核。", evidence=("核查记录 1",)
    )


def cleared(trigger: str | None = None, by: Actor = GROUP, when: datetime = WHEN) -> Step:
    return given_by(
        by, when, "verify-escalation", trigger=trigger, found=False, text="已复核。", evidence=("核查记录 1",)
    )


def signing_window_over(when: datetime) -> Step:
    return lambda case: case.deem_signed_for(envelope(OFFICE, when), first_step_of(case, when))


def first_step_of(case: Case, when: datetime) -> Deadline | None:
    return rules.the_first_step_follows_the_letter(CAMPAIGN, case, when)


def feedback_date_over(when: datetime) -> Step:
    return lambda case: case.raise_overdue(envelope(OFFICE, when))


def first_step_over(when: datetime) -> Step:
    return lambda case: case.raise_idle(envelope(OFFICE, when))
