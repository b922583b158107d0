"""A bureau in which everything has happened."""

from __future__ import annotations

import pytest

from tests.services.assessment import contradicting
from tests.services.assessment.bureau import (
    COUNTY,
    DIRECTOR,
    LEADER,
    OFFICE,
    PRINCIPAL,
    TASKFORCE,
    ZEZHOU,
    Bureau,
)
from tests.support.running import case_id

SECRET = "此乃自由文字"  # what must not leave the service
PARTS = ["要旨", "案情", "结果", "剖析", "建议"]


def everything_happens() -> Bureau:
    """A bureau in which every kind of event has happened, with free text wherever there can be any."""
    bureau = Bureau()
    bureau.file(COUNTY, "plan", ZEZHOU, title=SECRET, text=SECRET)
    bureau.wait_until("2021-12-31 14:00")
    bureau.submit(PRINCIPAL, ZEZHOU, 1)
    bureau.submit(LEADER, "g1", 1)
    bureau.sign(PRINCIPAL, ZEZHOU, "2021-12")
    bureau.file(
        COUNTY, "typical-case", ZEZHOU, title=SECRET, period="1", keywords=["甲", "乙", SECRET],
        parts=[SECRET, *PARTS[1:]],
    )  # fmt: skip
    bureau.hold(TASKFORCE, ZEZHOU, "2021-12")
    bureau.wait_until("2022-01-05 09:00")
    bureau.send_back(OFFICE, ZEZHOU, 1)
    bureau.correct(PRINCIPAL, ZEZHOU, 1)
    bureau.inspect(COUNTY, enterprise=SECRET, place=SECRET, findings=[{"matter": SECRET, "major": True}])
    found = {"matter": SECRET, "major": True}
    (case,) = bureau.inspect(LEADER, unit=ZEZHOU, enterprise="乙厂", findings=[found])["findings"]
    bureau.told(contradicting.closed(case, "not_borne_out", origin="inspection"))
    bureau.told(contradicting.opened(case_id(2), SECRET, "2022-01-04 09:00"))
    bureau.draw(OFFICE, "2021-12")
    bureau.publish(DIRECTOR, "2021-12")
    return bureau


@pytest.fixture(scope="module")
def eventful() -> Bureau:
    return everything_happens()
