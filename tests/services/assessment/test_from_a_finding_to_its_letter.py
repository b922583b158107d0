"""A finding from the inspection to its letter's feedback date, over *assessment* and *cases*."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shared.kernel.contracts.internal.assessment import FindingRecorded
from shared.platform.event_store import canonical, typed
from tests.services.assessment.bureau import COUNTY, MEMBER, ZEZHOU, Bureau, at
from tests.services.cases.desk import DIRECTOR, Desk, running

FRIDAY = "2022-01-21 10:00"


def found(by: Any, **fields: Any) -> tuple[Desk, UUID]:
    """What somebody's inspection found, as *cases* hears of it."""
    bureau, desk = Bureau(), Desk(at(FRIDAY))
    bureau.wait_until(FRIDAY)
    bureau.inspect(by, unit=ZEZHOU, enterprise="乙厂", findings=[{"matter": "安全阀失效", **fields}])
    (said,) = [data for name, data in bureau.messages(public=False) if name == "FindingRecorded"]
    desk.hear("assessment", typed.decode(canonical.encode(said), FindingRecorded))
    return desk, UUID(said["finding"])


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({}, "2022-02-10 00:00"),
        ({"major": True}, "2022-02-24 00:00"),
        ({"danger": True}, "2022-01-29 00:00"),
        ({"major": True, "danger": True}, "2022-01-29 00:00"),
    ],
)
def test_a_groups_finding_has_its_window_in_the_letter(fields: dict[str, Any], due: str) -> None:
    desk, case = found(MEMBER, **fields)
    desk.give("transfer", case, DIRECTOR)
    assert running(desk.case(case).feedback).due == at(due)


def test_what_a_county_found_itself_has_the_same_window_at_once() -> None:
    desk, case = found(COUNTY, major=True)
    assert running(desk.case(case).feedback).due == at("2022-02-24 00:00")
