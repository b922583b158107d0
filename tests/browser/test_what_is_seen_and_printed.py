"""Every main page can be read by everybody: axe finds nothing, nothing is wider than a small telephone, paper is A4.

Each page is looked at in six combinations of language, scheme and width, among which every two values meet; the whole
product is in `readable_in_full.py`. One played installation serves all of it.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest
from playwright.sync_api import Browser

from shared.kernel.loopbar import STEP_NAMES, Stage, Step, loop_svg
from shared.kernel.loopbar.words import STAGES
from tests.browser.axe import open_everything, violations, widest
from tests.browser.conftest import ROOT, House
from tests.browser.paper import LANDSCAPE, PORTRAIT, past_the_edge, plain, printed, size_of, text_of
from tests.browser.played import Looker, Played, main_pages, visit

LANGUAGES, SCHEMES, WIDTHS = (False, True), (False, True), (1280, 390, 360)
LOOKED_AT = [
    (False, False, 1280), (True, True, 1280), (False, True, 390), (True, False, 390), (False, False, 360),
    (True, True, 360),
]  # fmt: skip
STYLE = ROOT / "shared" / "platform" / "web" / "static" / "bihuan.css"
OVERLAPS = """() => {
    const found = [];
    for (const svg of document.querySelectorAll(".loop svg")) {
        if (!svg.checkVisibility()) continue;
        const frame = svg.getBoundingClientRect();
        const boxes = [...svg.querySelectorAll("text")].map((one) => [one.textContent, one.getBoundingClientRect()]);
        boxes.forEach(([text, box], place) => {
            if (box.left < frame.left - 1 || box.right > frame.right + 1) found.push(text + " sticks out");
            for (const [other, next] of boxes.slice(place + 1)) {
                const across = Math.min(box.right, next.right) - Math.max(box.left, next.left);
                const along = Math.min(box.bottom, next.bottom) - Math.max(box.top, next.top);
                if (text && other && across > 0.5 && along > box.height / 2) found.push(text + " on " + other);
            }
        });
    }
    return found;
}"""


@pytest.fixture(scope="module")
def looker(house: House) -> Looker:
    return Looker(house.url, house.data)


@pytest.fixture(scope="module")
def played(looker: Looker) -> Played:
    return looker.play()


def test_every_two_of_language_scheme_and_width_are_looked_at_together() -> None:
    values: tuple[tuple[Any, ...], ...] = (LANGUAGES, SCHEMES, WIDTHS)
    for first, second in combinations(range(3), 2):
        seen = {(one[first], one[second]) for one in LOOKED_AT}
        assert seen == set(product(values[first], values[second]))


@pytest.mark.parametrize(("english", "dark"), list(product(LANGUAGES, SCHEMES)))
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    browser: Browser, looker: Looker, played: Played, english: bool, dark: bool
) -> None:
    wrong = []
    widths = [width for one, other, width in LOOKED_AT if (one, other) == (english, dark)]
    for seat, paths in main_pages(played).items():
        with looker.context(browser, seat, english=english, dark=dark) as context:
            page = context.new_page()
            for path in paths:
                visit(page, looker.url, path)
                open_everything(page)
                for width in widths:
                    page.set_viewport_size({"width": width, "height": 900})
                    found = [*violations(page), *filter(None, [widest(page)])]
                    wrong += [f"{seat} {path} {width} px: {one}" for one in found]
    assert wrong == []


# --- the loop bar ---


def bars(locale: Any) -> str:
    """Every stage, trouble and both ends, with the longest notes that there are."""
    long = "第一督导工作组核查中，至2月22日" if locale == "zh" else "Steering Group No. 1 verifies, until 22 February"
    ends = [[Step(name, state) for name in STEP_NAMES] for state in ("done", "due", "not_needed", "alarm", "current")]
    stages = [
        [Step(name, "done" if name in STEP_NAMES[:3] else "due", None, None, long,
              stage=Stage(stage, None, late) if name == "transferred" else None) for name in STEP_NAMES]
        for stage in STAGES for late in (False, True)
    ]  # fmt: skip
    return "".join(loop_svg(steps, locale) for steps in (*ends, *stages))


@pytest.mark.parametrize("width", [1280, 900, 768, 390, 360])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_no_word_of_the_loop_bar_lies_on_another_or_is_cut(browser: Browser, locale: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_content(f"<style>{STYLE.read_text('utf-8')}</style><main>{bars(locale)}</main>")
    assert page.evaluate(OVERLAPS) == []
    assert widest(page) is None
    page.close()


def test_the_loop_bar_is_no_higher_than_three_fifths_of_what_it_was(browser: Browser) -> None:
    """150 px on a desk and 112 px on a telephone, before a step's date and reason stood under the ring."""
    for width, limit in ((1280, 90), (390, 70)):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.set_content(f"<style>{STYLE.read_text('utf-8')}</style><main>{bars('zh')}</main>")
        heights = page.evaluate("[...document.querySelectorAll('.loop')].map((one) => one.offsetHeight)")
        assert min(heights) <= limit, heights
        page.close()


# --- paper ---


def test_a_case_is_on_as_few_sheets_as_it_needs_its_history_whole_and_nothing_to_press(
    browser: Browser, looker: Looker, played: Played
) -> None:
    with looker.context(browser, "director") as context:
        page = context.new_page()
        visit(page, looker.url, f"/cases/{played.closed}")
        sheets = printed(page)
        assert len(sheets) <= 2
        assert {size_of(sheet) for sheet in sheets} == {PORTRAIT}
        text = text_of(sheets)
        assert text.count(plain("次现场检查，发现超期气瓶")) == 5
        assert "可办事项" not in text
        assert past_the_edge(page, PORTRAIT) == []
        pressed = "form, button, nav, .do, .asof"
        assert (
            page.evaluate("s => [...document.querySelectorAll(s)].filter((e) => e.checkVisibility()).length", pressed)
            == 0
        )


def test_a_ranking_lies_on_its_side_with_its_last_column_and_its_rows_whole(browser: Browser, looker: Looker) -> None:
    with looker.context(browser, "director") as context:
        page = context.new_page()
        visit(page, looker.url, "/assessment/rankings/2022-03")
        last = page.locator("thead").first.locator("th").last.inner_text()
        sheets = printed(page)
        assert {size_of(sheet) for sheet in sheets} == {LANDSCAPE}
        assert plain(last) in text_of(sheets[:1])
        assert past_the_edge(page, LANDSCAPE) == []
        assert page.locator("tr").first.evaluate("one => getComputedStyle(one).breakInside") == "avoid"


def test_a_receipt_is_one_sheet_with_its_code_in_large_digits(browser: Browser, looker: Looker) -> None:
    with looker.context(browser, None) as context:
        page = context.new_page()
        visit(page, looker.url, "sent:")
        code = page.locator(".receipt .digits").inner_text()
        (sheet,) = printed(page)
        assert plain(code) in text_of([sheet])
        assert size_of(sheet) == PORTRAIT
