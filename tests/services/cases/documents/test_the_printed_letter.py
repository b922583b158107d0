"""The PDF of a letter, made by the real child process with the fonts that Bihuan ships with."""

import asyncio
import io
import re
import struct
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdf
import pytest

from services.cases.documents import glyphs, render
from services.cases.documents.letter import LetterFacts, Officer, letter_text
from services.cases.documents.render import (
    MissingGlyphError,
    RenderError,
    RenderTimeoutError,
    render_letter,
    render_stored_letter,
)
from tests.services.cases.documents.sample import A_TIP


def printed(facts: LetterFacts) -> bytes:
    return asyncio.run(render_letter(facts))


MILLIMETRE = 72 / 25.4

LETTER = replace(
    A_TIP, basis="《全市特种设备安全生产风险隐患大排查大整治“百日攻坚”集中行动实施方案》（晋市市监〔2021〕210号）"
)


def pages(sheet: bytes) -> list[str]:
    """Each page's text as one run: where a line ends is the typesetter's business."""
    return [re.sub(r"\s", "", page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(sheet)).pages]


def without_spaces(text: str) -> str:
    return re.sub(r"\s", "", text)


def first_baseline(sheet: bytes, page: int, text: str) -> tuple[float, float]:
    """Distance in mm of a line that begins with `text` from the left and the top edge of the paper."""
    found: list[tuple[float, float]] = []

    def visit(fragment: str, cm: list[float], tm: list[float], _font: object, _size: float) -> None:
        if fragment.strip().startswith(text):
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append((x / MILLIMETRE, 297 - y / MILLIMETRE))

    pypdf.PdfReader(io.BytesIO(sheet)).pages[page - 1].extract_text(visitor_text=visit)
    return found[0]


@pytest.fixture(scope="module")
def ordinary() -> bytes:
    return printed(LETTER)


def test_an_ordinary_letter_is_one_page_that_says_everything_in_the_order_of_the_annex(ordinary: bytes) -> None:
    (page,) = pages(ordinary)
    expected = [
        "".join(LETTER.title),
        "（特设）移〔2022〕17号",
        "泽州县市场监督管理局：",
        letter_text(LETTER).sentence,
        "督办人：沈一帆联系方式：13800000101",
        "承办人：联系方式：",
        "附该事项有关材料：1.举报登记表（已脱敏）；2.现场照片4张。",
        "晋城市特种设备“百日攻坚”集中行动办公室",
        "（晋城市市场监督管理局代章）",
        "2022年1月21日",
        "本文书一式两份：一份由交办部门备案，一份交移送单位。",
        "—1—",
    ]
    places = [page.rfind(part) for part in expected]
    assert -1 not in places, [part for part, place in zip(expected, places, strict=True) if place == -1]
    assert places == sorted(places)


def test_a_seal_is_marked_as_a_place_and_never_drawn(ordinary: bytes) -> None:
    assert "印章占位" in pages(ordinary)[0]
    assert not pypdf.PdfReader(io.BytesIO(ordinary)).pages[0].images


def test_a_problem_found_by_a_group_is_printed_as_found_by_it() -> None:
    found = replace(LETTER, source="inspection", found_by="第一督导工作组")
    assert letter_text(found).sentence in pages(printed(found))[0]


def test_a_letter_to_a_government_names_the_informed_bureau_at_its_foot() -> None:
    letter = replace(
        LETTER,
        kind="government",
        title=("关于移交群众举报事项的函",),
        addressee="泽州县人民政府",
        handling_officer=Officer("贺青川", "13900000202", "泽州县安委办"),
        informed=("泽州县市场监督管理局",),
    )
    (page,) = pages(printed(letter))
    assert "现将该事项移交你政府" in page
    assert "承办人：泽州县安委办贺青川联系方式：13900000202" in page
    assert "抄告：泽州县市场监督管理局。" in page


