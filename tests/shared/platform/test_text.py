"""What people type, made comparable; and what no text may hold."""

from __future__ import annotations

import pytest

from shared.platform.text import code_points, readings, skeleton, squeezed, unwritable

NUMBER = "13800005544"


@pytest.mark.parametrize(
    "written",
    [
        "１３８００００５５４４",
        "١٣٨٠٠٠٠٥٥٤٤",
        "१३८००००५५४४",
        "𝟏𝟑𝟖𝟎𝟎𝟎𝟎𝟓𝟓𝟒𝟒",
        "①③⑧⓪⓪⓪⓪⑤⑤④④",
        "1\ufe0f\u20e33\u03018\u200b0\u200d0\ufeff00\u00ad55\u206044",
    ],
)
def test_digits_of_every_script_and_with_anything_invisible_between_are_digits(written: str) -> None:
    assert skeleton(written) == NUMBER


@pytest.mark.parametrize(
    "written",
    [
        "一三八〇〇零零五五四四",
        "壹叁捌零零零零伍伍肆肆",
        "壹參捌零零零零伍伍肆肆",
        "幺三八洞洞洞洞五五四四",
        "l38OO005544",
        "I三8OO005544",
    ],
)
def test_numerals_and_letters_that_look_like_digits_can_be_read_as_digits(written: str) -> None:
    assert NUMBER in readings(written)


def test_a_numeral_before_a_number_leaves_a_reading_in_which_the_number_begins_by_itself() -> None:
    assert f"之一{NUMBER}" in readings(f"之一{NUMBER}")


@pytest.mark.parametrize("written", ["欧阳·卓冉", "歐陽卓冉", "欧阳•卓冉", "欧 阳 卓 冉", "欧\u200b阳\u0301卓—冉"])
def test_a_name_is_the_same_however_it_is_dotted_spaced_or_written(written: str) -> None:
    assert squeezed(written) == "欧阳卓冉"


def test_words_and_letters_alone_stay_what_they_are() -> None:
    assert readings("泽州县巴公镇Oil公司") == ("泽州县巴公镇oil公司",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("气瓶\x00超期", "U+0000"),
        ("气瓶\u202e超期\u2066", "U+202E、U+2066"),
        ("甲\ue000乙\U000f0001", "U+E000、U+F0001"),
        ("甲\ufdd0\ufffe\U0001ffff", "U+FDD0、U+FFFE、U+1FFFF"),
        ("甲\ud800", "U+D800"),
        ("\u200b\u200d\ufeff\u3164\u2800", "U+200B、U+200D、U+FEFF、U+3164、U+2800"),
    ],
)
def test_what_cannot_be_stored_printed_or_compared_is_named(text: str, named: str) -> None:
    assert code_points(unwritable(text)) == named


@pytest.mark.parametrize(
    "text", ["", "一行\n\t二行\r\n", "着火了🔥", "👨\u200d👩\u200d👧", "零宽\u200b空格", "龘䶮𠮷", "नमस्ते"]
)
def test_what_people_write_is_writable(text: str) -> None:
    assert unwritable(text) == ()
