"""The officers' page of a tip, drawn from what is kept; what its forms say; a receipt while a database is away."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from markupsafe import Markup
from pydantic import ValidationError
from starlette.datastructures import FormData

import services.intake
from services.intake.domain.authority import STATES
from services.intake.handlers import TIP
from services.intake.handlers.triaging import Dismiss, Triage
from services.intake.web.desk import as_it_was_filled_in, tip_view
from services.intake.web.pages import body_of
from services.intake.web.tracking import Tracking
from shared.kernel.composition import look_of
from shared.platform.event_store.lane import Unavailable
from shared.platform.service.corrections import what_to_correct
from shared.platform.service.refused import Failed
from shared.platform.web import problems
from shared.platform.web.pages import Pages
from shared.platform.web.rate_limits import RateLimit, RateLimiter
from shared.platform.web.session import Viewer
from tests.services.intake.desk import CAMPAIGN, CODES, HOTLINE, IDENTITY, ZEZHOU, Desk, at

PAGES = Pages([Path(services.intake.__file__).parent / "templates"], look_of(CAMPAIGN))
VIEWER = Viewer(HOTLINE.id, "hotline", "city", "session", at("2022-12-31 00:00"), "s")
SHELL: dict[str, Any] = {
    "request_path": "/", "who": "", "places": [], "here": "triage", "desk_count": None, "other_languages": [],
    "csrf_field": lambda: Markup(""), "viewer": VIEWER,
}  # fmt: skip
FORM = re.compile(r'<form class="form" method="post" action="/triage/[^/"]+/([a-z-]+)">(.*?)</form>', re.DOTALL)


def page(desk: Desk, tip: UUID, locale: Any = "zh", failed: Failed | None = None) -> str:
    """The HTML of a tip's page for somebody who may read it."""
    reception = desk.setting.reception
    row = asyncio.run(reception.row(tip))
    opened, texts = asyncio.run(reception.account(row)), asyncio.run(reception.texts(tip))
    view = tip_view(row, opened, texts, HOTLINE, desk.setting, desk.clock.now(), locale, failed)
    return PAGES.text(locale, "triage.html", SHELL | view)


def form(html: str, command: str) -> str:
    return str(dict(FORM.findall(html))[command])


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("state", STATES)
def test_what_may_be_done_in_a_state_and_nothing_else_has_its_form_with_all_that_it_requires(
    state: str, locale: str
) -> None:
    desk = Desk()
    found = dict(FORM.findall(page(desk, desk.bring(state), locale)))
    assert set(found) == {one.name for one in TIP.commands if state in (one.permission.states or STATES)}
    for command, drawn in found.items():
        names = set(re.findall(r' name="([a-z_]+)"', drawn))
        fields = TIP.commands[command].body.model_fields
        required = {name for name, field in fields.items() if field.is_required()}
        assert required | {"version"} <= names <= {*fields, "version"}, command


def test_in_the_form_of_triage_stands_what_the_rules_recognised_and_it_lies_open() -> None:
    desk = Desk()
    tip = desk.receive("巴公镇充装站正在漏气，超装", enterprise="惠民气站")
    html = page(desk, tip)
    drawn = form(html, "triage")
    assert f'<option value="{ZEZHOU}" selected>' in drawn
    assert "泽州县巴公镇某气瓶充装单位涉嫌超装</textarea>" in drawn
    assert 'value="惠民气站"' in drawn
    assert '<option value="true" selected>' in drawn
    assert "three_year_action" not in drawn, "a check of the work is nothing to be accused of"
    assert re.findall(r'<details data-key="c-([a-z-]+)" open>', html) == ["triage"]


def test_the_channel_of_a_complaint_is_chosen_already() -> None:
    desk = Desk()
    drawn = form(page(desk, desk.receive("气罐少了两斤", kind="complaint")), "refer-elsewhere")
    assert '<option value="complaint" selected>' in drawn


def test_who_unselects_the_unit_is_asked_for_it_and_the_rules_do_not_choose_it_for_him() -> None:
    desk = Desk()
    drawn = form(page(desk, desk.receive("巴公镇充装站正在漏气，超装")), "triage")
    assert re.search(r'<select id="triage-unit" name="unit"\s+required>', drawn)
    with pytest.raises(ValidationError) as refused:
        Triage.model_validate(as_it_was_filled_in(Triage, FormData([("unit", ""), ("matter", "甲")])))
    assert what_to_correct(Triage, refused.value, "zh") == "请填写或改正：交哪个单位。"


def test_what_was_emptied_is_said_not_to_be_known_and_what_was_not_asked_is_not_said() -> None:
    typed = FormData([("unit", ZEZHOU), ("enterprise", " "), ("violation", ""), ("danger", "false"), ("version", "1")])
    body = Triage.model_validate(as_it_was_filled_in(Triage, typed))
    assert body.model_fields_set == {"unit", "enterprise", "violation", "danger", "matters"}
    assert (body.enterprise, body.violation, body.danger, body.matters) == (None, None, False, ())
    told = Dismiss.model_validate(as_it_was_filled_in(Dismiss, FormData([("reason", "duplicate"), ("message", "")])))
    assert told.model_fields_set == {"reason"}


@pytest.mark.parametrize(
    ("mode", "identity"),
    [("anonymous", None), ("open", {"mode": "open", "name": IDENTITY["name"], "phone": IDENTITY["phone"]})],
)
def test_the_tipsters_form_asks_for_the_sender_and_the_day_in_its_own_way(
    mode: str, identity: dict[str, str] | None
) -> None:
    typed = {"text": " 漏气 ", "place": "", "danger": "yes", "mode": mode, "once": "k", "occurred_on": "2022-01-05"}
    body = body_of(FormData(typed | IDENTITY), CAMPAIGN)
    assert body.pop("identity", None) == identity
    assert body == {"text": "漏气", "danger": "yes", "occurred_at": at("2022-01-05 00:00")}


def test_a_refused_form_is_shown_again_with_what_was_typed() -> None:
    desk = Desk()
    failed = Failed("dismiss", "不行。", {"message": "您好", "reason": "duplicate"})
    html = page(desk, desk.receive(), failed=failed)
    assert "不行。" in html.partition("<h1")[0], "it is said above everything else"
    assert "<title>错误：" in html
    assert "您好</textarea>" in form(html, "dismiss")
    assert re.findall(r'<details data-key="c-([a-z-]+)" open>', html) == ["dismiss"]


def test_who_was_overtaken_is_told_so_although_the_form_is_gone() -> None:
    desk = Desk()
    html = page(desk, desk.bring("dismissed"), failed=Failed("triage", "此件已了结。"))
    assert "此件已了结。" in html


class Away(RateLimiter):
    """The database of the limiter does not answer."""

    def __init__(self) -> None:
        pass

    async def check(self, limit: RateLimit, who: str) -> None:
        raise Unavailable("away")


async def test_who_follows_a_tip_while_a_database_is_away_is_told_to_come_back() -> None:
    desk = Desk()
    reception = desk.setting.reception
    tracking = Tracking(CAMPAIGN, reception._queries, reception, CODES, Away())
    with pytest.raises(problems.ServiceUnavailable):
        await tracking.find("1234", "192.0.2.7")
