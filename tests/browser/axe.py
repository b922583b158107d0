"""What axe-core finds on a page. Its script is in the package axe-playwright-python; nothing is downloaded."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Page

SCRIPT = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def open_everything(page: Page) -> None:
    """Unfold whatever is folded: what nobody has opened yet can be read, too."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


def violations(page: Page) -> list[str]:
    """The rule, what it says and the first three places of each violation of WCAG 2.2 AA."""
    page.evaluate(SCRIPT)
    found = page.evaluate(
        """rules => axe.run(document, {runOnly: rules, resultTypes: ["violations"]}).then((one) => one.violations)""",
        RULES,
    )
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes'][:3]]} {one['nodes'][0]['failureSummary']}"
        for one in found
    ]


def widest(page: Page) -> str | None:
    """What is wider than the window, if the page scrolls sideways."""
    found: str | None = page.evaluate(
        """() => {
            if (document.documentElement.scrollWidth <= innerWidth) return null;
            const wide = [...document.querySelectorAll("body *")].filter(
                (one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".scroll"));
            return document.documentElement.scrollWidth + " px: " + (wide.at(-1)?.outerHTML.slice(0, 160) ?? "?");
        }"""
    )
    return found
