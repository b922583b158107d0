"""Two thousand drawn spellings of what identifies: spelling × separator × script × field × position. None leaves.

And what is ordinary is not refused: enterprises, addresses, numbers of work orders, registers and equipment. Names and
numbers are invented; the draw is seeded, so that a failure comes again.
"""

from __future__ import annotations

import random

import pytest

from services.intake.domain.errors import Revealing
from services.intake.rules.redaction import findings, is_a_persons_number
from services.intake.rules.triage import HOLDS_A_CONTACT, LEAVING, check_nothing_reveals_the_tipster, public_enterprise
from shared.platform.event_store.refusal import Invalid
from tests.services.intake.desk import CLEAR, HOTLINE, Desk

DRAWN = 2000
NAME, PHONE = "欧阳卓冉", "0356-0000-456"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ZEROS = "0٠०০๐０𝟎"
"""The zero of each script that has ten digits in a row."""
CHINESE = ("〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "零壹貳參肆伍陸柒捌玖", "洞幺两三四五六拐八勾")
SEPARATORS = (
    "", " ", "-", ",", "，", "/", ":", "：", ".", "。", "·", "—", "_", "、", "|", "\u3000", "\n", "~", "*", "➖", "ー",
    "一", "\u200b", "\u2060", "\u00ad", "\u0301", "\ufe0f\u20e3", " - ", "（）",
)  # fmt: skip
FRAMES = (
    "{}",
    "联系{}核实",
    "据 {} 反映某充装站超装",
    "某充装站涉嫌超装，{}",
    "{}所在的小区",
    "之一{}，第2处",
    "12:{};3",
)
NAMES = (
    "欧阳卓冉", "欧阳·卓冉", "欧阳•卓冉", "欧阳‧卓冉", "欧阳.卓冉", "歐陽卓冉", "歐陽·卓冉", "卓冉", "欧阳师傅",
    "欧阳先生", "歐陽女士", "老欧阳", "小欧阳", "欧阳某", "欧阳同志",
)  # fmt: skip
ACCOUNTS = (
    "微信zhuoran_88", "微信号：zhuoran88", "威信 zhuoran-88", "VX:zhuoran88", "v信zhuoran88", "wx zhuoran88",
    "QQ 823456719", "qq：823456719", "扣扣823456719", "Q Q号 823456719", "zhuoran88@example.com",
    "zhuoran88＠example。com", "zhuoran(at)example.com", "微.信 zhuoran88", "微信１３４５６７８９",
)  # fmt: skip


def mobile(chance: random.Random) -> str:
    return "1" + chance.choice(("38", "50", "76", "86", "99", "35", "47")) + f"{chance.randrange(10**8):08d}"


def landline(chance: random.Random) -> str:
    return (
        chance.choice(("010", "021", "0351", "0356", "0755")) + f"{chance.randrange(2, 9)}{chance.randrange(10**6):06d}"
    )


def eighteen(chance: random.Random) -> str:
    first = (
        chance.choice(("140502", "140581", "410105")) + f"{chance.randrange(1940, 2005)}{chance.randrange(1, 13):02d}"
    )
    first += f"{chance.randrange(1, 29):02d}{chance.randrange(1000):03d}"
    return first + "10X98765432"[sum(int(a) * b for a, b in zip(first, WEIGHTS, strict=True)) % 11]


def fifteen(chance: random.Random) -> str:
    day = f"{chance.randrange(30, 100)}{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}"
    return f"140502{day}{chance.randrange(1000):03d}"


def spelt(number: str, chance: random.Random) -> str:
    """A number with the digits of some script, letters that look like them, and something between them."""
    style = chance.choice(("digits", "mixed", "chinese", "letters"))
    zero, chinese = ord(chance.choice(ZEROS)), chance.choice(CHINESE)
    written = []
    for character in number:
        if not character.isdigit():
            written.append(chance.choice((character, character.lower(), "Ｘ")))
        elif style == "chinese" or (style == "mixed" and chance.random() < 0.3):
            written.append(chinese[int(character)])
        elif style == "letters" and character in "10":
            written.append(chance.choice(("l", "I", "|") if character == "1" else ("O", "o", "Ο")))
        else:
            written.append(chr(zero + int(character)))
    separator = chance.choice(SEPARATORS)
    if separator == "一" and style in ("chinese", "mixed"):
        separator = "-"  # a numeral is no dash between numerals
    if separator == "|" and style == "letters":
        separator = "/"
    cuts = {3, 7} if chance.random() < 0.5 else set(range(1, len(number), chance.choice((1, 2, 4))))
    return "".join(separator + one if place in cuts else one for place, one in enumerate(written))


def name(chance: random.Random) -> str:
    between = chance.choice(("", "", " ", "\u200b", "\u0301", "-", "\u3000"))
    return between.join(chance.choice(NAMES))


def plate(chance: random.Random) -> str:
    between = chance.choice(("·", "", " ", "-", "\u200b"))
    number = f"晋{chance.choice('ABE')}{between}{chance.randrange(10**5):05d}"
    return number if chance.random() < 0.5 else "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in number)


KINDS = (
    lambda chance: spelt(mobile(chance), chance),
    lambda chance: spelt(chance.choice(("+86", "0086", "86")) + mobile(chance), chance),
    lambda chance: spelt(landline(chance), chance),
    lambda chance: spelt(eighteen(chance), chance),
    lambda chance: spelt(fifteen(chance), chance),
    lambda chance: spelt("03560000456", chance),
    name,
    plate,
    lambda chance: chance.choice(ACCOUNTS),
)


def drawn() -> list[tuple[str, str, str]]:
    """(field, text, what was hidden in it)."""
    chance = random.Random(210)
    found = []
    for number in range(DRAWN):
        hidden = KINDS[number % len(KINDS)](chance)
        found.append((chance.choice(sorted(LEAVING)), chance.choice(FRAMES).format(hidden), hidden))
    return found


def refused_field(field: str, text: str) -> str | None:
    """The field that an officer is told to clean, if he is."""
    try:
        check_nothing_reveals_the_tipster(dict.fromkeys(LEAVING) | {field: text}, NAME, PHONE)
    except Revealing as refused:
        return refused.field
    return None


def test_of_two_thousand_spellings_none_leaves_in_any_field() -> None:
    assert [ascii(text) for field, text, _ in drawn() if refused_field(field, text) != field] == []


def test_of_two_thousand_spellings_none_goes_by_itself_as_an_enterprise() -> None:
    assert [hidden for _, _, hidden in drawn() if public_enterprise(f"{hidden}气站", NAME, PHONE)] == []


def test_what_is_cut_in_two_fields_is_found_where_they_meet() -> None:
    with pytest.raises(Revealing):
        check_nothing_reveals_the_tipster({"enterprise": "某充装站1380000", "place": "5544号"}, NAME, PHONE)


def test_a_tip_with_any_of_them_is_taken_in_and_waits_for_a_person() -> None:
    desk = Desk()
    for number, (_, text, hidden) in enumerate(drawn()[:45]):
        if KINDS[number % len(KINDS)] is not name:
            tip = desk.tip(desk.receive(f"{CLEAR}，{text}"))
            assert (tip.state, HOLDS_A_CONTACT in tip.suggestion.doubts) == ("received", True), ascii(hidden)


def test_a_drawn_number_of_a_person_is_no_number_of_another_system() -> None:
    desk, chance = Desk(), random.Random(5)
    for kind in (mobile, landline, eighteen, fifteen):
        for _ in range(25):
            number = chance.choice(("", "-")).join(kind(chance))
            with pytest.raises(Invalid):
                desk.receive(CLEAR, by=HOTLINE, source="superior", external_no=number)


def ordinary(chance: random.Random) -> list[str]:
    """Two hundred and more things that stand in matters, in fields for enterprises and places, and in numbers."""
    towns = (
        "泽州县巴公镇",
        "高平市寺庄镇",
        "阳城县北留镇",
        "陵川县礼义镇",
        "沁水县端氏镇",
        "城区北石店镇",
        "开发区金匠街道",
    )
    trades = (
        "液化气充装站",
        "燃气有限公司",
        "气体有限责任公司",
        "陶瓷厂",
        "建材有限公司",
        "加油加气站",
        "特种设备检验中心",
        "酒店",
        "热力公司",
    )
    words = (
        "惠民",
        "鑫源",
        "晋能",
        "天泽",
        "兰花",
        "大阳",
        "福盛",
        "老王庄",
        "三一",
        "八一",
        "五一",
        "一三一",
        "第九",
        "金鼎",
        "平安",
    )
    day = f"2022{chance.randrange(1, 4):02d}{chance.randrange(1, 29):02d}"
    found = [f"{chance.choice(towns)}{word}{trade}" for word in words for trade in trades[:6]]
    for _ in range(20):
        serial, street = chance.randrange(1, 10**4), chance.choice(("东风", "泽州", "凤鸣", "建设"))
        found += [
            f"{chance.choice(towns)}{street}路{chance.randrange(1, 2000)}号{serial % 30}幢{serial}室",
            f"JC12345-{day[2:]}{serial:04d}",
            f"SXZX-{day}-{serial % 999:03d}",
            f"12315{day}{serial:06d}",
            f"DH-{day}-{serial:05d}",
            f"140502{day}{serial:04d}",
            f"140581{day[2:]}{serial % 999:03d}",
            f"（特设）移〔2022〕{serial}号",
            f"容{chance.randrange(10, 18)}晋E{serial:05d}(20)",
            f"3110{chance.randrange(10**5):05d}2017{serial:04d}",
            f"91140500{chance.choice('0357')}{serial:04d}8123X",
            f"TS{chance.randrange(10**7):07d}-2023",
            f"晋市监罚〔2021〕{serial}号",
        ]
    return found


def test_ordinary_names_addresses_and_numbers_are_not_refused() -> None:
    texts = ordinary(random.Random(210))
    assert len(texts) >= 200
    assert [(text, found) for text in texts if (found := findings(text, NAME, PHONE))] == []
    assert [text for text in texts if text.isascii() and is_a_persons_number(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "2021年12月31日15:00—16:30，第3次检查",
        "2022-01-13 08:30 至 2022-01-14 17:00",
        "压力1.6 MPa，容积13.5 m3，共120只，编号1—120",
    ],
)
def test_times_and_measures_are_not_refused(text: str) -> None:
    assert findings(text, NAME, PHONE) == ()
