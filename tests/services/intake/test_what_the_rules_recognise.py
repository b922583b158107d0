"""Tips as people write them, read with the words of the first campaign."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.rules.keywords import Vocabulary
from services.intake.rules.places import Gazetteer
from services.intake.rules.triage import (
    CONFIDENCE,
    DOUBTS,
    FLOOD,
    HOLDS_A_CONTACT,
    MAY_NOT_BE_PRINTED,
    Reader,
    Words,
)
from shared.kernel.campaign import Campaign, load

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return load(ROOT / "deploy" / "campaigns" / "jincheng-2021.yaml")


@pytest.fixture(scope="module")
def reader(campaign: Campaign) -> Reader:
    return Reader(campaign)


@pytest.fixture(scope="module")
def gazetteer(campaign: Campaign) -> Gazetteer:
    return Gazetteer(campaign)


@pytest.mark.parametrize(
    ("unit", "text", "matter"),
    [
        ("140502", "城区北石店镇有家气站没有许可证，天天给人灌煤气罐。",
         "城区北石店镇某气瓶充装单位涉嫌没有许可证"),
        ("140525", "巴公镇南边的充装站充的都是超期未检的液化气瓶，拉气的人都知道。",
         "泽州县巴公镇某气瓶充装单位涉嫌超期未检"),
        ("140581", "高平市寺庄镇锅炉厂的焊工都是无证上岗，证是花钱买的假证。",
         "高平市寺庄镇某特种设备生产单位涉嫌无证上岗、假证"),
        ("140522", "阳城县北留镇化工厂的反应釜没有登记，也没有巡检记录。",
         "阳城县北留镇某危险化学品在用特种设备涉嫌没有登记、没有巡检"),
        ("140524", "陵川县礼义镇的气瓶检验站根本不检验，虚假培训，交钱就盖章。",
         "陵川县礼义镇某气瓶检验机构涉嫌虚假培训"),
        ("140521", "沁水县嘉峰镇煤层气管道施工转包给没有资质的队伍。",
         "沁水县嘉峰镇某油气长输管线在用特种设备涉嫌转包"),
        ("140571", "开发区金鼎路那家给槽车充气的，每次都超装。",
         "开发区金鼎路某移动式压力容器充装单位涉嫌超装"),
    ],
)  # fmt: skip
def test_a_clear_tip_of_each_county_is_triaged_without_a_person(
    reader: Reader, unit: str, text: str, matter: str
) -> None:
    suggestion = reader.read(Words(text))
    lead = reader.lead(suggestion, "", None, None)
    assert lead is not None
    assert (lead.unit, lead.matter) == (unit, matter)
    assert lead.violation is not None
    assert lead.target is not None


@pytest.mark.parametrize(
    ("doubt", "words"),
    [
        ("it_names_exactly_one_unit", Words("有个充装站充装超期未检的气瓶")),
        ("it_names_exactly_one_unit", Words("泽州和高平交界的充装站超装")),
        ("it_alleges_something_that_the_campaign_is_about", Words("高平市寺庄镇那家老板态度很差")),
        ("it_alleges_something_that_the_campaign_is_about", Words("天然气又涨了，沁水人用不起")),
        ("it_alleges_something_that_the_campaign_is_about", Words("高平市寺庄镇有个充装站")),
        ("it_alleges_something_that_the_campaign_is_about", Words("高平市寺庄镇有家店", category="city_gas")),
        ("it_names_exactly_one_unit", Words("泽州公园里那个转马没有年检")),
        ("it_names_no_place_elsewhere", Words("长治市潞城区一家液化气站给过期气瓶充气")),
        ("it_names_no_place_elsewhere", Words("我在阳城打工，长治老家的充装站超装")),
        ("it_is_no_duty_of_another_authority", Words("阳城县北留镇的机动车检测站，检测员无证上岗")),
        ("it_is_a_tip", Words("高平市寺庄镇充装站多收费，要求退款")),
        ("it_is_a_tip", Words("请问高平市哪里可以检验煤气罐")),
        ("it_is_a_tip", Words("高平市寺庄镇充装站超装", kind="complaint")),
        ("it_endangers_nobody", Words("高平市寺庄镇充装站正在泄漏")),
        ("it_endangers_nobody", Words("高平市寺庄镇充装站超装", danger=True)),
        ("it_accuses_no_official", Words("泽州县有人给巴公镇黑气站当保护伞，一查就通风报信")),
    ],
)
def test_a_tip_that_leaves_a_doubt_waits_for_a_person_who_is_told_the_doubt(
    reader: Reader, doubt: str, words: Words
) -> None:
    suggestion = reader.read(words)
    assert doubt in suggestion.doubts
    assert reader.lead(suggestion, "", None, None) is None


@pytest.mark.parametrize(
    "words",
    [
        Words("高平市寺庄镇充装站超装"),
        Words("高平市寺庄镇超装"),
        Words("高平市寺庄镇有家店", category="unlicensed"),
        Words("高平市寺庄镇锅炉房出了事，老板瞒着不报"),
    ],
)
def test_a_breach_in_one_unit_needs_no_person_whatever_it_is_found_in(reader: Reader, words: Words) -> None:
    assert reader.read(words).doubts == ()


@pytest.mark.parametrize("name", ["城南🔥气站", "城南\U00030edd气站", "城南\u200b气站"])
def test_an_enterprise_whose_name_a_letter_may_not_bear_waits_for_a_person(reader: Reader, name: str) -> None:
    assert reader.read(Words("高平市寺庄镇超装", enterprise=name)).doubts == (MAY_NOT_BE_PRINTED,)
    assert reader.read(Words("高平市寺庄镇超装", enterprise="镕喆气站（南村店）")).doubts == ()


def test_every_doubt_has_words_for_the_officer() -> None:
    assert {*(rule.__name__ for rule in CONFIDENCE), FLOOD, HOLDS_A_CONTACT, MAY_NOT_BE_PRINTED} == set(DOUBTS)


def test_an_accident_with_a_death_is_a_matter_for_the_government_and_for_a_person(reader: Reader) -> None:
    suggestion = reader.read(Words("沁水县端氏镇去年锅炉爆炸死了人，老板私了，一直瞒报"))
    assert suggestion.matters == ("fatality", "concealed_accident")
    assert suggestion.danger
    assert suggestion.violation == "accident_concealed"


def test_a_campaign_that_never_triages_by_itself_leaves_every_tip_to_a_person(campaign: Campaign) -> None:
    cautious = campaign.model_copy(update={"triage": campaign.triage.model_copy(update={"automatic": "never"})})
    reader = Reader(cautious)
    suggestion = reader.read(Words("巴公镇充装站充装超期未检的液化气瓶"))
    assert suggestion.doubts == ()
    assert reader.lead(suggestion, "", None, None) is None


def test_what_the_sender_chose_goes_before_what_the_words_say(reader: Reader) -> None:
    text = "高平市寺庄镇充装站无证上岗"
    assert reader.read(Words(text)).violation == "sham_training"
    assert reader.read(Words(text, category="unlicensed")).violation == "unlicensed"
    assert reader.read(Words(text, category="city_gas")).target == "city_gas"


def test_a_chosen_violation_is_named_as_the_campaign_names_it(reader: Reader, campaign: Campaign) -> None:
    suggestion = reader.read(Words("高平市寺庄镇有家店", category="illegal_subcontracting"))
    assert suggestion.matter is not None
    assert suggestion.matter.endswith(campaign.taxonomy("violations").term("illegal_subcontracting").zh)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("晋城市城区东街街道", ["140502", "140502"]),
        ("城区泽州路的一家气站", ["140502"]),
        ("高平市开发区里的厂", ["140581"]),
        ("阳城县城区的检验站", ["140522"]),
        ("晋城开发区", ["140571"]),
        ("河南省河北镇没有这个地方，在阳城县河北镇", ["140522", "140522", "140522"]),
        ("高平东街", []),
        ("太原市", []),
        ("泽州公园东门", []),
        ("沁水大酒店", []),
        ("泽州县公园", ["140525"]),
        ("巴公广场", ["140525"]),
        ("城区凤台街的太阳城洗浴", ["140502"]),
        ("锅炉平台最高平台上", []),
        ("几十里乡间小路", []),
        ("长治市潞城区", []),
        ("长治市城区", []),
        ("某市城区", []),
        ("县城区", []),
        ("陵川县潞城镇", ["140524", "140524"]),
        ("晋城市开发区", ["140571"]),
        ("晋城市金匠工业园区", ["140571"]),
    ],
)
def test_place_words_are_read_as_a_reader_reads_them(gazetteer: Gazetteer, text: str, units: list[str]) -> None:
    assert [mention.unit for mention in gazetteer.read(text).mentions] == units


@pytest.mark.parametrize(
    ("text", "elsewhere"),
    [
        ("长治市潞城区", True),
        ("焦作来的车", True),
        ("阳城潞城区两边跑的车", True),
        ("高平市寺庄镇", False),
        ("陵川县潞城镇", False),
        ("城区太原路", False),
        ("国家长治久安", False),
    ],
)
def test_a_place_outside_the_campaign_is_known_as_one(gazetteer: Gazetteer, text: str, elsewhere: bool) -> None:
    assert gazetteer.read(text).elsewhere is elsewhere


def test_a_town_is_written_out_with_its_county_in_its_full_name(gazetteer: Gazetteer) -> None:
    assert gazetteer.town("140525", gazetteer.read("巴公的气站").mentions) == "泽州县巴公镇"
    assert gazetteer.town("140525", gazetteer.read("泽州的气站").mentions) == "泽州县"
    assert gazetteer.town("140581", gazetteer.read("泽州的气站").mentions) is None


@pytest.mark.parametrize("text", ["我没有证据", "有无证据都请来看", "别把我的隐私了解去"])
def test_a_keyword_inside_a_longer_word_of_another_meaning_says_nothing(campaign: Campaign, text: str) -> None:
    found = Vocabulary(campaign).recognise(text)
    assert (found.violations, found.matters) == ((), ())


def test_what_another_authority_answers_for_is_no_target(campaign: Campaign) -> None:
    found = Vocabulary(campaign).recognise("机动车检测站")
    assert found.others_duty
    assert found.targets == ()
    assert Vocabulary(campaign).recognise("气瓶检测站").targets == ("cylinder_filling", "cylinder_inspection")


def test_danger_is_heard_also_inside_a_longer_word(campaign: Campaign) -> None:
    mute = campaign.triage.model_copy(update={"longer_words": ("起火锅",)})
    assert Vocabulary(campaign.model_copy(update={"triage": mute})).recognise("一起火锅店").danger


def test_a_campaign_that_lists_no_places_elsewhere_is_read_all_the_same() -> None:
    other = load(ROOT / "tests" / "support" / "campaigns" / "lanjiang-2023.yaml")
    suggestion = Reader(other).read(Words("澜江市东澜区柳浦镇"))
    assert (suggestion.unit, suggestion.elsewhere, suggestion.others_duty) == ("990101", False, False)


def test_the_longest_word_of_a_kind_wins_over_one_inside_it(campaign: Campaign) -> None:
    found = Vocabulary(campaign).recognise("工人无证上岗")
    assert found.violations == ("sham_training",)
    assert found.words == ("无证上岗",)


def test_a_matter_composed_by_rule_holds_no_word_of_the_tipster(reader: Reader, campaign: Campaign) -> None:
    text = "我是巴公镇惠民充装站的工人周小满，站长逼我们充装超期未检的液化气瓶，求你们别说是我说的。"
    suggestion = reader.read(Words(text, enterprise="我们站长王某的充装站"))
    lead = reader.lead(suggestion, "我们站长王某的充装站", "周小满", "13500001234")
    assert lead is not None
    assert lead.matter == "泽州县巴公镇某气瓶充装单位涉嫌超期未检"
    assert lead.enterprise is None
    vocabulary = {word for keyword in campaign.triage.keywords for word in keyword.words}
    assert lead.matter.removeprefix("泽州县巴公镇某气瓶充装单位涉嫌") in vocabulary


def test_a_public_business_name_goes_out_with_the_lead(reader: Reader) -> None:
    suggestion = reader.read(Words("巴公镇充装站充装超期未检的液化气瓶"))
    lead = reader.lead(suggestion, "泽州县惠民液化气充装站", None, None)
    assert lead is not None
    assert lead.enterprise == "泽州县惠民液化气充装站"
