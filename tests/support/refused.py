"""What a page says of a form that was refused: the browser is sent back to it, and it reloads like any other."""

from __future__ import annotations

import httpx

HTML = {"Accept": "text/html"}


def where(answer: httpx.Response) -> str:
    """Where the browser is sent to; the answer must be a refusal."""
    location: str = answer.headers.get("location", "")
    assert answer.status_code == 303, answer.text
    assert "refused=" in location, f"it was done: {location}"
    return location.partition("#")[0]


def said(page: httpx.Response) -> str:
    """What the page says; it must say in its title that something is wrong."""
    assert page.status_code == 200, page.text
    assert "<title>错误：" in page.text
    return page.text


async def refusal(client: httpx.AsyncClient, answer: httpx.Response) -> str:
    """The page to which a refused form leads, twice the same."""
    pages = [said(await client.get(where(answer), headers=HTML)) for _ in range(2)]
    return pages[-1]
