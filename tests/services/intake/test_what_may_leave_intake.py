"""The check that keeps out of every outgoing text what could identify a tipster."""

from __future__ import annotations

import pytest

from services.intake.domain.errors import Revealing
from services.intake.rules.redaction import findings, is_name_of_a_business
from services.intake.rules.triage import check_nothing_reveals_the_tipster, public_enterprise

NAME, PHONE = "周小满", "135-0000-1234"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("联系 13500009999 核实", "电话号码"),
        ("联系 135 0000 9999", "电话号码"),
        ("联系１３５００００９９９９", "电话号码"),
        ("联系+86 135-0000-9999", "电话号码"),
        ("座机 0356-0000123", "电话号码"),
        ("证件 140500199001011234", "身份证号码"),
        ("证件 14050019900101123X", "身份证号码"),
        ("证件 1405 0019 9001 0112 34", "身份证号码"),
        ("据周小满反映", "举报人的姓名或称呼"),
        ("据周 小 满反映", "举报人的姓名或称呼"),
    ],
)
def test_what_identifies_a_tipster_is_found_however_it_is_written(text: str, what: str) -> None:
    assert [finding.what for finding in findings(text, NAME, PHONE)] == [what]


def test_a_declared_telephone_is_found_even_where_it_is_no_mobile_number() -> None:
    assert [finding.what for finding in findings("打 0000 77 找我", None, "000077")] == ["举报人的电话"]


@pytest.mark.parametrize(
    "text",
    [
        "泽州县巴公镇某气瓶充装单位涉嫌充装超期未检气瓶",
        "（特设）移〔2022〕17号",
        "2021年12月31日15时前反馈",
        "12315 工单",
        "共 120 只气瓶，编号 20190001 至 20190120",
    ],
)
def test_dates_numbers_of_letters_and_counts_are_no_finding(text: str) -> None:
    assert findings(text, NAME, PHONE) == ()


def test_an_officer_is_told_which_field_to_clean_and_of_what_but_not_what_stood_there() -> None:
    with pytest.raises(Revealing) as refused:
        check_nothing_reveals_the_tipster({"matter": "据周小满（13500009999）反映", "place": None}, NAME, PHONE)
    assert refused.value.field == "matter"
    assert "事由" in refused.value.sentence
    assert "电话号码、举报人的姓名或称呼" in refused.value.sentence
    assert NAME not in refused.value.sentence
    assert "13500009999" not in refused.value.sentence


def test_a_clean_text_passes() -> None:
    check_nothing_reveals_the_tipster({"matter": "某充装站涉嫌无证充装", "enterprise": None}, NAME, PHONE)


@pytest.mark.parametrize("name", ["惠民液化气充装站", "晋城市某燃气有限公司", "沁水县中医院", "惠民公司（南村店）"])
def test_a_name_that_a_sign_would_bear_is_a_business_name(name: str) -> None:
    assert is_name_of_a_business(name)


@pytest.mark.parametrize("typed", ["我家隔壁的充装站", "老王", "村口那个", "他们老板开的店", "厂" * 50])
def test_a_description_is_no_business_name(typed: str) -> None:
    assert not is_name_of_a_business(typed)


def test_a_business_named_after_the_tipster_does_not_go_out() -> None:
    assert public_enterprise("周小满气站", NAME, PHONE) is None
    assert public_enterprise("周小满气站", None, None) == "周小满气站"
    assert public_enterprise("13500001234气站", None, None) is None
