"""The list of waiting tips: no number of one kind hides another, each is on one page, and counts are what shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import httpx
import pytest

from services.intake.limits import DANGER
from services.intake.queries import WAITING_PAGE
from shared.kernel.roles import ROLES
from shared.platform.web.session import COOKIE, SessionSigner
from tests.system.intake.installation import Installation

TIPS = "/api/intake/v1/tips"
TIP = re.compile(r'<a href="/triage/([0-9a-f-]{36})">')


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with nothing in it but this list."""
    made = Installation.make(tmp_path_factory.mktemp("waiting"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def officer(own: Installation) -> httpx.Client:
    key = (own.postgres.layout.secrets / "cases" / "session_private.pem").read_bytes()
    token = SessionSigner(key, ROLES).sign("p-hotline-1", "hotline", "city", life=timedelta(minutes=10))
    return httpx.Client(base_url=own.url, cookies={COOKIE: token}, headers={"Accept": "text/html"}, timeout=20)


@pytest.fixture(scope="module")
def tips(own: Installation) -> dict[str, list[str]]:
    """Identifiers by heap, in the order in which they came."""
    with own.client() as client, own.client("hotline") as hotline:

        def tip(sender: str, **more: object) -> str:
            answer = client.post(TIPS, json={"text": "有个充装站超装"} | more, headers={"X-Forwarded-For": sender})
            return str(answer.json()["tip"])

        flood = [tip("192.0.2.66", danger=True) for _ in range(55)]
        danger = [tip(f"192.0.2.{number}", danger=True) for number in (1, 2)]
        others = [tip(f"198.51.100.{number}") for number in range(44)]
        letter = hotline.post(TIPS, json={"text": "来信反映", "source": "letter"}).json()["tip"]
    return {
        "danger": flood[: DANGER.burst] + danger, "others": [*others, letter], "flood": flood[DANGER.burst :],
        "letter": [letter],
    }  # fmt: skip


def sections(page: str) -> dict[str, tuple[int, list[str]]]:
    """Heap → the count in its heading, and the tips that it shows."""
    found = re.findall(r'<section id="(\w+)">\s*<h2>[^<]* (\d+) 件</h2>(.*?)</section>', page, re.DOTALL)
    return {name: (int(total), TIP.findall(body)) for name, total, body in found}


def following(page: str, heap: str, rel: str = "next") -> str | None:
    body = re.search(rf'<section id="{heap}">.*?</section>', page, re.DOTALL)
    link = re.search(rf'<a href="([^"#]+)#{heap}" rel="{rel}">', body[0]) if body else None
    return unescape(link[1]) if link else None


def test_a_flood_of_danger_hides_neither_the_danger_of_others_nor_the_others(
    officer: httpx.Client, tips: dict[str, list[str]]
) -> None:
    page = officer.get("/triage").text
    found = sections(page)
    assert list(found) == ["danger", "others", "flood"]
    assert found["danger"] == (len(tips["danger"]), tips["danger"])
    assert found["others"] == (45, tips["others"][:WAITING_PAGE])
    assert found["flood"] == (50, tips["flood"][:WAITING_PAGE])
    assert "共 102 件" in page


@pytest.mark.parametrize("heap", ["danger", "others", "flood"])
def test_who_leafs_through_a_heap_sees_each_tip_once_and_the_others_stay(
    officer: httpx.Client, tips: dict[str, list[str]], heap: str
) -> None:
    page = officer.get("/triage").text
    seen = sections(page)[heap][1]
    while (path := following(page, heap)) is not None:
        before, page = page, officer.get(path).text
        seen += sections(page)[heap][1]
        back = following(page, heap, "prev")
        assert back is not None
        assert sections(officer.get(back).text) == sections(before)
        rest = [sections(one) | {heap: None} for one in (before, page)]
        assert rest[0] == rest[1]
    assert seen == tips[heap]


def test_a_page_beyond_the_last_is_the_last(officer: httpx.Client, tips: dict[str, list[str]]) -> None:
    assert sections(officer.get("/triage?flood=1000000").text)["flood"] == (50, tips["flood"][40:])


def test_the_list_shows_one_source_and_counts_what_it_shows(officer: httpx.Client, tips: dict[str, list[str]]) -> None:
    page = officer.get("/triage?source=letter").text
    assert sections(page) == {"others": (1, tips["letter"])}
    assert "共 1 件" in page
    assert following(officer.get("/triage?source=web").text, "flood") == "/triage?flood=2&source=web"
    assert "此来源没有等待梳理的举报" in officer.get("/triage?source=visit").text


@pytest.mark.parametrize("query", ["source=nowhere", "flood=0", "flood=x", "danger=99999999999999999999"])
def test_a_list_that_cannot_be_is_refused(officer: httpx.Client, query: str) -> None:
    assert officer.get(f"/triage?{query}").status_code == 422
