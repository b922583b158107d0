"""The page of a case in every situation and for every role: it can be read, and what may be done has its form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from markupsafe import Markup
from starlette.datastructures import FormData

import services.cases
from services.cases.domain.authority import STATE_NAMES
from services.cases.handlers import COMMANDS
from services.cases.handlers.escalating import SOURCES, VerifyEscalation
from services.cases.handlers.supervising import ImposeAccountability
from services.cases.queries import HistoryEntry
from services.cases.web.answers import PREFIX
from services.cases.web.case_view import case_view, entry_of
from services.cases.web.desk import DESKS
from services.cases.web.sheets import letter_sheet
from services.cases.web.timeline import RULES, sentence
from shared.kernel.composition import look_of
from shared.kernel.contracts.internal.assessment import BulletinPublished
from shared.kernel.contracts.internal.notify import DisclosurePublished
from shared.platform.event_store.envelope import Actor
from shared.platform.service.fields import Label, marks
from shared.platform.service.forms import read_form
from shared.platform.service.refused import Failed
from shared.platform.web.pages import Pages
from shared.platform.web.session import Viewer
from tests.services.cases.desk import CAMPAIGN, CHECKED, COUNTY, GROUP, OFFICE, ZEZHOU, Desk, at, bring
from tests.support import catalogues

PAGES = Pages([Path(services.cases.__file__).parent / "templates"], look_of(CAMPAIGN))
UNITS = {"county": ZEZHOU, "principal": ZEZHOU, "station": ZEZHOU, "group": "g1"}
SHELL: dict[str, Any] = {
    "request_path": "/", "who": "", "places": [], "here": "cases", "desk_count": None, "other_languages": [],
    "csrf_field": lambda: Markup(""), "api": PREFIX, "queue": None, "told": None,
}  # fmt: skip
FORM = re.compile(r'<form class="form"[^>]* method="post" action="/cases/[^/"]+/([a-z-]+)">(.*?)</form>', re.DOTALL)


def viewer(role: str) -> Viewer:
    return Viewer(f"p-{role}", role, UNITS.get(role, "city"), "session", at("2022-12-31 00:00"), "s")


def page(
    desk: Desk,
    case: UUID,
    role: str,
    locale: Any = "zh",
    version: int | None = None,
    failed: Failed | None = None,
    do: str | None = None,
) -> str:
    """The HTML of the case page as this role sees it, with the form of `do`."""
    events = desk.events(case)[:version]
    found: Any = None
    for event in events:
        found = event.mutate(found)
    entries = [entry_of(e, HistoryEntry(n, n, e.TOPIC, {}, "00"), CAMPAIGN, locale) for n, e in enumerate(events, 1)]
    seen, last = viewer(role), len(desk.events(case))
    actor, now = Actor(seen.id, role, seen.unit), desk.clock.now()
    view = case_view(
        found, entries, actor, CAMPAIGN, now, last=last, failed=failed, locale=locale, do=do,
        letter=letter_sheet(CAMPAIGN, found, events, now),
    )  # fmt: skip
    return PAGES.text(locale, "case.html", SHELL | {"viewer": seen} | view)


def forms(html: str) -> dict[str, set[str]]:
    """The fields of each command's form."""
    return {command: set(re.findall(r' name="([a-z_]+)"', form)) for command, form in FORM.findall(html)}


@pytest.mark.parametrize(
    "role", ["office", "director", "county", "principal", "station", "group", "taskforce", "auditor"]
)
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_whatever_has_happened_the_page_can_be_read_at_every_step(eventful: Desk, role: str, locale: str) -> None:
    for case in eventful.cases:
        for version in range(1, len(eventful.events(case)) + 1):
            html = page(eventful, case, role, locale, version)
            assert html.count("<li") > version


def situations() -> list[tuple[Desk, UUID]]:
    """Cases in which, together, every command may be given by somebody."""
    found = []
    for state in ("opened", "transferred", "signed_for", "handling", "reported", "reviewed", "closed"):
        desk = Desk()
        found.append((desk, bring(desk, state)))
    desk, case = found[1]
    desk.give("request-return", case, COUNTY, reason="unclear", text="地址不清。")
    desk, case = found[2]
    desk.give("request-extension", case, COUNTY, until="2022-02-11", reason="等待检验报告。")
    desk = Desk()
    case = bring(desk, "signed_for")
    found.append((desk, case))
    plan: dict[str, Any] = {"text": "正在整改。", "plan": "更换阀门。", "planned_for": "2022-03-01"}
    desk.give("report-interim", case, COUNTY, **plan, reason="等待配件。", guard="专人值守。")
    desk, case = found[3]
    desk.wait_until("2022-02-10 09:00")
    desk.give("start-key-supervision", case, OFFICE, reason="属实。", measures="驻点。", recheck_by="2022-03-10")
    for fresh in (False, True):
        desk = Desk()
        case = bring(desk, "handling")
        desk.wait_until("2022-02-10 09:00")
        desk.give("appoint-verification", case, OFFICE)
        if fresh:
            desk.give("verify-escalation", case, GROUP, found=True, **CHECKED)
        found.append((desk, case))
    desk = Desk()
    case = bring(desk, "closed")
    desk.give("suspect-false-closure", case, OFFICE, source="return_visit", **CHECKED)
    found.append((desk, case))
    return found


