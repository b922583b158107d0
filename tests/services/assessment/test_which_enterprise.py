"""Which names mean the same enterprise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.rules.enterprises import Names
from shared.kernel.campaign.rules import Enterprise
from tests.services.assessment.bureau import CAMPAIGN, GAOPING, ZEZHOU

NAME = "泽州县沐垣建陶有限公司"
NAMES = Names.of(CAMPAIGN)


def of(enterprise: str | None, place: str | None = None, unit: str = ZEZHOU, case: str = "c-1") -> str:
    return NAMES.identity(unit, enterprise, place, case)


@pytest.mark.parametrize(
    "other",
    [
        "沐垣建陶",
        "沐垣建陶有限责任公司",
        "晋城市泽州县沐垣建陶有限公司",
        "山西省晋城市泽州沐垣建陶股份有限公司",
        " 泽州县 沐垣建陶有限公司（二厂区）",
        "泽州县沐垣建陶有限公司【停产】",
        "泽州县“沐垣”建陶有限公司",
    ],
)
def test_one_enterprise_is_one_however_it_is_written(other: str) -> None:
    assert of(other) == of(NAME)


@pytest.mark.parametrize("other", ["沐垣建材有限公司", "沐垣建陶二厂", "泽州县沐恒建陶有限公司", "有限公司", "泽州县"])
def test_another_name_is_another_enterprise(other: str) -> None:
    assert of(other) != of(NAME)


def test_the_same_name_in_another_county_is_another_enterprise() -> None:
    assert of("沐垣建陶", unit=GAOPING) != of("沐垣建陶")


def test_the_place_tells_who_has_no_name_and_the_case_who_has_neither() -> None:
    assert of(None, "巴公镇 三家店村") == of("", "巴公镇三家店村", case="c-2") != of(None, "巴公镇")
    assert of(None, None, case="c-1") != of(None, None, case="c-2")
    assert of("沐垣建陶", "巴公镇") == of("沐垣建陶", "北留镇")


def test_a_line_of_the_register_gives_its_name() -> None:
    campaign = CAMPAIGN.model_copy(update={"enterprises": (Enterprise(name=NAME, unit=ZEZHOU, grade="key_user"),)})
    names = Names.of(campaign)
    assert names.identity(ZEZHOU, "沐垣建陶", None, "c-1").endswith(NAME)
    assert names.identity(GAOPING, "沐垣建陶", None, "c-1") == of("沐垣建陶", unit=GAOPING)
    assert names.of_register(ZEZHOU, "晋城市泽州县沐垣建陶") == NAME
    assert names.of_register(GAOPING, "晋城市沐垣建陶") == "晋城市沐垣建陶"


@pytest.mark.parametrize(
    "nobody", ["不详", "名称不详", "某单位", "某某公司", "无名", "未知", "不清楚", "业主", "（不详）"]
)
def test_a_word_that_names_nobody_is_no_name(nobody: str) -> None:
    assert of(nobody, case="c-1") != of(nobody, case="c-2")
    assert of(nobody, "巴公镇") == of(None, "巴公镇")


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(["", " ", "（老厂）", "有限公司"]))
def test_it_is_an_equivalence_and_never_empty(name: str, place: str, added: str) -> None:
    assert of(name, place).rpartition("/")[2]
    assert of(name, place) == of(name, place)
    assert of(f"甲{name}厂{added}") == of(f"甲{name}厂") or "(" in name or "（" in name or "[" in name or "【" in name
