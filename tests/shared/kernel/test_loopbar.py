"""The signature picture: seven steps on a ring that closes only when the bulletin is out."""

from __future__ import annotations

import re
from datetime import date, datetime
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from shared.kernel.contracts.steps import LoopStage, LoopStep, StageName, StepState
from shared.kernel.loopbar import STEP_NAMES, Stage, Step, loop_svg, steps_in_words

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


def on_its_way(stage: Stage, **others: StepState | Step) -> list[Step]:
    """A case whose letter is out, and what is under way since."""
    sent = Step("transferred", "done", None, stage=stage)
    return loop(found="done", processed="done", transferred=sent, **others)


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


def track(steps: list[Step], which: str = "wide") -> dict[str, str]:
    """The pieces of the track: what each is, and its path."""
    drawn = drawing(steps, which).find(f"{SVG}g[@class='track']")
    assert drawn is not None
    return {path.attrib["class"]: path.attrib["d"] for path in drawn}


def caption(steps: list[Step]) -> str:
    """What stands under the ring, without what a focused step says."""
    found = parsed(steps).find("figcaption")
    assert found is not None
    return " ".join("".join(part.itertext()) for part in found if part.tag != "ul")


def test_the_ring_is_open_until_the_bulletin_is_published_and_then_closed() -> None:
    assert list(track(ESCALATED)) == ["ahead", "arrow", "gone"]
    assert caption(ESCALATED).endswith("通报发布后闭合")
    closed = track(CLOSED)
    assert list(closed) == ["gone closed"]
    assert closed["gone closed"].endswith("Z")
    assert caption(CLOSED) == "已闭合 · 2022年3月5日"


def test_a_bulletin_does_not_close_what_is_not_yet_disclosed() -> None:
    steps = [*CLOSED[:3], Step("disclosed", "due", at(2, 19)), *CLOSED[4:]]
    assert "gone closed" not in track(steps)
    assert caption(steps).endswith("尚未闭合")


@pytest.mark.parametrize(
    ("undone", "last"),
    [
        ({"processed": "current"}, 0),
        ({"transferred": "current"}, 1),
        ({"disclosed": "due"}, 2),
        ({"transferred": "not_needed", "disclosed": "due"}, 1),
        ({"assessed": "due"}, 4),
    ],
)
def test_the_track_is_solid_up_to_the_last_step_with_none_undone_before_it(
    undone: dict[str, StepState], last: int
) -> None:
    states: dict[str, StepState | Step] = {**dict.fromkeys(STEP_NAMES, "done"), "key_supervision": "not_needed"}
    steps = loop(**states | undone)
    names = drawing(steps).findall(f".//{SVG}text[@class='name']")
    assert track(steps)["gone"].endswith(f"H{names[last].attrib['x']}")


def test_what_is_under_way_after_the_letter_has_a_mark_between_it_and_the_disclosure() -> None:
    steps = on_its_way(Stage("handling", at(2, 10)))
    names = drawing(steps).findall(f".//{SVG}text[@class='name']")
    stage = drawing(steps).find(f".//{SVG}g[@class='stage current']")
    assert stage is not None
    assert stage.findtext(f"{SVG}text") == "办理中"
    said = stage.find(f"{SVG}text")
    assert said is not None
    before, here, after = float(names[2].attrib["x"]), float(said.attrib["x"]), float(names[3].attrib["x"])
    assert before < here < after
    assert track(steps)["gone"].endswith(f"H{names[2].attrib['x']}"), "not solid over what is under way"
    assert caption(steps).startswith("办理中 · 2022年2月9日 24:00前")


@pytest.mark.parametrize(
    ("name", "word"),
    [("to_sign_for", "待签收"), ("handling", "办理中"), ("to_review", "待审核"), ("to_close", "待办结")],
)
def test_every_stage_says_what_it_waits_for(name: StageName, word: str) -> None:
    steps = on_its_way(Stage(name))
    assert word in "".join(drawing(steps, "narrow").itertext())
    assert f"移交办理：已完成 · {word}" in drawing(steps)[3].attrib["aria-label"]


def test_the_mark_on_the_way_is_red_while_anything_is_overdue_or_escalated() -> None:
    late = on_its_way(Stage("handling", at(2, 10), late=True))
    assert drawing(late).find(f".//{SVG}g[@class='stage alarm']") is not None
    assert caption(late).startswith("办理中 · 已超期")
    for state in ("alarm", "current"):
        escalated = on_its_way(
            Stage("handling", at(2, 10)), escalated=Step("escalated", state, at(2, 23), None, "核查中")
        )
        assert drawing(escalated).find(f".//{SVG}g[@class='stage alarm']") is not None
        assert drawing(escalated)[5].attrib["class"] == "step s4 alarm"
        assert caption(escalated).startswith("提级核查 · 核查中")


def test_a_step_is_late_once_its_date_is_over_and_not_before() -> None:
    told = [LoopStep(name, "due", at(2, 10) if name == "disclosed" else None, "") for name in STEP_NAMES]
    told[2] = LoopStep("transferred", "done", at(1, 21), "", LoopStage("to_review", at(2, 10)))
    for now, late in ((at(2, 9, 23, 59), False), (at(2, 10), True)):
        steps = steps_in_words(told, "zh", now)
        assert steps[3].late is late
        assert steps[2].stage == Stage("to_review", at(2, 10), late)


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


@pytest.mark.parametrize("state", ["done", "due", "not_needed"])
def test_only_what_is_late_or_escalated_is_red(state: StepState) -> None:
    assert "alarm" not in loop_svg(loop(found="done", escalated=state, key_supervision="current"))


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


@pytest.mark.parametrize("which", ["wide", "narrow"])
def test_no_word_is_cut_a_note_without_room_under_its_step_stands_whole_under_the_ring(which: str) -> None:
    note = "因电话无法接通且地址不详正在与镇政府核对"
    steps = loop(found=Step("found", "current", at(2, 10), None, note))
    assert "…" not in "".join(parsed(steps).itertext())
    assert note in caption(steps)
    assert note in drawing(steps, which)[1].attrib["aria-label"]
    assert drawing(steps).findtext(f".//{SVG}text[@class='sub']") == "2月9日前"


def test_a_focused_steps_detail_stands_whole_under_the_ring() -> None:
    told = parsed(ESCALATED).findall("figcaption/ul/li")
    assert [one.attrib["class"] for one in told] == [f"s{index}" for index in range(7)]
    assert told[2].text == "移交办理：已完成 · 2022年1月21日 17:31 · 程立 · 发泽州县局"


def test_under_the_ring_it_says_in_words_where_the_case_is() -> None:
    assert caption(ESCALATED) == "提级核查 · 接而不办 通报发布后闭合"


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
