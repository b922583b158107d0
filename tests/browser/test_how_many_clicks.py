"""The most frequent tasks, counted in keys and clicks: what is done every day takes as few as it needs.

Characters that somebody types into a field are his words and not counted; each click, choice and key that moves or
sends is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import House, change_first_password


@dataclass
class Hands:
    """Somebody at the desk, whose every click and key is counted."""

    page: Page
    house: House
    counted: int = 0

    def click(self, what: Locator) -> None:
        self.counted += 1
        what.click()
        self.page.wait_for_load_state()

    def choose(self, what: Locator, value: str) -> None:
        self.counted += 1
        what.select_option(value)

    def press(self, key: str) -> None:
        self.counted += 1
        self.page.keyboard.press(key)

    def writes(self, what: Locator, text: str) -> None:
        what.fill(text)

    def signs_in(self, account: str) -> None:
        page = self.page
        page.context.clear_cookies()
        page.goto(f"{self.house.url}/sign-in")
        page.get_by_label("用户名").fill(account)
        page.get_by_label("密码").fill(self.house.passwords[account])
        page.get_by_role("button", name="登录").click()
        change_first_password(page, self.house.passwords, account)
        page.wait_for_load_state()
        page.goto(f"{self.house.url}/desk")
        self.counted = 0

    def takes(self, at_most: int) -> None:
        """Ends a task, which took no more than that."""
        assert self.counted <= at_most, self.counted
        self.counted = 0


@pytest.fixture(scope="module")
def hands(browser: Browser, house: House) -> Hands:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    return Hands(context.new_page(), house)


def tell(house: House, text: str) -> None:
    """A citizen tells."""
    body = json.dumps({"text": text}).encode()
    urlopen(Request(f"{house.url}/api/intake/v1/tips", body, {"content-type": "application/json"})).read()  # noqa: S310


def first_act(page: Page) -> Locator:
    """The black button."""
    return page.locator(".first-act button.first, .acting button.first").first


def test_the_daily_tasks_take_few_clicks(hands: Hands, house: House) -> None:
    page = hands.page
    for n in range(11):
        tell(house, f"泽州县巴公镇宏源{n}号气体充装站充装超期未检气瓶，夜里装车。")
    tell(house, "请你们看看那个站，不知道在哪个县。")

    hands.signs_in("hotline-hotline-1")
    page.goto(f"{house.url}/triage")
    hands.click(page.locator(".desk a").first)
    hands.choose(page.locator('form[action$="/triage"] [name="unit"]'), "140525")
    hands.writes(page.locator('form[action$="/triage"] [name="matter"]'), "涉嫌充装超期未检气瓶")
    hands.click(page.locator('form[action$="/triage"] button'))
    expect(page.locator("#refused")).to_have_count(0)
    hands.takes(3)

    hands.signs_in("director-deputy-director")
    letters = []
    hands.click(page.locator("#sign-off + .desk a").first)
    for _ in range(10):
        letters.append(page.locator(".sheet").inner_text())
        hands.click(first_act(page))
        expect(page.get_by_role("status").first).to_contain_text("已办")
    assert all("号气体充装站" in text or "充装" in text for text in letters), "each letter was on the screen"
    hands.takes(12)

    hands.signs_in("county-zezhou-1")
    hands.click(page.locator("#sign-for + .desk a").first)
    hands.takes(1)
    case = page.url.partition("?")[0]
    hands.click(first_act(page))
    hands.takes(1)
    expect(page.get_by_role("status").first).to_contain_text("下一步：登记办理措施")
    hands.choose(page.locator('[name="step"]'), "site_inspection")
    hands.writes(page.locator('form [name="text"]'), "现场检查，发现超期气瓶 12 只。")
    hands.writes(page.locator('[name="evidence"]'), "现场检查记录 3 号")
    hands.click(first_act(page))
    expect(page.locator(".facts")).to_contain_text("办理中")
    hands.takes(2)

    hands.choose(page.locator('[name="conclusion"]'), "not_borne_out")
    hands.writes(page.locator('form [name="text"]'), "现场检查，气瓶均在检验有效期内。")
    hands.writes(page.locator('[name="evidence"]'), "现场检查记录 3 号")
    hands.click(first_act(page))
    expect(page.get_by_role("status").first).to_contain_text("下一件已打开")
    hands.takes(2)

    for account, queue, state in (
        ("principal-zezhou", "sign", "已反馈待审核"), ("office-contact", "review", "已审核待办结"),
        ("director-deputy-director", "close", "已办结"),
    ):  # fmt: skip
        hands.signs_in(account)
        page.locator(f"#{queue} + .desk a").first.click()
        expect(page.locator("#result")).to_contain_text("气瓶均在检验有效期内")
        hands.counted = 0
        hands.click(first_act(page))
        hands.takes(1)
        page.goto(case)
        expect(page.locator(".facts")).to_contain_text(state)

    hands.press("/")
    hands.writes(page.locator("#find"), "充装 气瓶")
    hands.press("Enter")
    page.wait_for_url("**/cases?q=*")
    expect(page.locator(".desk li").first).to_be_visible()
    hands.takes(2)

    gives = Giving(page)
    hands.signs_in("office-contact")
    gives.command(case, "suspect-false-closure", source="return_visit", text="仍在充装。", evidence="回访记录")
    hands.signs_in("county-zezhou-1")
    gives.command(case, "reply", text="已再次检查。")
    hands.signs_in("office-contact")
    page.locator("#appoint + .desk a").first.click()
    hands.counted = 0
    hands.click(first_act(page))
    hands.takes(1)
    for account in ("group-g1-1", "group-g2-1", "group-g3-1", "group-g4-1"):  # by rule, whoever is independent
        hands.signs_in(account)
        if page.locator("#verify").count():
            break
    hands.click(page.locator("#verify + .desk a").first)
    hands.choose(page.locator('[name="found"]'), "false")
    hands.writes(page.locator('form [name="text"]'), "核查属实已停用。")
    hands.writes(page.locator('[name="evidence"]'), "核查记录")
    hands.click(first_act(page))
    expect(page.locator("#refused")).to_have_count(0)
    hands.takes(3)


@dataclass
class Giving:
    """Gives commands that are not counted."""

    page: Page

    def command(self, case: str, name: str, **fields: str) -> None:
        page = self.page
        page.goto(f"{case}?do={name}")
        form = page.locator(f'form.form[action$="/{name}"]')
        for key, value in fields.items():
            one = form.locator(f'[name="{key}"]')
            one.select_option(value) if one.evaluate("e => e.tagName") == "SELECT" else one.fill(value)
        form.get_by_role("button").click()
        page.wait_for_url(f"**done={name}*")
