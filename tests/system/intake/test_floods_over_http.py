"""Floods over HTTP: of tips, of messages, of long messages; each refused with what to do, and nobody else for it."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from deploy.local.ports import free_port
from services.intake.limits import CHARACTERS, DANGER, MESSAGES, ON_A_RECEIPT, TIPS
from tests.system.intake.installation import Installation
from tests.system.intake.test_the_pages import PAGE, code_of, send

API = "/api/intake/v1"
CALLER = "127.0.0.9"


def is_told_to_wait(answer: httpx.Response) -> None:
    assert answer.status_code == 429
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert int(answer.headers["retry-after"]) > 0
    assert "119" in answer.json()["detail"]


def tip(client: httpx.Client, **more: object) -> httpx.Response:
    return client.post(f"{API}/tips", json={"text": "有个充装站超装"} | more)


def elsewhere(number: int) -> dict[str, str]:
    """Another address, as the gateway reports it; of the same subscriber's network each time."""
    return {"X-Forwarded-For": f"2001:db8:7:7::{number:x}"}


def test_a_flood_of_tips_is_refused_with_what_to_do_and_one_about_danger_is_still_taken(
    installation: Installation, visitor: httpx.Client, hotline: httpx.Client
) -> None:
    answers = [tip(visitor) for _ in range(TIPS.burst + 5)]
    assert [answer.status_code for answer in answers[: TIPS.burst]] == [201] * TIPS.burst
    is_told_to_wait(answers[-1])
    assert tip(visitor, danger=True).status_code == 201
    assert tip(hotline, source="hotline").status_code == 201
    with installation.client() as neighbour:
        assert tip(neighbour).status_code == 201


def test_a_subscriber_with_many_addresses_of_version_6_is_one_sender(installation: Installation) -> None:
    with installation.client() as client:
        codes = [
            client.post(f"{API}/tips", json={"text": "超装"}, headers=elsewhere(n)).status_code
            for n in range(TIPS.burst + 5)
        ]
    assert codes[-1] == 429


def test_a_refused_form_keeps_what_was_typed_and_says_what_to_do(visitor: httpx.Client) -> None:
    for _ in range(TIPS.burst):
        tip(visitor)
    page = send(visitor, text="独一无二的一件")
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0
    assert "独一无二的一件" in page.text
    assert "119" in page.text


@pytest.mark.parametrize(
    ("length", "taken"), [(20_000, CHARACTERS.burst // 20_000), (1, min(MESSAGES.burst, ON_A_RECEIPT.burst))]
)
def test_a_receipt_takes_so_many_messages_and_so_many_characters_a_day(
    visitor: httpx.Client, length: int, taken: int
) -> None:
    receipt = tip(visitor).json()["receipt"]
    path = f"{API}/receipts/{receipt}/messages"
    answers = [visitor.post(path, json={"text": "补" * length}) for _ in range(taken + 3)]
    assert [answer.status_code for answer in answers] == [201] * taken + [429] * 3
    is_told_to_wait(answers[-1])
    assert len(visitor.get(f"{API}/receipts/{receipt}").json()["messages"]) == taken


def test_a_receipt_is_guarded_from_wherever_it_is_written_to(installation: Installation) -> None:
    with installation.client() as client:
        path = f"{API}/receipts/{tip(client).json()['receipt']}/messages"
        answers = [
            client.post(path, json={"text": "补充"}, headers={"X-Forwarded-For": f"198.51.100.{n}"})
            for n in range(ON_A_RECEIPT.burst + 1)
        ]
    assert [answer.status_code for answer in answers] == [201] * ON_A_RECEIPT.burst + [429]


def test_a_refused_message_stays_in_its_form(visitor: httpx.Client) -> None:
    code = code_of(send(visitor, text="有个充装站超装").text)
    typed = {"code": code, "text": "补" * 20_000}
    pages = [visitor.post("/receipt/message", data=typed, headers=PAGE) for _ in range(CHARACTERS.burst // 20_000 + 1)]
    assert pages[-1].status_code == 429
    assert "此回执今日的补充过长" in pages[-1].text
    assert "补" * 20_000 in pages[-1].text


def test_danger_that_is_told_of_too_often_is_taken_and_marked(visitor: httpx.Client, hotline: httpx.Client) -> None:
    tips = [tip(visitor, danger=True).json()["tip"] for _ in range(DANGER.burst + 1)]
    doubts = [hotline.get(f"{API}/tips/{one}").json()["suggestion"]["doubts"] for one in tips]
    assert ["few_of_its_sender_came_before_it" in found for found in doubts] == [False] * DANGER.burst + [True]


@pytest.mark.parametrize(("gateway", "last"), [(CALLER, 201), ("127.0.0.1", 429)])
def test_an_address_is_believed_of_the_gateway_alone(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, gateway: str, last: int
) -> None:
    monkeypatch.setenv("BIHUAN_GATEWAY_ADDRESS", gateway)
    monkeypatch.setenv("BIHUAN_RATE_FACTOR", "0.5")
    other = replace(installation, port=free_port(), process=None)
    try:
        other.start()
        transport = httpx.HTTPTransport(local_address=CALLER)
        with httpx.Client(base_url=other.url, transport=transport) as client:
            answers = [
                client.post(f"{API}/tips", json={"text": "超装"}, headers={"X-Forwarded-For": f"203.0.113.{n}"})
                for n in range(TIPS.burst)
            ]
    finally:
        other.end_service()
    assert answers[-1].status_code == last
