"""What a transfer letter says, compared with Annex 5 of the notice."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.cases.documents.letter import LetterFactsError, Officer, chinese_date, letter_text
from tests.services.cases.documents.sample import A_TIP


def test_a_citizens_tip_is_passed_to_the_bureau_in_the_words_of_the_annex() -> None:
    assert letter_text(A_TIP).sentence == (
        "2022年1月20日，晋城市特种设备“百日攻坚”集中行动办公室接到群众关于泽州县某气体有限公司涉嫌充装超期未检气瓶的举报，"
        "根据《全市“百日攻坚”集中行动实施方案》（晋市市监〔2021〕210号，以下简称《通知》）要求，"
        "现将该事项移交你局，按照《通知》中明确的“七项措施”，认真核查办理，并将办理情况于2022年2月9日前反馈我办。"
        "如存在未如期办结的、“接而不办”或虚假办结的，我办将提级核查，从严追责问责。"
    )


def test_what_a_group_found_is_called_a_problem_and_names_the_group() -> None:
    text = letter_text(replace(A_TIP, source="inspection", found_by="第一督导工作组"))
    assert text.sentence.startswith(
        "2022年1月20日，第一督导工作组在督查中发现泽州县某气体有限公司涉嫌充装超期未检气瓶的问题，根据"
    )
    assert "举报" not in text.sentence


def test_a_county_government_is_addressed_as_a_government_and_the_bureau_is_informed() -> None:
    text = letter_text(
        replace(A_TIP, kind="government", addressee="泽州县人民政府", informed=("泽州县市场监督管理局", "陵川县局"))
    )
    assert text.salutation == "泽州县人民政府："
    assert "现将该事项移交你政府，" in text.sentence
    assert "你局" not in text.sentence
    assert text.informed == "抄告：泽州县市场监督管理局，陵川县局。"


def test_a_matter_that_names_no_enterprise_still_reads_as_a_sentence() -> None:
    text = letter_text(replace(A_TIP, enterprise=None, matter="城区某小区电梯困人"))
    assert "接到群众关于城区某小区电梯困人的举报，" in text.sentence


def test_a_matter_that_names_the_enterprise_itself_names_it_once() -> None:
    text = letter_text(replace(A_TIP, matter="泽州县巴公镇泽州县某气体有限公司涉嫌充装超期未检气瓶"))
    assert "接到群众关于泽州县巴公镇泽州县某气体有限公司涉嫌充装超期未检气瓶的举报，" in text.sentence
    assert text.enterprise == "泽州县某气体有限公司"


def test_a_basis_without_a_number_gets_its_short_name_in_brackets_of_its_own() -> None:
    text = letter_text(replace(A_TIP, basis="《某某方案》", basis_short="《方案》"))
    assert "根据《某某方案》（以下简称《方案》）要求，" in text.sentence
    assert "按照《方案》中明确的" in text.sentence


def test_the_handling_officer_is_left_open_until_somebody_has_signed_for_the_letter() -> None:
    assert letter_text(A_TIP).handling_officer is None
    signed = replace(A_TIP, handling_officer=Officer("贺青川", "13900000202", "泽州县局"))
    assert letter_text(signed).handling_officer == ("泽州县局 贺青川", "13900000202")


def test_attachments_are_closed_with_semicolons_and_a_full_stop() -> None:
    assert letter_text(A_TIP).attachments == ("举报登记表（已脱敏）；", "现场照片4张。")
    assert letter_text(replace(A_TIP, attachments=())).attachments == ()


def test_a_date_is_written_without_leading_zeros() -> None:
    assert chinese_date(date(2022, 2, 9)) == "2022年2月9日"


@pytest.mark.parametrize(
    ("blank", "change"),
    [
        ("文号", {"number": " "}),
        ("事由", {"matter": ""}),
        ("督办人联系方式", {"supervising_officer": Officer("沈一帆", "")}),
        ("承办人", {"handling_officer": Officer("", "13900000202")}),
        ("单位名称", {"enterprise": ""}),
        ("附件名称", {"attachments": ("现场照片", "")}),
    ],
)
def test_an_empty_blank_is_refused_by_the_name_that_the_clerk_knows(blank: str, change: dict[str, Any]) -> None:
    with pytest.raises(LetterFactsError, match=f"“{blank}”为空"):
        replace(A_TIP, **change)


@pytest.mark.parametrize("hidden", ["\n", "\x00", "\u202e", "\u200b", "\u2028", "\ud800"])
def test_a_character_that_nobody_would_see_on_paper_is_refused_with_its_place(hidden: str) -> None:
    with pytest.raises(LetterFactsError, match=f"“事由”第3个字符（U\\+{ord(hidden):04X}）"):
        replace(A_TIP, matter=f"涉嫌{hidden}超装")


def test_a_title_line_that_would_not_fit_between_the_margins_is_sent_back_for_a_better_break() -> None:
    twenty = "安全生产领域风险隐患大排查大整治交办移送"
    assert replace(A_TIP, title=(twenty,)).title == (twenty,)
    with pytest.raises(LetterFactsError, match="21字宽"):
        replace(A_TIP, title=(f"{twenty}书",))


def test_a_letter_without_a_title_is_refused() -> None:
    with pytest.raises(LetterFactsError, match="标题为空"):
        replace(A_TIP, title=())
