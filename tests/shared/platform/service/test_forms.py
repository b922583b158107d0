"""A form asks for what the body needs, as tightly as it does, and says what is wrong with what it was given."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import ValidationError
from starlette.datastructures import FormData

from shared.platform.service.authority import permission
from shared.platform.service.command import Command
from shared.platform.service.corrections import what_to_correct
from shared.platform.service.fields import Body, Choice, Code, Day, Label, Line, Text
from shared.platform.service.forms import FormField, form_of, read_form

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
