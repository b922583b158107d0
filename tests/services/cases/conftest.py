"""A desk on which everything has happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.kernel.contracts.internal.assessment import BulletinPublished
from shared.kernel.contracts.internal.notify import DisclosurePublished
from tests.services.cases.desk import COUNTY, DIRECTOR, FINED, GROUP, OFFICE, PRINCIPAL, RESULT, SECRET, STEP, Desk

SAID = RESULT | {"text": SECRET, "evidence": [SECRET]}
BULLETIN = "0190a5c0-0000-7000-8000-0000000000b1"


def everything_happens() -> Desk:
    """A desk on which every kind of event has happened, with free text wherever there can be any."""
    desk = Desk()
    case = desk.tipped(matter=SECRET, enterprise=SECRET, place=SECRET)
    verified: dict[str, Any] = {"text": SECRET, "evidence": [SECRET]}
    desk.give("transfer", case, OFFICE, matter=SECRET, attachments=[SECRET])
    desk.sign("transfer", case, DIRECTOR)
    desk.give("request-return", case, COUNTY, reason="unclear", text=SECRET)
    desk.give("refuse-return", case, OFFICE, text=SECRET)
    desk.wait_until("2022-01-26 09:00")
    desk.give("assign-handler", case, COUNTY, officer="p-zezhou-2", station="140525-bagong")
    desk.give("remark", case, COUNTY, text=SECRET)
    desk.give("request-extension", case, COUNTY, until="2022-02-10", reason=SECRET)
    desk.give("refuse-extension", case, OFFICE, text=SECRET)
    desk.give("request-extension", case, PRINCIPAL, until="2022-02-11", reason=SECRET)
    desk.give("grant-extension", case, DIRECTOR)
    desk.give("report-interim", case, COUNTY, text=SECRET)
    plan: dict[str, Any] = {
        "text": SECRET,
        "plan": SECRET,
        "planned_for": "2022-02-14",
        "reason": SECRET,
        "guard": SECRET,
    }
    desk.give("report-interim", case, COUNTY, **plan)
    desk.give("refuse-plan", case, OFFICE, text=SECRET)
    desk.give("report-interim", case, COUNTY, **plan)
    desk.give("approve-plan", case, DIRECTOR)
    desk.wait_until("2022-02-15 09:00")
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=False, **verified)
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=True, **verified)
    desk.give("impose-accountability", case, DIRECTOR, ground="overdue", people=1, posts=SECRET, publish=True)
    desk.give("open-accident", case, OFFICE, number="晋市安事〔2022〕1号")
    desk.give("start-key-supervision", case, OFFICE, reason=SECRET, measures=SECRET, recheck_by="2022-03-10")
    desk.give("end-key-supervision", case, GROUP, conclusion=SECRET)
    desk.give("record-step", case, COUNTY, **STEP | verified)
    desk.give("decide-penalty-proceeding", case, PRINCIPAL, proceeding=True, number=SECRET, reason=SECRET)
    desk.give("report-result", case, COUNTY, **SAID)
    desk.sign("report-result", case, PRINCIPAL)
    desk.give("reject-result", case, OFFICE, reason=SECRET)
    desk.give("report-result", case, PRINCIPAL, **SAID)
    desk.give("review-result", case, OFFICE, opinion=SECRET)
    desk.give("close", case, DIRECTOR)
    desk.give("record-decision", case, PRINCIPAL, **FINED | {"below_maximum": SECRET})
    desk.hear("notify", DisclosurePublished("d-1", str(case), "140525", desk.clock.now()))
    desk.hear("assessment", BulletinPublished(BULLETIN, "2022-02", desk.clock.now(), (str(case),)))
    desk.give("suspect-false-closure", case, OFFICE, source="return_visit", **verified)
    desk.give("reply", case, COUNTY, **verified)
    desk.give("appoint-verification", case, OFFICE)
    desk.give("verify-escalation", case, GROUP, found=True, **verified)
    other = desk.tipped(tip="0190a5c0-0000-7000-8000-000000000002", matter=SECRET)
    desk.give("transfer", other, DIRECTOR)
    desk.give("request-return", other, COUNTY, reason="not_our_duty", text=SECRET)
    desk.give("accept-return", other, OFFICE)
    danger = desk.tipped(tip="0190a5c0-0000-7000-8000-000000000005", matter=SECRET, danger=True)
    desk.give("transfer", danger, DIRECTOR)
    desk.wait_until(f"{desk.clock.now() + timedelta(days=4):%Y-%m-%d %H:%M}")
    desk.abandon(desk.tipped(tip="0190a5c0-0000-7000-8000-000000000003", matter=SECRET), desk.take_back)
    before = desk.copied()
    desk.give("transfer", desk.tipped(tip="0190a5c0-0000-7000-8000-000000000004", matter=SECRET), DIRECTOR)
    desk.put_back(before)
    desk.forget(desk.remember, before.told)
    return desk


@pytest.fixture(scope="module")
def eventful() -> Desk:
    return everything_happens()