def test_every_command_has_a_form_with_all_that_it_requires_where_it_may_be_given() -> None:
    offered: dict[str, set[str]] = {}
    for desk, case in situations():
        for role in ("office", "director", "county", "principal", "station", "group", "taskforce"):
            html = page(desk, case, role)
            for command in set(re.findall(r"[?;]do=([a-z-]+)", html)):
                offered |= forms(page(desk, case, role, do=command))
            offered |= forms(html)
    assert set(offered) == {command.name for command in COMMANDS}
    for command, names in offered.items():
        fields = COMMANDS[command].body.model_fields
        required = {name for name, field in fields.items() if field.is_required()}
        assert required | {"version"} <= names <= {*fields, "version"}, command


def test_who_may_not_now_is_told_why_instead_of_being_given_a_form() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    desk.give("suspect-false-closure", case, OFFICE, source="return_visit", **CHECKED)
    html = page(desk, case, "director")
    assert "reopen" not in forms(html)
    assert "请等待申辩期满后的核查结论" in html
    assert "申辩期限" in html


def test_an_earlier_step_is_looked_at_and_not_acted_on() -> None:
    desk = Desk()
    case = bring(desk, "handling")
    assert forms(page(desk, case, "county", version=2)) == {}


def test_the_past_reads_its_dates_as_they_were_then() -> None:
    desk = Desk()
    case = bring(desk, "transferred")
    then = len(desk.events(case))
    desk.wait_until("2022-03-01 09:00")
    assert "已超期" in page(desk, case, "county")
    before = page(desk, case, "county", version=then)
    assert "已超期" not in before
    assert "还剩" in before
    assert "record-step" in forms(page(desk, case, "county"))


def test_of_a_void_case_nothing_is_offered_and_the_page_says_why() -> None:
    desk = Desk()
    case = desk.tipped()
    desk.abandon(case, desk.take_back)
    html = page(desk, case, "director")
    assert "本件已撤销，不再办理" in html
    assert "已撤销，不再办理" in html.partition('class="loop"')[2].partition("</figure>")[0]
    assert "没有签发过交办书" in html
    assert "现在不能办的事项" not in html
    assert forms(html) == {}


def test_the_page_says_what_an_unclosed_loop_waits_for_until_it_is_closed() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    assert "闭环尚待：信息公开（办理结果待公开）；考核通报（列入当月考核通报）" in page(desk, case, "auditor")
    assert "The loop still waits for: Disclosed (" in page(desk, case, "auditor", "en")
    desk.hear("notify", DisclosurePublished("d", str(case), ZEZHOU, desk.clock.now()))
    assert "闭环尚待：考核通报" in page(desk, case, "auditor")
    desk.hear("assessment", BulletinPublished("b", "2022-01", desk.clock.now(), (str(case),)))
    assert "闭环尚待" not in page(desk, case, "auditor")


def test_every_word_that_the_tables_put_on_a_page_has_its_english(eventful: Desk) -> None:
    said = {command.permission.name for command in COMMANDS} | set(STATE_NAMES.values())
    labels = [marks(one.body, name, Label) for one in COMMANDS for name in one.body.model_fields]
    said |= {words for label in labels if label for words in (label.name, label.hint, label.empty) if words}
    said = {words for words in said if isinstance(words, str)}
    said |= {title for desk in DESKS.values() for _, title, _ in desk}
    told = [event for case in eventful.cases for event in eventful.events(case)]
    steps = {term.zh for term in CAMPAIGN.taxonomy("handling_steps").terms}  # the campaign's own words stay as they are
    said |= {sentence(event, CAMPAIGN)[0] for event in told} - steps
    said |= set(RULES.values()) | set(SOURCES.values())
    assert said - catalogues.english(catalogues.of("cases")) == set()


def test_a_timeline_names_every_rule_by_its_sentence(eventful: Desk) -> None:
    told = [event for case in eventful.cases for event in eventful.events(case)]
    assert {event.envelope.rule for event in told if event.envelope.rule} <= set(RULES)


def test_what_was_typed_is_not_lost_when_its_command_may_not_be_given_any_more() -> None:
    desk = Desk()
    case = bring(desk, "closed")
    typed = {"step": "site_inspection", "text": "已到现场，阀门泄漏。", "csrf": "0af3", "version": "7"}
    html = page(desk, case, "county", failed=Failed("record-step", "此件现为“已办结”。", typed))
    assert "此件现为“已办结”。" in html
    assert '<p class="printed">已到现场，阀门泄漏。</p>' in html
    assert "0af3" not in html
    assert html.count('<p class="printed">') == 1 + page(desk, case, "county").count('<p class="printed">')


def test_what_a_form_sends_is_what_the_command_takes() -> None:
    typed = FormData({"found": "false", "text": "已复核。", "evidence": "核查记录 1\n照片", "trigger": ""})
    body = VerifyEscalation.model_validate(read_form(VerifyEscalation, typed))
    assert body.model_dump() == {
        "found": False,
        "text": "已复核。",
        "evidence": ("核查记录 1", "照片"),
        "trigger": None,
    }
    typed = FormData(
        [("ground", "overdue"), ("units", "140525"), ("units", "140581"), ("people", "2"), ("publish", "true")]
    )
    imposed = ImposeAccountability.model_validate(read_form(ImposeAccountability, typed))
    assert (imposed.units, imposed.people) == (("140525", "140581"), 2)
