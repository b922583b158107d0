"""Which names mean the same enterprise."""

from __future__ import annotations

from unicodedata import normalize

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
        "山西省沐垣建陶有限公司",
        "山西沐垣建陶有限公司",
        " 泽州县 沐垣建陶有限公司（老厂）",
        "泽州县沐垣建陶有限公司【停产】",
        "泽州县沐垣建陶〔已拆除〕",
        "沐垣建陶(集团)有限公司（泽州）",
        "沐垣建陶（原巴公陶瓷厂）",
        "沐垣建陶（老厂",
        "泽州县“沐垣”建陶有限公司",
    ],
)
def test_one_enterprise_is_one_however_it_is_written(other: str) -> None:
    assert of(other) == of(NAME)


@pytest.mark.parametrize(
    "other",
    ["沐垣建材有限公司", "沐垣建陶二厂", "泽州县沐恒建陶有限公司", "有限公司", "泽州县", "河南省沐垣建陶有限公司",
     "沐垣建陶有限公司（二厂区）", "沐垣建陶（南村分厂）", "沐垣建陶（原料厂）"],
)  # fmt: skip
def test_another_name_is_another_enterprise(other: str) -> None:
    assert of(other) != of(NAME)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("晋城市燃气有限公司（第一加气站）", "晋城市燃气有限公司（第二加气站）"),
        ("沐垣建陶有限公司（一厂）", "沐垣建陶有限公司（二厂）"),
        ("个体工商户（张三）", "个体工商户（李四）"),
        ("第一加气站", "第二加气站"),
        ("山西（晋城）气体有限公司", "山西气体有限公司"),
        ("山西省工业设备安装有限公司", "河南省工业设备安装有限公司"),
        ("晋城市液化气公司", "泽州县液化气公司"),
        ("晋城市人民医院", "泽州县人民医院"),
        ("晋城市第一加气站", "泽州第一加气站"),
    ],
)
def test_what_tells_two_apart_is_not_left_out(one: str, other: str) -> None:
    assert of(one, case="c-1") != of(other, case="c-1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("山西（晋城）气体有限公司", "山西晋城气体有限公司"),
        ("山西省晋城市泽州县液化气公司", "泽州液化气有限公司"),
        ("泽州第一加气站", "泽州县第1加气站"),
        ("一号站", "1号站"),
        ("沐垣二十一厂", "沐垣21厂"),
        ("沐垣第十车间", "沐垣第10车间"),
        ("张三（个体）", "张三"),
    ],
)
def test_what_is_only_written_otherwise_is_one(one: str, other: str) -> None:
    assert of(one, case="c-1") == of(other, case="c-2")


def test_a_campaign_that_names_no_province_leaves_it_before_the_name() -> None:
    names = Names.of(CAMPAIGN.model_copy(update={"province": None}))
    assert names.identity(ZEZHOU, "山西省沐垣建陶", None, "c-1") != names.identity(ZEZHOU, "沐垣建陶", None, "c-1")


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


STATIONS = tuple(f"晋城市燃气有限公司（第{n}加气站）" for n in "一二")


def test_the_registers_own_name_comes_before_all_others() -> None:
    """Also where two of its lines would be one."""
    both = (*STATIONS, "沐垣建陶", "沐垣建陶有限公司")
    enrolled = tuple(Enterprise(name=name, unit=ZEZHOU, grade="key_user") for name in both)
    names = Names.of(CAMPAIGN.model_copy(update={"enterprises": enrolled}))
    assert [names.of_register(ZEZHOU, name) for name in both] == list(both)
    assert len({names.identity(ZEZHOU, name, None, "c-1") for name in both}) == 4
    assert names.of_register(ZEZHOU, "晋城燃气（第1加气站）") == "晋城燃气（第1加气站）"
    assert names.of_register(ZEZHOU, "晋城市燃气有限公司(第1加气站)") == STATIONS[0]


def test_a_name_that_may_mean_two_lines_of_the_register_stays_as_it_is_written() -> None:
    enrolled = tuple(Enterprise(name=name, unit=ZEZHOU, grade="key_user") for name in ("沐垣建陶", "沐垣建陶有限公司"))
    names = Names.of(CAMPAIGN.model_copy(update={"enterprises": enrolled}))
    assert names.of_register(ZEZHOU, "泽州县沐垣建陶") == "泽州县沐垣建陶"
    assert names.identity(ZEZHOU, "泽州县沐垣建陶", None, "c-1").endswith("/泽州县沐垣建陶")


NOBODY = """
不详 名称不详 （不详） 未知 不清楚 无名 无名氏 无名小厂 匿名 业主 业主不详 身份不明 名称不清 店名未知 待核实 未登记
N/A 同上 见附件 详见附件 /
某单位 某某公司 某饭店 某化工有限公司 泽州县某气站 张某
王某某 无证充装点（张某） ×××公司 xx公司 XX企业 *** 张× 一家企业 一企业 该企业 该单位 该站
个体 个体户 个体工商户 无字号 无字号个体户 没有招牌 无营业执照 未办理营业执照
黑窝点 泽州县黑窝点 黑气站 非法充装点 无证气站 无照经营者 地下黑作坊
"""


@pytest.mark.parametrize("nobody", NOBODY.split())
def test_a_word_that_names_nobody_is_no_name(nobody: str) -> None:
    assert of(nobody, case="c-1") != of(nobody, case="c-2")
    assert of(nobody, "巴公镇") == of(None, "巴公镇")


@pytest.mark.parametrize("nowhere", ["不详", "地址不明", "同上", "***"])
def test_a_word_that_names_no_place_is_no_place(nowhere: str) -> None:
    assert of("不详", nowhere, case="c-1") != of("不详", nowhere, case="c-2")


@pytest.mark.parametrize("somebody", ["黑石岭加气站", "无锡饭店", "统一家具厂", "原料厂", "张三", "晋城第一液化气站"])
def test_a_name_that_looks_like_such_a_word_is_a_name(somebody: str) -> None:
    assert of(somebody, case="c-1") == of(somebody, case="c-2")


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(["", " ", "（老厂）", "有限公司"]))
def test_it_is_an_equivalence_and_never_empty(name: str, place: str, added: str) -> None:
    assert of(name, place).rpartition("/")[2]
    assert of(name, place) == of(name, place)
    assert of(f"甲{name}厂{added}") == of(f"甲{name}厂") or set(normalize("NFKC", name)) & set("([{【〔")
