"""Inspections: who may record which, what is told to *cases*, what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from services.assessment.domain.errors import AnotherUnit
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.authority import WrongRole
from tests.services.assessment.bureau import (
    COUNTY,
    DIRECTOR,
    GAOPING,
    LEADER,
    MEMBER,
    OFFICE,
    PRINCIPAL,
    TASKFORCE,
    ZEZHOU,
    Bureau,
    at,
)

FINDING = {"matter": "安全阀失效", "violation": "risks_not_controlled", "danger": True}


@pytest.mark.parametrize(
    ("by", "unit", "inspector"),
    [(COUNTY, ZEZHOU, ZEZHOU), (PRINCIPAL, None, ZEZHOU), (MEMBER, ZEZHOU, "g1"), (LEADER, ZEZHOU, "g1"),
     (OFFICE, GAOPING, "city"), (DIRECTOR, ZEZHOU, "city")],
)  # fmt: skip
def test_counties_inspect_at_home_groups_in_their_counties_and_the_office_everywhere(
    by: Any, unit: str | None, inspector: str
) -> None:
    bureau = Bureau()
    bureau.inspect(by, enterprise="甲气站", **({"unit": unit} if unit else {}))
    ((_, data),) = bureau.messages(public=True)
    assert (data["inspector"], data["unit"], data["findings"]) == (inspector, unit or ZEZHOU, 0)


@pytest.mark.parametrize(
    ("by", "unit", "refused"),
    [(COUNTY, GAOPING, AnotherUnit), (MEMBER, GAOPING, AnotherUnit), (TASKFORCE, ZEZHOU, WrongRole)],
)
def test_nobody_inspects_elsewhere(by: Any, unit: str, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        Bureau().inspect(by, unit=unit, enterprise="甲气站")


def test_each_finding_is_told_to_cases_once_with_all_that_the_letter_needs() -> None:
    bureau = Bureau()
    answer = bureau.inspect(
        MEMBER, unit=ZEZHOU, enterprise="甲气站", place="巴公镇", target="cylinder_filling",
        findings=[FINDING, {"matter": "台账不全"}],
    )  # fmt: skip
    found = [data for name, data in bureau.messages(public=False) if name == "FindingRecorded"]
    assert [one["finding"] for one in found] == answer["findings"]
    assert found[0] == {
        "finding": answer["findings"][0], "inspection": answer["inspection"], "unit": ZEZHOU, "inspector": "g1",
        "matter": "安全阀失效", "found_at": "2021-12-28T09:00:00+08:00", "enterprise": "甲气站", "place": "巴公镇",
        "violation": "risks_not_controlled", "target": "cylinder_filling", "matters": [], "danger": True,
        "major": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"unit": "999999"}, "unit"),
        ({"target": "toy"}, "target"),
        ({"grade": "best"}, "grade"),
        ({"findings": [FINDING | {"violation": "rude"}]}, "findings/violation"),
        ({"findings": [FINDING | {"matters": ["weather"]}]}, "findings/matters"),
        ({"at": "2021-12-28T09:06:00+08:00"}, "at"),
    ],
)
def test_a_value_that_cannot_be_is_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Bureau().inspect(OFFICE, **{"unit": ZEZHOU, "enterprise": "甲气站"} | fields)
    assert refusal.value.field == field


def test_an_inspection_counts_when_it_was_recorded_so_that_what_was_signed_before_stays_as_it_was() -> None:
    bureau = Bureau(at("2022-01-10 09:00"))
    bureau.inspect(COUNTY, enterprise="甲气站", equipment=3, at="2022-01-03T09:00:00+08:00", findings=[FINDING])
    early, late = bureau.tally("2022-01-10 09:00"), bureau.tally("2022-01-10 10:00")
    assert [one.figure("equipment", ZEZHOU) for one in (early, late)] == [0, 3]
    assert [one.figure("hazards_found", ZEZHOU) for one in (early, late)] == [0, 1]
