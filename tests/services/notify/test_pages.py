"""The office's page of an item in every state and for every role: it can be read, and what may be done has its form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from markupsafe import Markup
from starlette.datastructures import FormData

import services.notify
from services.notify.domain.authority import STATE_NAMES
from services.notify.domain.disclosure import DOUBT_NAMES
from services.notify.domain.values import situation_of
from services.notify.handlers import DISCLOSURE, NEW_DISCLOSURE
from services.notify.handlers.disclosing import Check, Correct, Publish
from services.notify.queries.disclosures import DisclosureRow
from services.notify.rules.telling import DOUBT_SENTENCES, WHY
from services.notify.web.drafts import _read, item_view
from services.notify.web.words import KINDS
from shared.kernel.commands import Setting
from shared.kernel.composition import look_of
from shared.platform.event_store.envelope import Actor
from shared.platform.service.fields import Label, marks
from shared.platform.service.forms import form_of
from shared.platform.service.refused import Failed
from shared.platform.web.pages import Pages
from tests.services.notify import trouble
from tests.services.notify.closing import CASE, DIRECTOR, EVIDENCE, OFFICE, approved, closed_case, item, published
from tests.services.notify.postroom import CAMPAIGN, PostRoom, at
from tests.support import catalogues, life

PAGES = Pages([Path(services.notify.__file__).parent / "templates"], look_of(CAMPAIGN))
SHELL: dict[str, Any] = {
    "request_path": "/", "viewer": None, "who": "", "places": [], "here": "public", "desk_count": None,
    "other_languages": [], "csrf_field": lambda: Markup(""),
}  # fmt: skip
FORM = re.compile(r'<form class="form" method="post" action="/public/drafts/[^/"]+/([a-z]+)">(.*?)</form>', re.DOTALL)
NOT_YET = ("checked_by", "published_at", "correction", "correction_reason", "reason")


def page(room: PostRoom, role: str, locale: Any = "zh", failed: Failed | None = None) -> str:
    """The HTML of the last item's page as this role sees it."""
    empty: dict[str, Any] = dict.fromkeys(NOT_YET) | {"number": 1, "doubts": (), "approvers": (), "channels": ()}
    row = DisclosureRow(**(empty | room.items()[-1] | standing(room)))
    actor = Actor(f"p-{role}", role, "city")
    return PAGES.text(
        locale, "draft.html", SHELL | item_view(row, actor, Setting(CAMPAIGN), room.clock.now(), locale, failed)
    )


def standing(room: PostRoom) -> dict[str, Any]:
    """What the list says of the last item's case."""
    row = room.tables["standings"].get(UUID(room.items()[-1]["case_id"]))
    if row is None:
        return {}
    facts: dict[str, Any] = {name: row.get(name) for name in ("confidential", "doubts", "closed", "conclusion")}
    return {"situation": situation_of(**facts), "undecided": tuple(row["doubts"])}


def forms(html: str) -> dict[str, set[str]]:
    """The fields of each command's form."""
    return {command: set(re.findall(r' name="([a-z_-]+)"', form)) for command, form in FORM.findall(html)}


def in_state(state: str) -> PostRoom:
    room = closed_case()
    if state == "superseded":
        room.told_by_cases(life.reopened(CASE))
    if state == "checked":
        room.give("check", item(room), text="9时30分停产，联系电话13800001234。", answers={"phone": "公布的电话"})
    if state == "approved":
        approved(room, item(room))
        room.give("publish", item(room), evidence={"daily": "第3版"})
    if state == "correcting":
        published(room)
        room.told_by_cases(trouble.found(CASE, "false_closure"))
    if state in ("published", "withdrawn"):
        published(room)
        room.give("correct", item(room), OFFICE, text="更正后的文字。", reason="金额有误")
    if state == "withdrawn":
        room.give("withdraw", item(room), DIRECTOR, reason="处罚被撤销")
    assert room.items()[-1]["state"] == state
    return room


@pytest.mark.parametrize("role", ["office", "director", "auditor"])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_in_every_state_the_page_can_be_read(role: str, locale: str) -> None:
    for state in STATE_NAMES:
        assert "<h1>" in page(in_state(state), role, locale)


def test_every_command_has_its_form_where_it_may_be_given() -> None:
    offered = {
        (state, role): set(forms(page(in_state(state), role)))
        for state in STATE_NAMES
        for role in ("office", "director")
    }
    assert offered["drafted", "office"] == {"check"}
    assert offered["checked", "office"] == {"check", "approve"}
    assert offered["approved", "office"] == {"publish"}
    assert offered["published", "office"] == {"correct"}
    assert offered["published", "director"] == {"correct", "withdraw"}
    assert offered["correcting", "director"] == {"publish", "correct", "withdraw"}
    assert offered["correcting", "office"] == {"publish", "correct"}
    assert set().union(*offered.values()) == {command.name for command in DISCLOSURE.commands}


