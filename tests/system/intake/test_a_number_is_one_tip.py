"""A tip that comes again with another system's number, to whichever process: one tip, one receipt, one history."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest

from deploy.local.ports import free_port
from tests.system.intake.installation import Installation

TIPS = "/api/intake/v1/tips"
TEXT = "有个充装站超装"
IDENTITY = {"name": "周小满", "phone": "13500001234", "mode": "open"}


@pytest.fixture(scope="module")
def second(installation: Installation) -> Iterator[Installation]:
    """Another process of the same service."""
    found = replace(installation, port=free_port(), process=None)
    try:
        found.start()
        yield found
    finally:
        found.end_service()


def give(client: httpx.Client, number: str, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(TIPS, json={"text": TEXT, "source": "hotline", "external_no": number} | more)
    return answer.status_code, answer.json()


def test_the_same_number_gives_the_same_tip_and_receipt_from_every_process(
    installation: Installation, second: Installation
) -> None:
    with installation.client("hotline") as here, second.client("hotline") as there:
        clients = [here, there] * 3
        for n in range(8):
            number = f"JC12345-220121{n:04d}"
            with ThreadPoolExecutor(len(clients)) as pool:
                given = list(pool.map(lambda client, number=number: give(client, number, identity=IDENTITY), clients))
            assert given == [(201, given[0][1])] * len(clients)
            tip = given[0][1]["tip"]
            assert here.get(f"{TIPS}/{tip}").json()["text"] == TEXT, "sealed with the key that the vault has"
            streams = "SELECT count(*) FROM tips WHERE external_no = %s"
            assert installation.rows("bihuan_intake", streams, (number,)) == [(1,)]
        assert give(there, number, source="superior")[1]["tip"] != tip


def test_without_a_number_the_same_text_is_another_tip(installation: Installation) -> None:
    with installation.client("hotline") as hotline:
        tips = {hotline.post(TIPS, json={"text": TEXT, "source": "hotline"}).json()["tip"] for _ in range(2)}
    assert len(tips) == 2


def test_a_visitor_has_no_number_and_is_told_so(installation: Installation, visitor: httpx.Client) -> None:
    answer = visitor.post(TIPS, json={"text": TEXT, "external_no": "JC12345-2201219999"})
    assert answer.status_code == 422
    assert "external_no" in answer.json()["errors"][0]["pointer"]


def test_a_tip_of_nothing_visible_is_refused_with_the_characters_named(visitor: httpx.Client) -> None:
    answer = visitor.post(TIPS, json={"text": "\u200b\u200d\u3164"})
    assert answer.status_code == 422
    assert "U+200B、U+200D、U+3164" in answer.json()["errors"][0]["detail"]
    english = visitor.post(TIPS, json={"text": "气瓶\u202e"}, headers={"Accept-Language": "en"})
    assert "U+202E" in english.json()["errors"][0]["detail"]
