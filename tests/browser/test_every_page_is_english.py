"""Everybody goes through every page that they can reach, in English: nothing on it is Chinese but data, and no code."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from playwright.sync_api import Browser, BrowserContext

from deploy.local.services import DEFAULT_CAMPAIGN
from shared.kernel.campaign import load
from tests.browser.conftest import House
from tests.browser.test_from_tip_to_closed import TIP, Walk
from tests.support.english import names_of, not_english

CAMPAIGN = load(DEFAULT_CAMPAIGN)
MATTER = "泽州县巴公镇某气瓶充装单位涉嫌超期没检验"  # what the rules make of the tip
DATA = [TIP, MATTER, *names_of(CAMPAIGN)]
LINK = re.compile(r'href="(/[^"#]*)"')
ONE_OF_MANY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d+\b|\b(final|\d{4}-\d\d)\b")
PATIENCE = 60
"""Seconds."""
EACH = 2
"""So many pages that differ in their identifiers alone."""
NO_PAGE = (
    "/api/",
    "/cases/list.xlsx",
    "/static/",
    "/sign-in",
    "/public/feed.xml",
    "/password",
    "/openapi.json",
    "/docs",
)
ACCOUNTS = ("director-deputy-director", "office-contact", "county-zezhou-1", "principal-zezhou", "group-g1-1")


def pages(context: BrowserContext, house: House) -> dict[str, str]:
    """Every page that links lead to, by its address."""
    found: dict[str, str] = {}
    seen, kinds = {"/", "/receipt", "/public"}, Counter[str]()
    waiting = sorted(seen)
    while waiting:
        path = waiting.pop(0)
        address = path + ("&" if "?" in path else "?") + "lang=en"
        answer = context.request.get(house.url + address)
        assert answer.status == 200, f"{path}: {answer.status}"
        found[path] = answer.text()
        for link in LINK.findall(found[path]):
            link = link.replace("&amp;", "&")
            kind = ONE_OF_MANY.sub("*", link)
            if link not in seen and not link.startswith(NO_PAGE) and "lang=" not in link and kinds[kind] < EACH:
                seen.add(link)
                kinds[kind] += 1
                waiting.append(link)
    return found


@pytest.mark.parametrize("account", [None, *ACCOUNTS])
def test_every_page_that_somebody_reaches_is_english(browser: Browser, house: House, account: str | None) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    if account is None:
        once = {"Idempotency-Key": "everybody-reads-english"}
        answer = context.request.post(f"{house.url}/api/intake/v1/tips", data={"text": TIP}, headers=once)
        assert answer.status in (200, 201, 202), answer.text()
    else:
        walk = Walk(page, house, "desk")
        walk.sign_in(account)
        if account == ACCOUNTS[0]:
            to_sign = page.locator("#sign-off + .desk a")
            for _ in range(PATIENCE):  # the tip becomes a case by messages
                if to_sign.count():
                    break
                page.wait_for_timeout(1000)
                page.reload()
            to_sign.first.click()
            page.wait_for_url("**/cases/*")
            walk.give(page.url.partition("?")[0], "transfer")
    left = {path: missing for path, html in pages(context, house).items() if (missing := not_english(html, DATA))}
    context.close()
    assert left == {}
