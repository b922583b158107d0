"""The pages without a browser: they work without script, keep what was typed, and put no secret into an address."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest

from shared.kernel.roles import ROLES
from shared.platform.web.session import COOKIE, SessionSigner
from tests.support.refused import said, where
from tests.system.intake.installation import Installation

PAGE = {"Accept": "text/html"}


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


def send(client: httpx.Client, **typed: str) -> httpx.Response:
    """Fill in the tip form and press the button."""
    once = hidden(client.get("/", headers=PAGE).text, "once")
    return client.post("/", data={"once": once, "danger": "no", "mode": "anonymous"} | typed, headers=PAGE)


def code_of(page: str) -> str:
    found = re.search(r'id="code">([0-9 ]{19})<', page)
    assert found
    return found[1]


def triage_list(officer: httpx.Client, **query: str) -> str:
    """The list of waiting tips, all pages of all heaps, as somebody sees it who leafs through it."""
    pages, path = [], f"/triage?{urlencode(query)}"
    for _ in range(100):
        pages.append(officer.get(path).text)
        following = re.search(r'<a href="([^"]+)" rel="next">', pages[-1])
        if following is None:
            return "".join(pages)
        path = unescape(following[1])
    raise AssertionError("the list has no end")


@pytest.fixture
def officer(installation: Installation) -> httpx.Client:
    """An officer in a browser: a session cookie, no bearer token."""
    key = (installation.postgres.layout.secrets / "cases" / "session_private.pem").read_bytes()
    token = SessionSigner(key, ROLES).sign("p-hotline-1", "hotline", "city", life=timedelta(minutes=10))
    return httpx.Client(base_url=installation.url, cookies={COOKIE: token}, headers=PAGE, timeout=20)


def test_a_tip_by_form_shows_its_receipt_once_and_follows_it(visitor: httpx.Client) -> None:
    page = send(visitor, text="陵川县礼义镇化工厂液氨储罐没有登记")
    assert page.status_code == 201
    assert page.headers["cache-control"] == "no-store"
    assert "location" not in page.headers
    tracked = visitor.post("/receipt", data={"code": code_of(page.text)}, headers=PAGE)
    assert tracked.status_code == 200
    assert "由陵川县市场监督管理局办理" in tracked.text
    assert tracked.headers["cache-control"] == "no-store"


def test_a_form_that_was_sent_twice_is_one_tip(visitor: httpx.Client) -> None:
    once = hidden(visitor.get("/", headers=PAGE).text, "once")
    typed = {"once": once, "text": "有个充装站超装"}
    first, again = (visitor.post("/", data=typed, headers=PAGE) for _ in range(2))
    assert code_of(first.text) == code_of(again.text)
    changed = visitor.post("/", data=typed | {"text": "另一件事"}, headers=PAGE)
    assert changed.status_code == 422
    assert "已提交过" in changed.text
    assert hidden(changed.text, "once") != once
    assert "另一件事" in changed.text


def test_a_refused_form_keeps_what_was_typed_and_says_what_to_do(visitor: httpx.Client) -> None:
    page = send(visitor, text="漏气<script>", place="巴公镇", mode="confidential", name="", phone="明天")
    assert page.status_code == 422
    assert "漏气&lt;script&gt;" in page.text
    assert 'value="巴公镇"' in page.text
    assert 'id="name-error"' in page.text
    assert 'id="phone-error"' in page.text
    assert send(visitor, text=" ").status_code == 422
    assert send(visitor, text="x", occurred_on="yesterday").status_code == 422


def test_a_named_tip_by_form_goes_into_the_vault(installation: Installation, visitor: httpx.Client) -> None:
    before = installation.rows("bihuan_vault", "SELECT count(*) FROM identities")
    named = {"mode": "open", "name": "申屠明夏", "phone": "13900005678", "occurred_on": "2022-01-05"}
    page = send(visitor, text="有个充装站超装", **named)
    assert page.status_code == 201
    assert installation.rows("bihuan_vault", "SELECT count(*) FROM identities") == [(before[0][0] + 1,)]


def test_who_says_that_there_is_danger_is_told_whom_to_call(visitor: httpx.Client) -> None:
    page = send(visitor, text="正在漏气", danger="yes").text
    assert 'href="tel:119"' in page
    assert 'href="tel:120"' in page


def test_an_unknown_code_keeps_what_was_typed(visitor: httpx.Client) -> None:
    page = visitor.post("/receipt", data={"code": "1234 5678 9012 3456"}, headers=PAGE)
    assert page.status_code == 404
    assert 'value="1234 5678 9012 3456"' in page.text


def test_a_message_by_form_appears_on_the_page(visitor: httpx.Client) -> None:
    code = code_of(send(visitor, text="有个充装站超装").text)
    tracked = visitor.post("/receipt", data={"code": code}, headers=PAGE).text
    typed = {"code": code, "once": hidden(tracked, "once"), "text": "忘了说：在村口"}
    assert "忘了说：在村口" in visitor.post("/receipt/message", data=typed, headers=PAGE).text
    assert visitor.post("/receipt/message", data=typed, headers=PAGE).text.count("忘了说：在村口") == 1
    assert visitor.post("/receipt/message", data={"code": code, "text": " "}, headers=PAGE).status_code == 422


def test_a_form_from_another_site_is_refused(visitor: httpx.Client) -> None:
    foreign = PAGE | {"Origin": "https://elsewhere.example"}
    assert visitor.post("/", data={"text": "x"}, headers=foreign).status_code == 403
    assert visitor.post("/receipt", data={"code": "x"}, headers=foreign).status_code == 403


@pytest.mark.parametrize("path", ["/", "/receipt"])
def test_public_pages_run_no_inline_script_and_are_not_kept(visitor: httpx.Client, path: str) -> None:
    page = visitor.get(path, headers=PAGE)
    assert page.headers["cache-control"] == "no-store"
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    assert not re.search(r"<script(?! src=)|<style| style=| on[a-z]+=", page.text)
    assert "http://" not in page.text.replace("http://www.w3.org", "")


def test_the_english_page_speaks_english(visitor: httpx.Client) -> None:
    assert "What happened?" in visitor.get("/?lang=en", headers=PAGE).text


def test_a_visitor_is_sent_to_sign_in_before_triage(visitor: httpx.Client) -> None:
    answer = visitor.get("/triage", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_an_officer_triages_on_the_page(visitor: httpx.Client, officer: httpx.Client) -> None:
    tip = visitor.post("/api/intake/v1/tips", json={"text": "泽州高平交界的充装站超装，独一无二的一件"}).json()["tip"]
    assert "独一无二的一件" in triage_list(officer)
    page = officer.get(f"/triage/{tip}").text
    typed = {"csrf": hidden(page, "csrf"), "version": hidden(page, "version"), "unit": "140581"}
    refused = officer.post(f"/triage/{tip}/triage", data=typed | {"matter": "联系 13500001234"})
    told = said(officer.get(where(refused)))
    assert "电话号码" in told
    assert "联系 13500001234" in told
    assert officer.post(f"/triage/{tip}/triage", data=typed | {"csrf": "x"}).status_code == 403
    done = officer.post(f"/triage/{tip}/triage", data=typed | {"matter": "某充装站涉嫌超装"})
    assert (done.status_code, done.headers["location"]) == (303, "/triage/next")
    assert "独一无二的一件" not in officer.get(f"/triage/{tip}").text
    stale = officer.post(f"/triage/{tip}/message", data=typed | {"text": "您好"})
    assert "您好" in said(officer.get(where(stale)))


def test_an_officer_registers_a_call_on_the_form(officer: httpx.Client) -> None:
    page = officer.get("/").text
    typed = {"csrf": hidden(page, "csrf"), "once": hidden(page, "once"), "source": "hotline", "external_no": "LY-9"}
    answer = officer.post("/", data=typed | {"text": "来电：有个充装站超装"})
    assert answer.status_code == 201
    assert code_of(answer.text)
    assert "来电：有个充装站超装" in triage_list(officer, source="hotline")
    assert "来电：有个充装站超装" not in triage_list(officer, source="letter")


def test_a_county_does_not_see_the_list(installation: Installation) -> None:
    with installation.client("county", "140525") as county:
        assert county.get("/triage", headers=PAGE).status_code == 403
