"""A citizen's tip is walked through every desk until its case is closed, at the width of a desk and of a telephone."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import House, change_first_password

WIDTHS = {"desk": 1280, "telephone": 390}
ORDERED = {
    "conclusion": "borne_out",
    "taken-rectification_order-number": "泽市监特令〔2022〕1号",
    "taken-rectification_order-on": datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat(),
}
"""What a result says beside its text."""
TIP = "巴公镇一家气体充装站一直在给超期没检验的气瓶充装，夜里装车拉走。"


class Walk:
    """One page of one width; every page that is visited is looked at for what no page may have."""

    def __init__(self, page: Page, house: House, name: str) -> None:
        self.page = page
        self.house = house
        self.name = name
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self._shots = 0
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("request", lambda r: None if r.url.startswith((house.url, "data:")) else self.foreign.append(r.url))

    def look(self) -> None:
        """No sideways scrolling; and a picture where BIHUAN_PICTURES names a folder."""
        self.page.wait_for_load_state()
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= WIDTHS[self.name], f"{self.page.url} is {width} px wide"
        if folder := os.environ.get("BIHUAN_PICTURES"):
            self._shots += 1
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{folder}/{self.name}-{self._shots:02}.png", full_page=True)

    def sign_in(self, account: str) -> None:
        """Sign in with one of the first accounts."""
        self.page.context.clear_cookies()
        self.page.goto(f"{self.house.url}/sign-in")
        self.page.get_by_label("用户名").fill(account)
        self.page.get_by_label("密码").fill(self.house.passwords[account])
        self.page.get_by_role("button", name="登录").click()
        change_first_password(self.page, self.house.passwords, account)
        expect(self.page.get_by_role("heading", level=1)).to_have_text("待办")
        self.look()

    def give(self, case: str, command: str, **fields: str) -> None:
        """Open the form of a command on the case page, fill it in, send it."""
        form = self.open(case, command)
        for name, value in fields.items():
            field = form.locator(f'[name="{name}"]')
            if not field.first.is_visible():  # in a group that is folded
                field.first.locator("xpath=ancestor::details[1]").locator("> summary").click()
            if field.count() > 1:
                form.locator(f'[name="{name}"][value="{value}"]').check()
            elif field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        form.get_by_role("button").click()
        expect(self.page).to_have_url(f"{case}?done={command}")
        expect(self.page.get_by_role("status").first).to_contain_text("已办")
        self.look()

    def open(self, case: str, command: str) -> Locator:
        """The form of a command, by its link, where it is not at hand."""
        self.page.goto(case)
        form = self.page.locator(f'form[action$="/{command}"]')
        if form.count() == 0:
            link = self.page.locator(f'a[href*="do={command}"]')
            if not link.is_visible():
                self.page.locator(".others > summary").click()
            link.click()
        elif not form.last.is_visible():
            form.last.locator("xpath=ancestor::details[1]").locator("> summary").click()
        return form.last

    def state(self) -> str:
        """The case's state as the page says it."""
        return self.page.locator(".facts li", has_text="状态").locator("b").inner_text()


def sign_what_was_overtaken(browser: Browser, walk: Walk, case: str) -> None:
    """The principal's form holds the draft; while he reads it and writes, the unit drafts another."""
    page = walk.page
    page.goto(case)
    expect(page.locator("#result")).to_contain_text("已封存超期气瓶，责令限期整改。")
    page.locator(".change > summary").click()
    form = page.locator('form.form[action$="/report-result"]')
    text = form.locator('[name="text"]')
    expect(text).to_have_value("已封存超期气瓶，责令限期整改。")
    expect(form.locator('[name="taken-rectification_order-number"]')).to_have_value("泽市监特令〔2022〕1号")
    expect(form.locator('[name="conclusion"]')).to_have_value("borne_out")
    expect(form.locator('[name="taken-penalty-number"]')).not_to_be_visible()
    walk.look()
    text.fill("我改过的结果。")
    other = browser.new_context(viewport={"width": WIDTHS[walk.name], "height": 900}, locale="zh-CN")
    county = Walk(other.new_page(), walk.house, walk.name)
    county.sign_in("county-zezhou-1")
    county.give(case, "report-result", text="第二稿。", **ORDERED)
    other.close()
    expect(page.get_by_text("有新进展，查看")).to_be_visible()
    expect(text).to_have_value("我改过的结果。")
    form.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("有了新的变化")
    expect(page.get_by_role("alert")).to_contain_text("第二稿")
    expect(text).to_have_value("我改过的结果。")
    walk.look()
    form.get_by_role("button").click()
    expect(page).to_have_url(f"{case}?done=report-result")


