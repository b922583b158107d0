"""The tips of the demo: the file is whole, sounds like many people, names nobody; a bad file is told what is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.demo.tips import PHONE, Tip, TipsError, load
from deploy.local.services import DEFAULT_CAMPAIGN, ROOT
from services.intake.handlers.receiving import Receive
from shared.kernel.campaign import Campaign
from shared.kernel.campaign import load as load_campaign

FILE = ROOT / "deploy" / "demo" / "tips" / "jincheng-2021.yaml"
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
FIXED = re.compile(r"(?<!\d)0\d{2,3}(?!0000)\d{7,8}(?!\d)")


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return load_campaign(DEFAULT_CAMPAIGN)


@pytest.fixture(scope="module")
def tips(campaign: Campaign) -> tuple[Tip, ...]:
    return load(FILE, campaign)


def words_of(tip: Tip) -> str:
    """All that the sender wrote, digits joined."""
    written = "\n".join(filter(None, (tip.text, tip.place, tip.enterprise, tip.external_no)))
    return re.sub(r"(?<=\d)[ \-–—.·]+(?=\d)", "", unicodedata.normalize("NFKC", written))


# --- the file ---


def test_the_campaign_of_the_same_name_is_the_default(tips: tuple[Tip, ...]) -> None:
    assert load(FILE) == tips


def test_intake_would_take_in_every_tip(tips: tuple[Tip, ...]) -> None:
    for tip in tips:
        sent = {
            "text": tip.text, "kind": tip.kind, "source": tip.source, "danger": tip.danger, "place": tip.place,
            "enterprise": tip.enterprise, "occurred_at": tip.occurred_at, "external_no": tip.external_no,
            "identity": asdict(tip.identity) if tip.identity else None,
        }  # fmt: skip
        assert Receive.model_validate(sent).text == tip.text


def test_tips_come_one_after_another_within_the_campaign(tips: tuple[Tip, ...], campaign: Campaign) -> None:
    assert [tip.n for tip in tips] == list(range(1, len(tips) + 1))
    assert all(before.at < after.at for before, after in pairwise(tips))
    assert all(campaign.covers(tip.at) for tip in tips)
    assert all(tip.occurred_at < tip.at for tip in tips if tip.occurred_at)


def test_a_duplicate_refers_to_the_first_tip_on_the_same_affair(tips: tuple[Tip, ...]) -> None:
    for tip in tips:
        if tip.truth.duplicate_of:
            first = tips[tip.truth.duplicate_of - 1]
            assert first.at < tip.at
            assert (first.truth.unit, first.truth.enterprise) == (tip.truth.unit, tip.truth.enterprise), tip.n
            assert first.truth.duplicate_of is None, tip.n


def test_a_place_is_a_town_of_its_unit_at_most(tips: tuple[Tip, ...], campaign: Campaign) -> None:
    for tip in tips:
        if tip.truth.unit and tip.truth.place:
            county = campaign.county(tip.truth.unit)
            assert tip.truth.place in {county.zh, *(county.zh + place for place in county.places)}, tip.n


# --- many people, many matters ---


def test_every_unit_source_kind_violation_and_target_is_met(tips: tuple[Tip, ...], campaign: Campaign) -> None:
    def codes(taxonomy: str) -> set[str]:
        return {term.code for term in campaign.taxonomy(taxonomy).terms if not term.work_check}

    assert {tip.truth.unit for tip in tips} == {county.code for county in campaign.units} | {None}
    assert {tip.source for tip in tips} == codes("tip_sources") - {"import"}
    assert {tip.kind for tip in tips} == codes("tip_kinds")
    assert {tip.truth.violation for tip in tips} == codes("violations") | {None}
    assert {tip.truth.target for tip in tips} == codes("targets") | {None}


@pytest.mark.parametrize(
    ("what", "at_least", "is_one"),
    [
        ("tips", 220, lambda tip: True),
        ("real names", 40, lambda tip: tip.identity),
        ("duplicates", 15, lambda tip: tip.truth.duplicate_of),
        ("about officials", 4, lambda tip: tip.truth.against_officials),
        ("danger to life", 6, lambda tip: tip.danger),
        ("enquiries", 3, lambda tip: tip.kind == "enquiry"),
        ("consumer complaints", 3, lambda tip: tip.kind == "complaint"),
        ("fatalities", 1, lambda tip: "fatality" in tip.truth.matters),
        ("groundless", 3, lambda tip: tip.truth.groundless),
        ("sent as tips, belonging elsewhere", 5, lambda tip: tip.kind == "tip" and tip.truth.unit is None),
        ("names inside the text", 3, lambda tip: tip.identity and tip.identity.name in tip.text),
        ("telephones inside the text", 3, lambda tip: MOBILE.search(words_of(tip))),
        ("at night", 3, lambda tip: tip.at.hour >= 22 or tip.at.hour < 6),
        ("at weekends", 15, lambda tip: tip.at.weekday() >= 5),
        ("five words", 5, lambda tip: len(tip.text) <= 12),
        ("long letters", 2, lambda tip: len(tip.text) >= 300),
        ("an address of the web", 1, lambda tip: "http://" in tip.text),
        ("English words", 1, lambda tip: "elevator" in tip.text),
        ("traditional characters", 1, lambda tip: "鋼瓶" in tip.text),
    ],
)  # fmt: skip
def test_there_are_enough(tips: tuple[Tip, ...], what: str, at_least: int, is_one: Callable[[Tip], object]) -> None:
    assert sum(bool(is_one(tip)) for tip in tips) >= at_least, what


def test_few_write_at_the_spring_festival(tips: tuple[Tip, ...]) -> None:
    weeks = Counter(tip.at.isocalendar().week for tip in tips)
    assert weeks[5] < min(count for week, count in weeks.items() if week not in (5, 52))


# --- nobody is real ---


def test_no_telephone_number_could_be_somebodys(tips: tuple[Tip, ...]) -> None:
    for tip in tips:
        words = words_of(tip)
        assert not [number for number in MOBILE.findall(words) if not PHONE.fullmatch(number)], tip.n
        assert not FIXED.search(words), tip.n


def test_no_tipster_is_an_official(tips: tuple[Tip, ...], campaign: Campaign) -> None:
    names, phones = {person.name for person in campaign.people}, {person.phone for person in campaign.people}
    assert not [tip.n for tip in tips if tip.identity and {tip.identity.name, tip.identity.phone} & (names | phones)]
    assert not [tip.n for tip in tips for name in names if name in tip.text]


def test_a_telephone_belongs_to_one_person(tips: tuple[Tip, ...]) -> None:
    people = {(tip.identity.name, tip.identity.phone) for tip in tips if tip.identity}
    assert len({phone for _, phone in people}) == len(people) == len({name for name, _ in people})


def test_no_two_people_write_the_same(tips: tuple[Tip, ...]) -> None:
    texts = {re.sub(r"\W", "", tip.text) for tip in tips}
    assert len(texts) == len(tips)


# --- a bad file ---

GOOD = """\
tips:
  - n: 1
    at: 2021-12-28T09:14:00+08:00
    source: hotline
    kind: tip
    text: 巴公镇充装站
    truth: {unit: "140525", violation: other_unlawful}
