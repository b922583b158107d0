"""What has happened in an installation before its pages are looked at, and who looks: played over the interface, since
the forms of the pages are the subject of the walk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from deploy.demo.cast import Cast
from deploy.local.services import DEFAULT_CAMPAIGN
from shared.kernel.campaign import load
from shared.kernel.roles import ROLES
from shared.platform.web.session import COOKIE, SessionSigner

COUNTY = "140525"
SEATS = {
    "director": ("director", "city"), "office": ("office", "city"), "county": ("county", COUNTY),
    "principal": ("principal", COUNTY),
}  # fmt: skip
CASES = "/api/cases/v1/cases"
TIP = "泽州县巴公镇一家气体充装站一直在给超期没检验的气瓶充装，夜里装车拉走。"


@dataclass(frozen=True)
class Played:
    """A closed case, one that a unit is handling, and the receipt code of the tip of each."""

    closed: str
    handled: str
    code_of_closed: str
    code_of_handled: str


class Looker:
    """Opens pages as anybody, without a password: the key that signs sessions is in the data folder."""

    def __init__(self, url: str, data: Path) -> None:
        self.url = url
        self.campaign = load(DEFAULT_CAMPAIGN)
        self.signer = SessionSigner((data / "secrets" / "cases" / "session_private.pem").read_bytes(), ROLES)

    @contextmanager
    def context(self, browser: Browser, seat: str | None, *, english: bool = False, dark: bool = False) -> Iterator[
        BrowserContext
    ]:  # fmt: skip
        """A browser of its own for somebody in a seat, or for a visitor."""
        context = browser.new_context(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        if seat is not None:
            role, unit = SEATS[seat]
            people = self.campaign.people_with(role, unit) or self.campaign.people_with(role)
            token = self.signer.sign(people[0].id, role, unit, life=timedelta(hours=1))
            context.add_cookies([{"name": COOKIE, "value": token, "url": self.url}])
        page = context.new_page()
        page.goto(f"{self.url}/?lang={'en' if english else 'zh'}")
        page.close()
        yield context
        context.close()

    def play(self) -> Played:
        """Two tips become cases; one is handled, the other answered, reviewed and closed."""
        with closing(Cast(self.url, self.campaign, self.signer)) as cast:
            receipts = [cast.say("/api/intake/v1/tips", {"text": f"{TIP}（{n}）"}, f"tip {n}") for n in range(2)]
            cases = {one["tip"]: one["case"] for one in _cases(cast, 2)}
            handled, closed = (cases[one["tip"]] for one in receipts)
            steps: list[tuple[tuple[str, str, str], str, dict[str, Any]]] = [
                (cast.one("director"), "transfer", {}),
                (cast.of("county", COUNTY), "sign-for", {}),
                *[
                    (cast.of("county", COUNTY), "record-step", {
                        "step": "site_inspection", "text": f"第 {n} 次现场检查，发现超期气瓶 12 只，当场封存。",
                        "evidence": [f"现场检查记录 {n} 号"],
                    })
                    for n in range(1, 6)
                ],
            ]  # fmt: skip
            answered: list[tuple[tuple[str, str, str], str, dict[str, Any]]] = [
                (cast.of("principal", COUNTY), "report-result", {
                    "conclusion": "not_borne_out", "text": "经三次现场检查，未发现所述问题。", "taken": [],
                    "evidence": ["现场检查记录", "询问笔录"],
                }),
                (cast.office(0), "review-result", {}),
                (cast.one("director"), "close", {}),
            ]  # fmt: skip
            for case, commands in ((handled, steps), (closed, steps + answered)):
                for n, (who, command, body) in enumerate(commands):
                    version = cast.get(f"{CASES}/{case}")["version"]
                    cast.give(who, f"{CASES}/{case}/{command}", body, f"{case} {n}", version)
            assert cast.refused == []
        return Played(closed, handled, receipts[1]["receipt"], receipts[0]["receipt"])


def main_pages(played: Played) -> dict[str | None, list[str]]:
    """The pages that most people see most, by who sees them. `receipt:` is the page of a receipt code, `sent:` of a tip
    that was just sent."""
    return {
        None: ["/", "sent:", "/receipt", f"receipt:{played.code_of_handled}", f"receipt:{played.code_of_closed}",
               "/public", "/sign-in"],
        "director": ["/desk", "/cases", f"/cases/{played.handled}", f"/cases/{played.closed}", "/triage",
                     "/assessment/rankings/2022-03", "/assessment/bulletins/2022-03"],
        "county": ["/desk", f"/cases/{played.handled}", f"/assessment/filings/{COUNTY}"],
    }  # fmt: skip


def visit(page: Page, url: str, path: str) -> None:
    """Open a page of `main_pages`."""
    kind, _, code = path.partition(":")
    answer = page.goto(url + {"receipt": "/receipt", "sent": "/"}.get(kind, path))
    assert answer is not None
    assert answer.ok, f"{path}: {answer.status}"
    if kind == "receipt":
        page.locator("#code").fill(code)
        page.locator("main form button").click()
    elif kind == "sent":
        page.locator('textarea[name="text"]').fill("高平市一家加气站的储罐一直没有检验。")
        page.locator('[name="danger"][value="no"]').check()
        page.locator("main form button.first").last.click()
        page.locator(".receipt .digits").wait_for()
    page.wait_for_load_state()


def _cases(cast: Cast, count: int) -> list[dict[str, Any]]:
    """The cases, once there are so many."""
    while len(found := cast.wait_for(CASES)) < count:
        pass
    return found