@pytest.mark.parametrize("name", list(WIDTHS))
def test_a_tip_becomes_a_letter_and_a_closed_case(browser: Browser, house: House, name: str) -> None:
    context = browser.new_context(viewport={"width": WIDTHS[name], "height": 900}, locale="zh-CN")
    page = context.new_page()
    walk = Walk(page, house, name)

    page.goto(house.url)
    walk.look()
    page.locator('textarea[name="text"]').fill(f"{TIP}（{name}）")
    page.locator('[name="danger"][value="no"]').check()
    page.locator("main form").get_by_role("button").last.click()
    digits = page.locator(".receipt .digits")
    expect(digits).to_be_visible()
    code = "".join(c for c in digits.inner_text() if c.isdigit())
    assert len(code) == 16
    walk.look()

    walk.sign_in("director-deputy-director")
    page.locator("#sign-off + .desk a").first.click()
    page.wait_for_url("**/cases/*")
    case = page.url.partition("?")[0]
    assert walk.state() == "待移交"
    walk.look()
    walk.give(case, "transfer")
    assert walk.state() == "已移交待签收"
    expect(page.locator(".due .words")).to_contain_text("还剩")
    page.locator(".due summary").click()
    walk.look()
    letter = page.locator(".docs a").first
    expect(letter).to_contain_text("移〔")
    answer = context.request.get(house.url + str(letter.get_attribute("href")))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")

    walk.sign_in("county-zezhou-1")
    walk.give(case, "sign-for")
    walk.give(case, "remark", text="已电话联系企业负责人。")
    assert walk.state() == "已签收"
    form = walk.open(case, "record-step")
    form.locator('[name="step"]').select_option("site_inspection")
    form.locator('[name="text"]').fill("现场检查，发现超期气瓶 12 只。")
    form.get_by_role("button").click()
    expect(page.locator("#refused")).to_contain_text("须附证据")
    expect(page.locator("#refused")).to_be_focused()
    expect(page).to_have_title(re.compile("^错误："))
    page.reload()
    expect(page.locator('form[action$="/record-step"] [name="text"]')).to_have_value("现场检查，发现超期气瓶 12 只。")
    walk.look()
    step = {"step": "site_inspection", "text": "现场检查，发现超期气瓶 12 只。", "evidence": "现场检查记录 3 号"}
    walk.give(case, "record-step", **step)
    assert walk.state() == "办理中"
    ordered = {"text": "已封存超期气瓶，责令限期整改。", **ORDERED}
    form = walk.open(case, "report-result")
    form.locator('[name="text"]').fill(ordered["text"])
    form.locator('[name="conclusion"]').select_option("borne_out")
    form.locator('[data-key="g-report-result-taken-rectification_order"] > summary').click()
    form.locator('[name="taken-rectification_order-number"]').fill("泽市监特令〔2022〕1号")
    form.get_by_role("button").click()
    expect(page.locator("#refused")).to_contain_text("须写明日期")
    missing = page.locator('[name="taken-rectification_order-on"]')
    expect(missing).to_be_visible()
    expect(missing).to_have_attribute("aria-invalid", "true")
    expect(page.locator('[name="taken-rectification_order-number"]')).to_have_value("泽市监特令〔2022〕1号")
    walk.look()
    walk.give(case, "report-result", **ordered)
    assert walk.state() == "办理中"

    walk.sign_in("principal-zezhou")
    expect(page.locator("#sign + .desk")).to_be_visible()
    sign_what_was_overtaken(browser, walk, case)
    assert walk.state() == "已反馈待审核"

    walk.sign_in("office-contact")
    walk.give(case, "review-result")
    walk.sign_in("director-deputy-director")
    walk.give(case, "close")
    assert walk.state() == "已办结"
    expect(page.locator(".line h3").first).to_have_text("办结")

    page.goto(f"{case}?as_of=2")
    expect(page.locator(".notice")).to_contain_text("第 2 步")
    walk.look()
    page.goto(f"{house.url}/cases?q=气瓶")
    walk.look()

    context.clear_cookies()
    page.goto(f"{house.url}/receipt")
    page.locator('main form input:not([type="hidden"])').first.fill(code)
    page.locator("main form").get_by_role("button").first.click()
    expect(page.locator(".loop")).to_be_visible()
    walk.look()
    assert walk.foreign == []
    assert walk.errors == []
    context.close()


def test_a_case_page_follows_what_others_do_without_being_loaded_again(browser: Browser, house: House) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    walk = Walk(page, house, "desk")
    page.goto(house.url)
    page.locator('textarea[name="text"]').fill(f"{TIP}（现场）")
    page.locator('[name="danger"][value="no"]').check()
    page.locator("main form").get_by_role("button").last.click()
    expect(page.locator(".receipt .digits")).to_be_visible()
    walk.sign_in("director-deputy-director")
    page.locator("#sign-off + .desk a").first.click()
    page.wait_for_url("**/cases/*")
    case = page.url.partition("?")[0]
    other = context.new_page()
    Walk(other, house, "desk").give(case, "remark", text="请注意夜间装车的情况。")
    expect(page.locator(".line h3").first).to_have_text("备注", timeout=15_000)
    context.close()
