"""What in a text for the public could identify somebody, and what could not."""

from __future__ import annotations

import pytest

from services.notify.rules.redaction import what_could_identify_somebody
from tests.services.notify.postroom import CAMPAIGN

NAMES = tuple(person.name for person in CAMPAIGN.people)


def kinds(text: str) -> set[str]:
    return {one.kind for one in what_could_identify_somebody(text, NAMES)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("联系电话13800001234", "phone"),
        ("电话１３８ ００００ １２３４", "phone"),
        ("来电+8613800001234", "phone"),
        ("值班电话0356-0000502", "phone"),
        ("身份证14050219900101123X", "identity"),
        ("140502 19900101 1234", "identity"),
        ("回执1234 5678 9012 3456", "receipt"),
        ("凭回执码查询", "receipt"),
        ("由林知远办理", "name"),
        ("据举报人反映", "tipster"),
        ("1月21日17:31查获", "exact_time"),
        ("1月21日17：31查获", "exact_time"),
        ("晚上十点到场", "exact_time"),
        ("9时30分停产", "exact_time"),
        ("凌晨3点作业", "exact_time"),
        ("十点半关门", "exact_time"),
        ("该站只有一名工人", "one_person_site"),
        ("仅1人在岗", "one_person_site"),
        ("唯一的司炉工", "one_person_site"),
        ("由一人值班", "one_person_site"),
    ],
)
def test_what_could_identify_somebody_is_warned_of(text: str, kind: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "责令2022年1月21日前整改",
        "责令停产整顿3个月",
        "罚款200000元",
        "提出两点意见、三点要求",
        "许可证编号TS4214001-2022",
        "执行GB/T 13004-2016",
        "气瓶1200只，槽车3台",
        "",
    ],
)
def test_what_identifies_nobody_is_let_be(text: str) -> None:
    assert kinds(text) == set()


def test_a_warning_does_not_repeat_a_number() -> None:
    found = what_could_identify_somebody("13800001234，14050219900101123X，1234567890123456", NAMES)
    assert sorted(one.excerpt for one in found) == ["1234…", "138…", "140502…"]


def test_the_same_words_are_warned_of_once() -> None:
    assert len(what_could_identify_somebody("17:31到场，17:31离开", NAMES)) == 1


def test_what_the_campaign_says_of_itself_is_no_warning() -> None:
    assert kinds(CAMPAIGN.name() + CAMPAIGN.notice.title) == set()