def test_a_check_shows_the_wording_and_asks_of_each_kind_of_doubt_why_it_may_stand() -> None:
    room = in_state("checked")
    html = page(room, "office")
    assert forms(html)["check"] == {"version", "title", "text", "outcomes", "answers-exact_time", "answers-phone"}
    assert "9时30分停产，联系电话13800001234。</textarea>" in html
    assert 'value="suspension" checked' in html
    assert "为何可以公开：精确到时刻的时间" in html
    assert "major_hazard_rate" not in html, "which the assessment computes"


def test_a_publication_asks_for_the_channels_that_are_left() -> None:
    names = forms(page(in_state("approved"), "office"))["publish"]
    assert names == {"version", *(f"evidence-{channel}" for channel in EVIDENCE if channel != "daily")}


def test_the_page_says_why_an_item_waits_and_offers_nothing_that_brings_it_nearer_to_the_public() -> None:
    room = in_state("checked")
    room.told_by_cases(trouble.suspected(CASE))
    html = page(room, "office")
    assert "此件还有未作结论的核查，暂不公开。" in html
    assert "涉嫌虚假办结尚未查清" in html
    assert set(forms(html)) == set()


def test_a_correction_asks_for_the_channels_that_the_item_stands_on_and_says_until_when() -> None:
    room = in_state("correcting")
    html = page(room, "office")
    assert forms(html)["publish"] == {"version", *(f"evidence-{channel}" for channel in EVIDENCE)}
    assert "更正期限" in html
    assert "已超期" not in html
    room.clock.set(at("2022-03-01 09:00"))
    assert "已超期" in page(room, "office")


def test_who_signs_a_correction_changes_no_words() -> None:
    room = in_state("published")
    assert {"title", "text", "reason"} < forms(page(room, "office"))["correct"]
    assert forms(page(room, "director"))["correct"] == {"version"}
    body = Correct.model_validate(_read(Correct, FormData({"version": "7"})))
    room.sign("correct", item(room), DIRECTOR, **body.model_dump(exclude_unset=True))
    assert room.board[0]["text"] == "更正后的文字。"


def test_a_refused_form_comes_back_with_what_was_typed_and_nothing_else() -> None:
    typed = {"title": "别的题", "text": "", "outcomes": "penalty", "answers-exact_time": "已公告"}
    html = page(in_state("checked"), "office", failed=Failed("check", "请改正。", typed))
    assert 'value="别的题"' in html
    assert "9时30分停产，联系电话13800001234。</textarea>" not in html
    assert 'value="suspension" checked' not in html
    assert 'value="penalty" checked' in html
    assert 'value="已公告"' in html


def test_what_a_form_sends_is_what_the_command_takes() -> None:
    answers = [("answers-phone", " 公布的电话 "), ("answers-name", "")]
    typed = FormData([("title", "题"), ("outcomes", "penalty"), ("outcomes", "nature"), *answers])
    body = Check.model_validate(_read(Check, typed))
    assert body.model_dump() == {
        "title": "题", "text": None, "outcomes": ("penalty", "nature"), "answers": {"phone": "公布的电话"},
    }  # fmt: skip
    assert Check.model_validate(_read(Check, FormData({"title": "题"}))).outcomes == (), "no box ticked"
    assert _read(Publish, FormData({"evidence-daily": "第3版"})) == {"evidence": {"daily": "第3版"}}


def test_an_item_may_be_drafted_of_the_city_and_the_form_says_so_first() -> None:
    form = form_of(NEW_DISCLOSURE.commands["draft"], Setting(CAMPAIGN), None, {}, "zh")
    (unit,) = (field for field in form.fields if field.name == "unit")
    assert unit.options[0] == ("city", "市局")
    room = PostRoom()
    room.draft(kind="exposure", title="题", text="文", unit="city")
    assert room.items()[-1]["unit"] == "city"


def test_every_word_that_the_tables_put_on_a_page_has_its_english() -> None:
    commands = [*DISCLOSURE.commands, *NEW_DISCLOSURE.commands]
    said = {command.permission.name for command in commands} | set(STATE_NAMES.values()) | set(DOUBT_NAMES.values())
    labels = [marks(one.body, name, Label) for one in commands for name in one.body.model_fields]
    said |= {words for label in labels if label for words in (label.name, label.hint) if words}
    said |= {"市局", "为何可以公开：", *WHY.values(), *DOUBT_SENTENCES.values(), *KINDS.values()}
    assert said - catalogues.english(catalogues.of("notify")) == set()
