"""Every kind of page in every language, scheme, width and on paper: `./bihuan test tests/browser/readable_in_full.py`.

It looks at a campaign that was played to its end, and plays one first, minutes long, so it is not among all tests;
BIHUAN_PLAYED names the data directory of a running `./bihuan demo` to look at instead.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from deploy.local import state
from deploy.local.ports import free_port
from tests.browser.axe import open_everything, violations, widest
from tests.browser.conftest import ROOT
from tests.browser.paper import LANDSCAPE, PORTRAIT, past_the_edge, plain, printed, size_of, text_of
from tests.browser.played import Looker
from tests.support.waiting import address_when_ready

STARTS = {
    None: ["/", "/receipt", "/public", "/sign-in"],
    "director": ["/desk", "/cases?escalated=any", "/triage", "/public/drafts", "/assessment", "/assessment/bulletins",
                 "/assessment/bulletins/2022-03", "/assessment/rankings/2022-03", "/notices", "/password"],
    "county": ["/desk", "/cases", "/assessment", "/assessment/filings/140525", "/assessment/returns/140525/6"],
}  # fmt: skip
A_NAME = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d{4}-\d{2}\b|\b\d+\b|/figures/[^?]+")
PLAYED_IN = 900.0


@pytest.fixture(scope="module")
def looker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looker]:
    """Somebody who looks at a played campaign."""
    if named := os.environ.get("BIHUAN_PLAYED"):
        yield Looker(state.read(Path(named))["http"], Path(named))
        return
    folder = tmp_path_factory.mktemp("played")
    log, data = folder / "demo.log", folder / "data"
    command = [sys.executable, "-m", "deploy.cli", "demo", "--data", str(data), "--port", str(free_port())]
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT) as process:
        try:
            yield Looker(address_when_ready(log, process, PLAYED_IN), data)
        finally:
            process.terminate()
            process.wait(60)


def kinds_of_pages(page: Page, url: str, starts: list[str]) -> list[str]:
    """The starts, and of what they link to one page of each kind: addresses alike but for names, numbers and months."""
    found = {_kind(start): start for start in starts}
    for start in starts:
        page.goto(url + start)
        links = page.eval_on_selector_all("a[href]", "all => all.map((one) => one.getAttribute('href'))")
        for link in links:
            if link.startswith("/") and not link.startswith(("/api/", "/static/")) and "lang=" not in link:
                found.setdefault(_kind(link), link)
    return list(found.values())


def _kind(path: str) -> str:
    address, _, query = path.partition("#")[0].partition("?")
    return A_NAME.sub("*", address) + "?" + "&".join(sorted(part.partition("=")[0] for part in query.split("&")))


@pytest.mark.parametrize("seat", list(STARTS))
@pytest.mark.parametrize(("english", "dark"), list(product((False, True), repeat=2)))
def test_axe_finds_nothing_on_any_kind_of_page_and_none_is_wider_than_the_window(
    browser: Browser, looker: Looker, seat: str | None, english: bool, dark: bool
) -> None:
    wrong = []
    with looker.context(browser, seat, english=english, dark=dark) as context:
        page = context.new_page()
        for path in kinds_of_pages(page, looker.url, STARTS[seat]):
            answer = page.goto(looker.url + path)
            assert answer is not None
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            assert answer.ok, f"{seat} {path}: {answer.status}"
            open_everything(page)
            for width in (1280, 390, 360):
                page.set_viewport_size({"width": width, "height": 900})
                wrong += [f"{path} {width} px: {one}" for one in (*violations(page), widest(page)) if one]
    assert wrong == []


PAPER = {
    "/assessment/rankings/2022-03": (LANDSCAPE, 1),
    "/assessment/bulletins/2022-03": (LANDSCAPE, 4),
    "/assessment/returns/140522/6": (LANDSCAPE, 3),
}
"""Which way a page lies on paper, and on how many sheets at most."""


@pytest.mark.parametrize("path", list(PAPER))
def test_what_is_reported_keeps_all_its_columns_on_paper(browser: Browser, looker: Looker, path: str) -> None:
    with looker.context(browser, "director") as context:
        page = context.new_page()
        page.goto(looker.url + path)
        lasts = page.eval_on_selector_all("thead th:last-child", "all => all.map((one) => one.innerText)")
        sheets = printed(page)
        side, most = PAPER[path]
        assert {size_of(sheet) for sheet in sheets} == {side}
        assert len(sheets) <= most
        assert [last for last in lasts if plain(last) not in text_of(sheets)] == []
        assert past_the_edge(page, side) == []


def test_the_longest_story_of_a_case_is_on_three_sheets(browser: Browser, looker: Looker) -> None:
    with looker.context(browser, "director") as context:
        page = context.new_page()
        found = page.request.get(f"{looker.url}/api/cases/v1/cases?escalated=any&limit=200").json()["items"]
        longest = max(found, key=lambda one: int(one["version"]))
        page.goto(f"{looker.url}/cases/{longest['case']}")
        sheets = printed(page)
        assert len(sheets) <= 3
        assert {size_of(sheet) for sheet in sheets} == {PORTRAIT}
        assert past_the_edge(page, PORTRAIT) == []