def test_the_sheet_is_a4_and_begins_where_gb_t_9704_puts_it(ordinary: bytes) -> None:
    box = pypdf.PdfReader(io.BytesIO(ordinary)).pages[0].mediabox
    assert (round(box.width / MILLIMETRE), round(box.height / MILLIMETRE)) == (210, 297)
    left, _ = first_baseline(ordinary, 1, "泽州县市场监督管理局")
    assert left == pytest.approx(28, abs=0.5)
    _, top = first_baseline(ordinary, 1, "安全生产领域")
    assert 37 < top < 37 + 30 / MILLIMETRE


def test_a_full_page_of_text_has_twenty_two_rows_of_twenty_eight_characters() -> None:
    sheet = printed(replace(LETTER, matter="储罐安全阀超过校验有效期" * 80))
    second = pypdf.PdfReader(io.BytesIO(sheet)).pages[1].extract_text().splitlines()
    assert second[-1] == "— 2 —"
    assert [len(row) for row in second[:-1]] == [28] * 22


@pytest.mark.parametrize("before", range(14, 20))
def test_figures_stay_with_their_units_wherever_a_line_happens_to_end(before: int) -> None:
    letter = replace(
        LETTER, found_by="督" * before, matter="涉嫌超期138天充装气瓶2046只", feedback_by=date(2022, 12, 31)
    )
    page = pypdf.PdfReader(io.BytesIO(printed(letter))).pages[0].extract_text()
    torn = [figure for figure in ("138天", "2046只", "2022年", "12月", "31日") if figure not in page]
    assert torn == []


@pytest.mark.parametrize("before", [9, 10, 11, 12])
def test_an_enterprises_name_is_not_torn_for_the_sake_of_a_few_characters_room(before: int) -> None:
    letter = replace(LETTER, found_by="督" * before, enterprise="泽州县某气体有限公司")
    assert "泽州县某气体有限公司" in pypdf.PdfReader(io.BytesIO(printed(letter))).pages[0].extract_text()


def test_a_long_matter_goes_on_to_a_second_page_with_the_number_on_the_outer_edge_of_each() -> None:
    matter = "涉嫌" + "、".join(f"第{tank}号储罐安全阀超过校验有效期{tank}天仍在使用" for tank in range(1, 30))
    letter = replace(LETTER, matter=matter)
    sheet = printed(letter)
    first, second = pages(sheet)
    assert first.endswith("—1—")
    assert second.endswith("—2—")
    assert first_baseline(sheet, 1, "—")[0] > 105 > first_baseline(sheet, 2, "—")[0]
    assert without_spaces(matter) in first.removesuffix("—1—") + second


@pytest.mark.parametrize("length", [20, 60, 100, 140, 180, 400])
def test_the_seal_always_stands_on_a_page_that_carries_some_of_the_text(length: int) -> None:
    letter = replace(LETTER, matter=("储罐安全阀超过校验有效期仍在使用、" * 40)[:length] + "等", informed=("某县局",))
    last = pages(printed(letter))[-1]
    assert "从严追责问责。" in last
    assert "印章占位" in last


def test_the_same_facts_give_the_same_bytes_and_other_facts_do_not(ordinary: bytes) -> None:
    assert printed(LETTER) == ordinary
    assert printed(replace(LETTER, number="（特设）移〔2022〕18号")) != ordinary


def test_the_file_carries_the_date_of_the_letter_and_declares_its_archival_and_accessible_form(ordinary: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(ordinary))
    assert reader.metadata is not None
    assert str(reader.metadata["/CreationDate"]).startswith("D:20220121")
    assert "（特设）移〔2022〕17号" in str(reader.metadata.title)
    assert str(reader.root_object["/Lang"]) == "zh-CN"
    metadata = reader.root_object["/Metadata"].get_object()
    assert isinstance(metadata, pypdf.generic.StreamObject)
    packet = metadata.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in packet
    assert "<pdfuaid:part>1</pdfuaid:part>" in packet


def test_markup_in_a_tip_is_printed_as_it_was_typed() -> None:
    matter = r'称#import"a.typ":*与*粗*_斜_$x^2$@ref<tag>`码`\u{41}//注/*释*/[块]{式}=题-项'
    assert f"{matter}的举报" in pages(printed(replace(LETTER, enterprise=None, matter=matter)))[0]


def test_rare_characters_of_names_are_printed() -> None:
    assert "镕喆燚𠮷堃龘有限公司" in pages(printed(replace(LETTER, enterprise="镕喆燚𠮷堃龘有限公司")))[0]


