"""A desk on which everything has happened."""

from __future__ import annotations

import pytest

from tests.services.cases.desk import COUNTY, DIRECTOR, OFFICE, PRINCIPAL, SECRET, STEP, Desk


@pytest.fixture(scope="module")
def eventful() -> Desk:
    """A desk on which every kind of event has happened, with free text wherever there can be any."""
    desk = Desk()
    case = desk.hear(matter=SECRET, enterprise=SECRET, place=SECRET)
    desk.give("transfer", case, OFFICE, matter=SECRET, attachments=[SECRET])
    desk.give("transfer", case, DIRECTOR)
    desk.wait_until("2022-01-26 09:00")
    desk.give("assign-handler", case, COUNTY, officer="p-zezhou-2", station="140525-bagong")
    desk.give("remark", case, COUNTY, text=SECRET)
    desk.wait_until("2022-02-10 09:00")
    desk.give("record-step", case, COUNTY, **STEP | {"text": SECRET, "evidence": [SECRET]})
    desk.give("report-result", case, COUNTY, text=SECRET, evidence=[SECRET])
    desk.give("report-result", case, PRINCIPAL)
    desk.give("reject-result", case, OFFICE, reason=SECRET)
    desk.give("report-result", case, PRINCIPAL, text=SECRET)
    desk.give("review-result", case, OFFICE, opinion=SECRET)
    desk.give("close", case, DIRECTOR)
    desk.give("reopen", case, DIRECTOR, reason=SECRET)
    return desk
