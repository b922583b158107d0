"""python -m tests.browser.screenshots --data DIR: takes the pictures of the READMEs anew, into docs/images.

DIR is the data directory of a running `./bihuan demo` whose campaign is over. One that `./bihuan up` has opened again
will not do: its clock is the real one, and everything is years overdue. The office director looks at the pages,
whoever comes along at the public ones. Each picture has a size of its own, whatever is on the page; what its lower edge
would cut through is left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from deploy.cli.access import administration
from deploy.local import state
from deploy.local.installation import Embedded
from tests.browser.conftest import FLAGS
from tests.support.chromium import chromium

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
DIRECTOR = "director-deputy-director"
PHONE = 390
ESCALATED = "/api/cases/v1/cases?escalated=any&limit=200"
CONCEALED_BY = "阳城县沐垣建陶有限公司"  # the notice's own example: a concealed fatality (附件 5)
PLAY_FIRST = (
    "没有演完的集中行动 / no campaign was played to its end. Run ./bihuan demo, wait for `ready`, leave it running"
)

LEAVE_OUT_WHAT_IS_CUT = """() => {
    const edge = innerHeight - 12;
    for (const one of document.querySelectorAll("main :is(h2, h3, p, li, tr, label, summary, button, .button)")) {
        const {top, bottom} = one.getBoundingClientRect();
        const whole = !one.querySelector("p, li, tr, summary");
        if (bottom > edge && (whole || top > edge - 60)) one.style.visibility = "hidden";
    }
}"""


class NoCampaign(Exception):
    """The installation has no played campaign in it; says what to do."""


@dataclass(frozen=True)
class Picture:
    """One file: who looks at which page, through a window of which size (CSS pixels), after doing what."""

    name: str
    path: str
    width: int
    height: int
    account: str | None = DIRECTOR
    first: Callable[[Page], object] = lambda page: None


def main(argv: list[str]) -> int:
    """Take every picture; 0 done, 1 if the installation will not do."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".bihuan-demo"), metavar="DIR", help="of a running demo")
    parser.add_argument("--out", type=Path, default=IMAGES, metavar="DIR", help="where to put them (%(default)s)")
    options = parser.parse_args(argv)
    try:
        url = state.read(options.data)["http"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(chromium()), args=FLAGS)
            Album(browser, url, options.data, options.out).fill()
            browser.close()
    except (state.NotRunning, NoCampaign) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


class Album:
    """The pictures of one installation."""

    def __init__(self, browser: Browser, url: str, data: Path, folder: Path) -> None:
        self._passwords: dict[str, str] = {}
        self._browser, self._url, self._data, self._folder = browser, url, data, folder

    def fill(self) -> None:
        """Take them all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for picture in self._pictures():
            page = self._page(picture)
            answer = page.goto(self._url + picture.path)
            if answer is None or not answer.ok:
                raise NoCampaign(f"{page.url}: {page.title()}. {PLAY_FIRST}")
            picture.first(page)
            page.wait_for_load_state("networkidle")
            page.evaluate(LEAVE_OUT_WHAT_IS_CUT)
            file = self._folder / f"{picture.name}.png"
            page.screenshot(path=file)
            page.context.close()
            print(f"{file.stat().st_size // 1024:>5} KB  {file}")

    def _pictures(self) -> list[Picture]:
        escalated = self._escalated()
        concealed = [one for one in escalated if one["false_closure"] and one["enterprise"] == CONCEALED_BY]
        verified = [one for one in escalated if one["escalated"] and one["state"] == "handling"]
        if not concealed or not verified:
            raise NoCampaign(f"{self._url}: {PLAY_FIRST}")
        example = f"/cases/{min(concealed, key=lambda one: str(one['opened_at']))['case']}"
        overdue = f"/cases/{min(verified, key=lambda one: str(one['due']))['case']}"
        return [
            Picture("case", example, 1280, 900),
            Picture("escalated", overdue, 1280, 980, first=_unfold_the_days),
            Picture("escalated-phone", overdue, PHONE, 1080, first=_unfold_the_days),
            Picture("desk", "/desk", 1280, 800),
            Picture("ranking", "/assessment/rankings/2022-03", 1280, 860),
            Picture("public-board", "/public", 1280, 800, account=None),
            Picture("tip-phone", "/", PHONE, 1080, account=None),
        ]

    def _escalated(self) -> list[dict[str, Any]]:
        """Every case that was ever escalated, as the API lists it."""
        page = self._page(Picture("", "/", 1280, 800))
        found: list[dict[str, Any]] = page.request.get(f"{self._url}{ESCALATED}").json()["items"]
        page.context.close()
        return found

    def _page(self, picture: Picture) -> Page:
        context = self._browser.new_context(
            viewport={"width": picture.width, "height": picture.height},
            device_scale_factor=2 if picture.width == PHONE else 1,
            locale="zh-CN",
            color_scheme="light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        if picture.account:
            page.goto(f"{self._url}/sign-in")
            page.get_by_label("用户名").fill(picture.account)
            page.get_by_label("密码").fill(self._password(picture.account))
            page.get_by_role("button", name="登录").click()
            page.wait_for_url("**/desk")
        return page

    def _password(self, account: str) -> str:
        """A new password of the account, not a first one, which would have to be changed."""
        if account not in self._passwords:
            with administration(Embedded(self._data)) as access:
                self._passwords[account] = access.set_password(account, token_urlsafe(16))
        return self._passwords[account]


def _unfold_the_days(page: Page) -> None:
    page.locator(".side .due details").evaluate("one => { one.open = true }")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
