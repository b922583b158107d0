"""People sign what they saw: letters and results as they stand on the screen, and nothing drafted meanwhile."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from starlette.datastructures import FormData

from services.cases import letters
from services.cases.handlers import COMMANDS
from shared.kernel.measures import MeasureTaken
from shared.platform.event_store.envelope import Actor
from shared.platform.event_store.refusal import Invalid, NotNamed, StaleVersion
from shared.platform.service.forms import read_posted
from shared.platform.service.refused import Failed
from tests.services.cases.desk import COUNTY, DIRECTOR, FINED, OFFICE, PRINCIPAL, RESULT, SUSPENDED, ZEZHOU, Desk, bring
from tests.services.cases.test_pages import page

SIGNS = {
    "transfer", "sign-for", "accept-return", "refuse-return", "grant-extension", "refuse-extension", "approve-plan",
    "refuse-plan",
    "decide-penalty-proceeding", "report-result", "review-result", "reject-result", "close", "reopen",
    "verify-escalation", "impose-accountability", "end-key-supervision", "record-decision",
}  # fmt: skip
"""The commands by which somebody signs, approves, rejects, publishes or numbers."""
DRAFT: dict[str, Any] = RESULT | {"taken": [SUSPENDED, FINED], "evidence": ["通知书", "照片"]}
LETTER: dict[str, Any] = {
    "matter": "涉嫌无证充装", "enterprise": "乙气站", "supervising": "p-office-2", "circumstance": "major",
    "feedback_by": "2022-02-18", "attachments": ["照片 3 张", "笔录"],
}  # fmt: skip


def test_these_commands_sign() -> None:
    assert {command.name for command in COMMANDS if command.signs} == SIGNS


def drafted() -> tuple[Desk, UUID]:
    """A case whose result the handling officer has drafted."""
    desk = Desk()
    case = bring(desk, "handling")
    desk.give("decide-penalty-proceeding", case, PRINCIPAL, proceeding=True)
    desk.give("report-result", case, COUNTY, **DRAFT)
    return desk, case


def of_form(html: str, command: str) -> str:
    """The form of a command."""
    return html.partition('<form class="form"')[2].partition(f'/{command}">')[2].partition("</form>")[0]


def posts(desk: Desk, command: str, case: UUID, by: Actor, *typed: tuple[str, str]) -> None:
    """Somebody posts the form of the case as it stands."""
    given = read_posted(COMMANDS[command], FormData(list(typed)))
    desk.sign(command, case, by, **given)


def test_the_principals_form_shows_the_whole_draft() -> None:
    html = page(*drafted(), "principal")
    form, said = of_form(html, "report-result"), html.partition('id="result"')[2].partition("</section>")[0]
    assert "已责令停用。" in said
    assert "责令停产整顿（泽市监停〔2022〕1号" in said
    assert re.search(r'<form class="act" method="post" action="[^"]*/report-result">', html), "one button signs it"
    assert ">已责令停用。</textarea>" in form
    assert ">通知书\n照片</textarea>" in form
    assert '<option value="borne_out" selected>' in form
    assert re.findall(r'<details class="group" data-key="g-report-result-taken-(\w+)" open>', form) == [
        "suspension",
        "penalty",
    ]
    assert 'name="taken-suspension-reinspection" type="date" value="2022-02-10"' in form
    assert 'name="taken-penalty-amount" type="number" value="20000" min="0" step="0.01"' in form
    assert 'name="taken-penalty-number" type="text" value="泽市监罚〔2022〕1号"' in form
    assert ">初次违法，及时改正。</textarea>" in form


def test_the_principal_signs_what_his_form_says_and_not_what_was_drafted() -> None:
    desk, case = drafted()
    typed = (
        ("text", "已责令停用，已复查。"), ("evidence", ""), ("conclusion", "borne_out"),
        ("taken-suspension-number", ""), ("taken-suspension-on", ""), ("taken-licence_withheld-licence", ""),
        ("taken-penalty-number", "泽市监罚〔2022〕2号"), ("taken-penalty-on", "2022-01-21"),
        ("taken-penalty-amount", "30,000.50"), ("taken-penalty-articles", "第八十五条"),
        ("taken-penalty-at_maximum", "true"), ("taken-penalty-below_maximum", ""),
    )  # fmt: skip
    posts(desk, "report-result", case, PRINCIPAL, *typed)
    result = desk.case(case).result
    assert result is not None
    assert (result.text, result.measures, result.evidence) == ("已责令停用，已复查。", ("penalty",), ())
    penalty = MeasureTaken(
        "penalty", "泽市监罚〔2022〕2号", date(2022, 1, 21), 3_000_050, "第八十五条", None, None, None
    )
    assert result.taken == (penalty,)


def test_measures_without_a_text_are_refused_at_the_text_and_nothing_is_signed() -> None:
    desk, case = drafted()
    for by in (PRINCIPAL, COUNTY):
        with pytest.raises(Invalid, match="还没有写办理结果") as refused:
            desk.sign("report-result", case, by, taken=[FINED])
        assert refused.value.field == "text"
    assert desk.case(case).result is None
    typed = {"text": "", "taken-penalty-number": "泽市监罚〔2022〕9号", "evidence": "照片", "version": "5"}
    failed = Failed("report-result", "请填写或改正：办理结果。", typed, {"text": "请填写或改正此项。"})
    form = of_form(page(desk, case, "principal", failed=failed), "report-result")
    assert 'id="report-result-text-wrong">请填写或改正此项。<' in form
    assert 'aria-describedby="report-result-text-wrong"' in form
    assert 'data-key="g-report-result-taken-penalty" open>' in form
    assert 'value="泽市监罚〔2022〕9号"' in form
    assert "泽市监停" not in form


def test_nobody_signs_a_draft_without_naming_the_version_in_which_he_saw_it() -> None:
    desk, case = drafted()
    seen = desk.case(case).version
    with pytest.raises(NotNamed):
        desk.give("report-result", case, PRINCIPAL)
    desk.give("report-result", case, COUNTY, **DRAFT | {"text": "第二稿。"})
    with pytest.raises(StaleVersion):
        desk.give("report-result", case, PRINCIPAL, version=seen)
    desk.give("report-result", case, PRINCIPAL, **DRAFT | {"text": "全文在此。"})
    assert desk.case(case).state == "reported"


def test_the_directors_form_shows_every_part_of_the_letter_as_it_was_drafted() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, OFFICE, **LETTER)
    html = page(desk, case, "director")
    sheet = html.partition('class="sheet"')[2].partition("</article>")[0]
    for shown in (
        "乙气站涉嫌无证充装",
        "送签稿",
        "2022年2月18日前",
        "（特设）移〔2022〕　　号",
        "1.照片 3 张；2.笔录。",
    ):
        assert shown in sheet, shown
    assert re.search(r'<form class="act" method="post" action="[^"]*/transfer">', html), "one button signs it"
    form = of_form(html, "transfer")
    for shown in (">涉嫌无证充装</textarea>", 'value="乙气站"', 'value="p-office-2" selected', 'value="major" selected',
                  'value="2022-02-18"', ">照片 3 张\n笔录</textarea>", f'value="{ZEZHOU}" selected'):  # fmt: skip
        assert shown in form, shown


def test_without_a_draft_the_directors_form_shows_what_the_case_knows() -> None:
    desk = Desk()
    form = of_form(page(desk, desk.tipped(), "director"), "transfer")
    assert ">涉嫌充装超期未检气瓶</textarea>" in form
    assert 'value="甲气站"' in form


def test_what_the_director_empties_on_his_form_is_not_in_the_letter() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, OFFICE, **LETTER)
    emptied = [(name, "") for name in ("unit", "supervising", "circumstance", "feedback_by", "attachments")]
    posts(desk, "transfer", case, DIRECTOR, ("matter", "涉嫌无证充装"), ("enterprise", "丙气站"), *emptied)
    signed = letters.facts(next(one for one in reversed(desk.events(case)) if type(one).__name__ == "CaseTransferred"))
    assert (signed.matter, signed.enterprise, signed.attachments) == ("涉嫌无证充装", "丙气站", ())
    feedback = desk.case(case).feedback
    assert feedback is not None
    assert feedback.due_date.counted == 10, "no circumstance lengthens the window, and no day of its own is set"


def test_a_letter_of_which_a_part_is_left_out_names_the_version_of_the_draft() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.give("transfer", case, OFFICE, **LETTER)
    parts: list[dict[str, Any]] = [{}, {"matter": "别的事由"}]
    for part in parts:
        with pytest.raises(NotNamed):
            desk.give("transfer", case, DIRECTOR, **part)
    desk.give("transfer", case, DIRECTOR, **LETTER, unit=ZEZHOU)
    assert desk.case(case).state == "transferred"


def test_who_reviews_and_who_closes_has_the_whole_result_before_him() -> None:
    desk, case = drafted()
    desk.sign("report-result", case, PRINCIPAL)
    measures = (
        "责令停产整顿（泽市监停〔2022〕1号，2022年1月21日，复查日期：2022年2月10日）",
        "行政处罚（泽市监罚〔2022〕1号，2022年1月21日，罚没 20,000 元，"
        "依据：《中华人民共和国特种设备安全法》第八十五条，低于上限的理由：初次违法，及时改正。）",
    )
    for role in ("office", "director"):
        html = page(desk, case, role)
        said = html.partition('id="result"')[2].partition("</section>")[0]
        for shown in ("属实", "已责令停用。", *measures, "通知书", "照片", "已立案"):
            assert shown in said, shown
        if role == "office":
            desk.sign("review-result", case, OFFICE)
