"""A form asks for what the body needs, as tightly as it does, and says what is wrong with what it was given."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import ValidationError
from starlette.datastructures import FormData

from shared.platform.service.authority import permission
from shared.platform.service.command import Command
from shared.platform.service.corrections import what_to_correct, wrong_by_pointer, wrong_fields
from shared.platform.service.fields import Body, Choice, Code, Day, Label, Line, Money, PerCode, Text
from shared.platform.service.forms import FormField, form_of, read_form
from shared.platform.web.problems import Problem

PLACES = Choice(lambda _, __, ___: [("north", "北区"), ("south", "南区")])


class Report(Body):
    """What somebody reports."""

    text: Annotated[Text, Label("情况", rows=10)]
    title: Annotated[Line | None, Label("标题", required=True)] = None
    place: Annotated[Code | None, Label("辖区", empty="请选择", required=True), PLACES] = None
    kind: Annotated[Code | None, Label("类别", empty="不清楚"), PLACES] = None
    on: Annotated[Day | None, Label("日期")] = None
    people: Annotated[int | None, Label("一共几人")] = None


def drawn() -> dict[str, FormField]:
    command = Command("report", Report, permission("报告", "office"), lambda *_: None)
    return {one.name: one for one in form_of(command, None, None, {}, "zh").fields}


def wrong(locale: Any, **given: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        Report.model_validate({"text": "有人举报"} | given)
    return what_to_correct(Report, refused.value, locale)


def test_a_field_has_the_limits_of_its_body() -> None:
    fields = drawn()
    assert (fields["text"].kind, fields["text"].longest, fields["text"].rows) == ("area", 5000, 10)
    assert (fields["title"].kind, fields["title"].longest, fields["title"].required) == ("line", 200, True)
    assert fields["people"].kind == "number"


def test_a_choice_that_a_person_must_make_is_required_and_one_that_may_stay_open_is_not() -> None:
    fields = drawn()
    assert (fields["place"].required, fields["kind"].required) == (True, False)


def test_what_the_form_requires_and_was_emptied_is_refused_though_a_program_may_leave_it_out() -> None:
    emptied = read_form(Report, FormData([("text", "x"), ("title", "甲"), ("place", ""), ("kind", "")]))
    assert emptied == {"text": "x", "title": "甲", "place": ""}
    with pytest.raises(ValidationError) as refused:
        Report.model_validate(emptied)
    assert what_to_correct(Report, refused.value, "zh") == "请填写或改正：辖区。"
    assert read_form(Report, FormData([("text", "x")])) == {"text": "x"}, "what is not on the form is not asked for"


def test_it_says_what_is_wrong_with_a_field_in_the_language_of_the_page() -> None:
    assert wrong("zh", title="长" * 201) == "请填写或改正：标题（至多 200 字）。"
    assert wrong("en", title="长" * 201) == "Please fill in or correct: Title (at most 200 characters)."
    assert wrong("zh", on="1999-01-01") == "请填写或改正：日期（年份应在 2000 年至 2100 年之间，请核对）。"
    assert wrong("zh", text="a\x00b") == (
        "请填写或改正：情况（含有不能保存、印制或比对的字符（U+0000），请删除后重试）。"
    )
    assert "(U+202E, U+E000)" in wrong("en", text="a\u202eb\ue000").replace("、", ", ")
    assert "U+200B" in wrong("zh", text="\u200b\u200d")
    assert wrong("en", text="", people="many") == "Please fill in or correct: What was found and done, 一共几人."


# --- several bodies, each known by a code ---


class Repair(Body):
    """One part that was repaired."""

    part: Code
    on: Annotated[Day | None, Label("日期")] = None
    cost: Annotated[int | None, Money(), Label("费用（元）")] = None
    spare: Annotated[bool, Label("换新")] = False


class Repairs(Body):
    """All of them."""

    parts: Annotated[
        tuple[Repair, ...],
        Label("部件"),
        PerCode("part", lambda _, __: [("valve", "阀门", ("on", "cost")), ("wire-rope", "钢丝绳", ("on", "spare"))]),
    ] = ()


def test_each_code_has_a_group_of_its_own_fields() -> None:
    command = Command("repair", Repairs, permission("修理", "office"), lambda *_: None)
    heading, valve, rope = form_of(command, None, None, {}, "zh").fields
    assert (heading.kind, heading.label) == ("heading", "部件")
    assert (valve.kind, valve.label) == ("group", "阀门")
    assert [(one.name, one.kind) for one in valve.inside] == [("parts-valve-on", "date"), ("parts-valve-cost", "money")]
    assert [one.name for one in rope.inside] == ["parts-wire-rope-on", "parts-wire-rope-spare"]
    assert not any(one.required for one in (*valve.inside, *rope.inside))


def test_a_group_is_told_where_something_of_it_is_filled_in() -> None:
    typed: list[tuple[str, Any]] = [("parts-valve-on", ""), ("parts-valve-cost", " ")]
    assert read_form(Repairs, FormData([*typed, ("parts-wire-rope-spare", "true")])) == {
        "parts": [{"part": "wire-rope", "spare": "true"}]
    }
    assert read_form(Repairs, FormData(typed)) == {}


@pytest.mark.parametrize(
    ("typed", "read"),
    [("20000", "2000000"), ("1,200.5", "120050"), ("0", "0"), ("0.005", "0.005"), ("两万", "两万"), ("NaN", "NaN")],
)
def test_an_amount_is_typed_in_whole_units_and_told_in_hundredths(typed: str, read: str) -> None:
    told = read_form(Repairs, FormData([("parts-valve-cost", typed)]))
    assert told == {"parts": [{"part": "valve", "cost": read}]}
    if read.isdecimal():
        assert Money.read(Money.typed(int(read))) == read
    else:
        with pytest.raises(ValidationError):
            Repairs.model_validate(told)


def test_what_is_wrong_in_a_group_is_said_at_its_field() -> None:
    groups = {"parts": ["valve", "wire-rope"]}
    refused = Problem("x", errors=[{"pointer": "/parts/1/on", "detail": "太早。"}])
    assert wrong_by_pointer(refused, "zh", groups) == {"parts-wire-rope-on": "太早。"}
    with pytest.raises(ValidationError) as error:
        Repairs.model_validate({"parts": [{"part": "valve"}, {"part": "wire-rope", "on": "gestern"}]})
    assert wrong_fields(Repairs, error.value, "zh", groups) == {"parts-wire-rope-on": "请填写或改正此项。"}