def test_a_character_that_no_font_has_is_named_instead_of_printed_as_a_box() -> None:
    with pytest.raises(MissingGlyphError, match=r"U\+1F525.*U\+E000.*BIHUAN_FONTS") as refused:
        printed(replace(LETTER, matter="涉嫌🔥着火\ue000"))
    assert refused.value.characters == "🔥\ue000"


async def test_a_letter_that_has_its_number_is_printed_with_a_box_and_a_note_that_names_what_was_there() -> None:
    sheet = "".join(pages(await render_stored_letter(replace(LETTER, matter="涉嫌🔥着火\U00030edd"))))
    assert "涉嫌□着火□的举报" in sheet
    assert "原为U+1F525、U+30EDD" in sheet


def test_what_the_maps_of_the_fonts_say_is_what_is_printed() -> None:
    rare = "镕喆燚𠮷堃龘䶮㙍⿰①Ⅷ㎥℃αЖ가ア〇·—…〔〕□🔥\ue000\u0e01\U0002ceb0\U00030edd"
    with pytest.raises(MissingGlyphError) as refused:
        printed(replace(LETTER, matter=rare))
    assert glyphs.missing(rare) == refused.value.characters


def test_the_operators_own_face_counts_only_if_letters_are_set_in_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BIHUAN_FONTS", str(tmp_path))
    (tmp_path / "a.ttf").write_bytes(a_face("Some Emoji", 0x1F525))
    (tmp_path / "damaged.ttf").write_bytes(a_face("FangSong", 0x1F526)[:90])
    assert glyphs.missing("🔥") == "🔥"
    glyphs._of_the_text.cache_clear()
    (tmp_path / "b.ttf").write_bytes(a_face("FangSong", 0x1F525))
    assert glyphs.missing("🔥") == ""
    glyphs._of_the_text.cache_clear()


def a_face(family: str, point: int) -> bytes:
    """The two tables of a font that `glyphs` reads."""
    written = family.encode("utf-16-be")
    name = struct.pack(">3H", 0, 1, 18) + struct.pack(">6H", 3, 1, 1033, 1, len(written), 0) + written
    groups = struct.pack(">HHIII", 12, 0, 28, 0, 1) + struct.pack(">III", point, point, 1)
    cmap = struct.pack(">HH", 0, 1) + struct.pack(">HHI", 3, 10, 12) + groups
    head = struct.pack(">4sHHHH", b"\x00\x01\x00\x00", 2, 0, 0, 0)
    tables = struct.pack(">4sIII", b"cmap", 0, 44, len(cmap)) + struct.pack(
        ">4sIII", b"name", 0, 44 + len(cmap), len(name)
    )
    return head + tables + cmap + name


async def test_many_letters_asked_for_at_once_all_come_and_are_the_same_sheet(ordinary: bytes) -> None:
    assert set(await asyncio.gather(*(render_letter(LETTER) for _ in range(5)))) == {ordinary}


async def test_a_letter_that_takes_too_long_is_given_up_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "_COMMAND", ("sleep", "60"))
    monkeypatch.setattr(render, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(RenderTimeoutError, match="已中止"):
        await render_letter(LETTER)


def test_a_child_without_enough_memory_costs_one_letter_and_not_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "MEMORY_BYTES", 48 << 20)
    with pytest.raises(RenderError, match="异常结束"):
        printed(LETTER)


def test_a_font_directory_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BIHUAN_FONTS", str(tmp_path / "字体"))
    with pytest.raises(RenderError, match=r"BIHUAN_FONTS 指向的目录不存在：.*字体"):
        printed(LETTER)


def test_an_empty_font_directory_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ordinary: bytes
) -> None:
    monkeypatch.setenv("BIHUAN_FONTS", str(tmp_path))
    assert printed(LETTER) == ordinary


def test_the_child_is_not_told_the_secrets_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_VAULT_KEY", "a secret")
    monkeypatch.setattr(render, "_COMMAND", ("sh", "-c", "cat >/dev/null; env"))
    assert b"a secret" not in printed(LETTER)