"""


def refusal(tmp_path: Path, campaign: Campaign, text: str) -> str:
    file = tmp_path / "tips.yaml"
    file.write_text(text)
    with pytest.raises(TipsError) as refused:
        load(file, campaign)
    return "\n".join(refused.value.faults)


def test_a_good_file_is_read(tmp_path: Path, campaign: Campaign) -> None:
    file = tmp_path / "tips.yaml"
    file.write_text(GOOD)
    [tip] = load(file, campaign)
    assert (tip.n, tip.at.isoformat(), tip.truth.unit) == (1, "2021-12-28T09:14:00+08:00", "140525")


@pytest.mark.parametrize(
    ("good", "bad", "line", "said"),
    [
        ("source:", "sorce:", 4, "第 1 件 sorce：没有这一项。可用：n、at、source、"),
        ("kind: tip", "kind: tipp", 5, "第 1 件 kind：写的是“tipp”。可用：tip、complaint、enquiry。是不是“tip”？"),
        ('"140525"', '"140599"', 7, "第 1 件 truth.unit：写的是“140599”。可用：140502、140525、"),
        ("other_unlawful", "three_year_action", 7,
         "第 1 件 truth.violation：写的是“three_year_action”。可用：unlicensed"),
        ("+08:00", "", 3, "第 1 件 at：写的是“2021-12-28T09:14:00”，须写带时区的时刻，如 2021-12-28T09:14:00+08:00"),
        ("    text: 巴公镇充装站\n", "", 2, "第 1 件 text：缺少此项，必须填写。必填：n、at、"),
        ("text: 巴公镇充装站", "text:", 6, "第 1 件 text：须写文字，不得为空"),
        ("    truth:", "    danger: no\n    truth:", 7, "第 1 件 danger：写的是“no”，只能写 true；为否时不写此项"),
        ("    truth:", "    kind: tip\n    truth:", 7, "第 1 件 kind：同一个键写了两次；请只留一个"),
        ("    truth:", "    identity: {name: 甄诚, phone: '139', mode: open}\n    truth:", 7,
         "第 1 件 identity.phone：写的是“139”，须是虚构号码的格式 1[3-9]x0000NNNN"),
        ("n: 1", "n: 2", 2, "第 1 件 n：写的是 2，须从 1 起连续编号，此处应为 1"),
        ("other_unlawful", "other_unlawful, duplicate_of: 1", 2,
         "第 1 件 truth.duplicate_of：写的是 1，须是更早一件的编号"),
        ("other_unlawful", "other_unlawful, against_officials: true", 2,
         "第 1 件 truth.against_officials：须与 matters 中的 against_officials 同时出现"),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_line_tip_and_key(
    tmp_path: Path, campaign: Campaign, good: str, bad: str, line: int, said: str
) -> None:
    assert GOOD.replace(good, bad) != GOOD
    assert f"tips.yaml:{line}: {said}" in refusal(tmp_path, campaign, GOOD.replace(good, bad))


def test_tips_out_of_order_are_refused(tmp_path: Path, campaign: Campaign) -> None:
    text = GOOD + GOOD.removeprefix("tips:\n").replace("n: 1", "n: 2")
    assert "tips.yaml:8: 第 2 件 at：写的是 2021-12-28T09:14:00+08:00，须晚于前一件" in refusal(
        tmp_path, campaign, text
    )


def test_every_fault_is_told_at_once(tmp_path: Path, campaign: Campaign) -> None:
    text = (GOOD + GOOD.removeprefix("tips:\n")).replace("hotline", "telephone")
    assert refusal(tmp_path, campaign, text).count("写的是“telephone”") == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [("举报: []", "须只有一个键 tips，其下是举报的列表"), ("tips: [", "不是有效的 YAML"), ("", "须只有一个键 tips")],
)
def test_what_is_no_list_of_tips_is_refused(tmp_path: Path, campaign: Campaign, text: str, said: str) -> None:
    assert said in refusal(tmp_path, campaign, text)


def test_a_missing_file_is_told(tmp_path: Path, campaign: Campaign) -> None:
    with pytest.raises(TipsError, match="无法读取"):
        load(tmp_path / "nothing.yaml", campaign)
