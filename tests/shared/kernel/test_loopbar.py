"""The signature picture: seven steps on a ring that closes only when the bulletin is out."""

from __future__ import annotations

import re
from datetime import date, datetime
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from shared.kernel.contracts.steps import StepState
from shared.kernel.loopbar import STEP_NAMES, Step, loop_svg

SHANGHAI = ZoneInfo("Asia/Shanghai")
SVG = "{*}"


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2022, month, day, hour, minute, tzinfo=SHANGHAI)


def loop(**states: StepState | Step) -> list[Step]:
    """All seven steps, `due` unless said otherwise."""
    return [said if isinstance(said := states.get(name, "due"), Step) else Step(name, said) for name in STEP_NAMES]


ESCALATED = loop(
    found=Step("found", "done", at(1, 18, 22, 14), "12315 热线"),
    processed=Step("processed", "done", at(1, 18, 23, 2)),
    transferred=Step("transferred", "done", at(1, 21, 17, 31), "程立", "发泽州县局"),
    escalated=Step("escalated", "alarm", at(1, 29), "第一督导工作组", "接而不办"),
)
CLOSED = loop(
    found="done", processed="done", transferred="done", disclosed="done", escalated="not_needed",
    key_supervision="not_needed", assessed=Step("assessed", "done", at(3, 5, 10)),
)  # fmt: skip


def parsed(steps: list[Step]) -> ElementTree.Element:
    return ElementTree.fromstring(str(loop_svg(steps)))  # noqa: S314  # our own drawing


def drawing(steps: list[Step], which: str = "wide") -> ElementTree.Element:
    figure = parsed(steps)
    return next(svg for svg in figure if which in svg.attrib["class"].split())


def test_a_case_shows_all_seven_steps_in_the_notices_order() -> None:
    names = [text.text for text in drawing(ESCALATED).findall(f".//{SVG}text[@class='name']")]
    assert names == ["发现问题", "信息处置", "移交办理", "信息公开", "提级核查", "重点督导", "考核通报"]


@pytest.mark.parametrize("steps", [loop()[:6], loop()[::-1], [*loop(), Step("found", "done")]])
def test_a_loop_with_a_step_missing_or_out_of_order_cannot_be_drawn(steps: list[Step]) -> None:
    with pytest.raises(ValueError, match="in this order"):
        loop_svg(steps)


def test_the_ring_is_open_until_the_bulletin_is_published_and_then_closed() -> None:
    track = drawing(ESCALATED).find(f"{SVG}g[@class='track']")
    assert track is not None
    assert [path.attrib["class"] for path in track] == ["ahead", "arrow", "gone", "gone", "alarm"]
    assert "通报发布后闭合" in "".join(drawing(ESCALATED).itertext())
    closed = drawing(CLOSED).find(f"{SVG}g[@class='track']")
    assert closed is not None
    assert [path.attrib["class"] for path in closed] == ["gone closed"]
    assert closed[0].attrib["d"].endswith("Z")
    assert "已闭合 · 2022年3月5日" in "".join(drawing(CLOSED).itertext())


def test_a_bulletin_that_is_only_due_closes_nothing() -> None:
    steps = [*CLOSED[:6], Step("assessed", "due", date(2022, 3, 5))]
    assert "gone closed" not in loop_svg(steps)
    assert "3月5日前" in "".join(drawing(steps).itertext())


@pytest.mark.parametrize("which", ["wide", "narrow"])
def test_every_step_can_be_focused_and_says_its_state_date_person_and_reason(which: str) -> None:
    steps = drawing(ESCALATED, which).findall(f"{SVG}g[@role='listitem']")
    assert [step.attrib["tabindex"] for step in steps] == ["0"] * 7
    transferred = steps[2]
    said = "移交办理：已完成 · 2022年1月21日 17:31 · 程立 · 发泽州县局"
    assert transferred.attrib["aria-label"] == said
    assert transferred.findtext(f"{SVG}title") == said


def test_the_whole_is_summed_up_for_those_who_do_not_see_it() -> None:
    svg = drawing(ESCALATED)
    assert svg.attrib["role"] == "list"
    assert svg.attrib["aria-label"] == "闭环进度：七个环节已完成 3 个；提级核查 · 接而不办"


@pytest.mark.parametrize("state", ["done", "current", "due", "not_needed"])
def test_only_an_alarm_is_drawn_as_one(state: StepState) -> None:
    assert "alarm" not in loop_svg(loop(found="done", escalated=state))


def test_each_state_has_a_shape_of_its_own_not_only_a_colour() -> None:
    shapes = set()
    for state in ("done", "current", "due", "not_needed", "alarm"):
        step = drawing(loop(found=state)).find(f"{SVG}g[@role='listitem']")
        assert step is not None
        mark = step.find(f"{SVG}g")
        assert mark is not None
        shapes.add(tuple((child.tag, child.attrib.get("d"), child.attrib.get("r")) for child in mark))
    assert len(shapes) == 5


def test_no_attribute_is_used_that_the_pages_policy_blocks() -> None:
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script", loop_svg(ESCALATED))


def test_a_note_with_markup_in_it_stays_text() -> None:
    steps = loop(found=Step("found", "current", None, "<b>", '"><script>alert(1)</script>'))
    figure = parsed(steps)
    assert not figure.findall(f".//{SVG}script")


def test_a_long_note_is_cut_under_the_step_and_whole_when_focused() -> None:
    note = "因电话无法接通且地址不详正在与镇政府核对"
    svg = drawing(loop(found=Step("found", "current", None, None, note)))
    assert svg.findtext(f".//{SVG}text[@class='sub']") == "因电话无法接通且地…"
    assert note in svg.find(f"{SVG}g[@role='listitem']").attrib["aria-label"]  # type: ignore[union-attr]


def test_the_narrow_picture_says_in_words_where_the_case_is() -> None:
    captions = [
        text.text for text in drawing(ESCALATED, "narrow") if text.attrib.get("class", "").startswith("caption")
    ]
    assert captions == ["提级核查 · 接而不办", "通报发布后闭合"]


def test_the_picture_speaks_english_too() -> None:
    text = str(loop_svg(ESCALATED, "en"))
    assert "Escalated" in text
    assert "Transferred: done · 21 Jan 2022 17:31" in text
    assert "提级核查" not in text


def test_what_is_to_be_done_by_the_end_of_a_day_names_that_day_and_not_the_next() -> None:
    steps = loop(
        disclosed=Step("disclosed", "due", at(2, 19)), key_supervision=Step("key_supervision", "current", at(2, 10))
    )
    text = "".join(parsed(steps).itertext())
    assert "2月18日" in text
    assert "2月9日 24:00" in text
    assert "2月19日" not in text
    assert "2月10日" not in text
