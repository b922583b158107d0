"""A page as it comes out of the printer."""

from __future__ import annotations

import unicodedata
from io import BytesIO
from typing import Any

from playwright.sync_api import Page
from pypdf import PdfReader

PORTRAIT, LANDSCAPE = (595, 842), (842, 595)
"""A4 in points."""
_MARGINS = {PORTRAIT: 32, LANDSCAPE: 28}
"""Left and right together in millimetres, as the style sheet has them."""


def printed(page: Page) -> list[Any]:
    """The sheets of a page on paper."""
    return list(PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages)


def size_of(sheet: Any) -> tuple[int, int]:
    """In points."""
    return round(float(sheet.mediabox.width)), round(float(sheet.mediabox.height))


def plain(text: str) -> str:
    """Without white space and compatibility characters: fonts give some characters back as radicals."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def text_of(sheets: list[Any]) -> str:
    """What can be read, made plain."""
    return plain("".join(sheet.extract_text() for sheet in sheets))


def past_the_edge(page: Page, sheet: tuple[int, int]) -> list[str]:
    """The tables and words that stick out of the printed area; the page stays as it is on paper."""
    width = round(sheet[0] / 72 * 96 - _MARGINS[sheet] / 25.4 * 96)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": width, "height": 900})
    found: list[str] = page.evaluate(
        """width => [...document.querySelectorAll("main :is(table, td, th, p, li, h1, h2, h3, text)")]
            .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > width + 1)
            .map((one) => one.tagName + " " + one.textContent.trim().slice(0, 40))""",
        width,
    )
    return found
