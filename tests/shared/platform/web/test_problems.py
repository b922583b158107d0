"""What a person or a program is told when something cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from shared.platform.web.problem_handlers import document
from shared.platform.web.problems import (
    Invalid,
    KeyReused,
    PayloadTooLarge,
    Problem,
    ServiceUnavailable,
    TooManyRequests,
    VersionConflict,
)

PROBLEM = "application/problem+json"
PAGE = {"accept": "text/html,application/xhtml+xml"}


async def test_a_program_gets_a_problem_document_with_type_title_status_and_what_to_do(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/late")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json() == {
        "type": "/problems/refused",
        "title": "按规则不能办理",
        "status": 409,
        "detail": "已超过 2 个工作日。",
        "rule": "return_in_time",
        "clause": "通知六（一）",
    }


async def test_a_person_gets_a_page_with_the_same_sentence_and_the_clause(client: httpx.AsyncClient) -> None:
    answer = await client.get("/late", headers=PAGE)
    assert answer.status_code == 409
    assert answer.headers["content-type"].startswith("text/html")
    assert "已超过 2 个工作日。" in answer.text
    assert "通知六（一）" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_a_visitor_who_opens_the_desk_is_sent_to_sign_in_and_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/desk?due=today", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fdesk%3Fdue%3Dtoday"


async def test_a_program_without_a_token_is_told_which_header_it_needs(client: httpx.AsyncClient) -> None:
    answer = await client.get("/desk")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="bihuan"'
    assert "Authorization" in answer.json()["detail"]


async def test_malformed_json_is_400_and_says_where(client: httpx.AsyncClient) -> None:
    answer = await client.post("/tips", content=b'{"text": ', headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/malformed-json"
    assert "第 9 个字符" in answer.json()["detail"]


async def test_json_that_is_not_declared_as_json_is_415_and_names_the_header(client: httpx.AsyncClient) -> None:
    answer = await client.post("/tips", content=b'{"text": "\xe4\xbd\xa0\xe5\xa5\xbd"}')
    assert answer.status_code == 415
    assert "Content-Type: application/json" in answer.json()["detail"]


async def test_each_wrong_field_is_named_by_a_pointer_with_what_is_allowed(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/tips", json={"kind": "gossip", "occurred_at": "2022-01-21T17:31:00", "people": [1, "x"], "colour/": 1}
    )
    assert answer.status_code == 422
    errors = {error["pointer"]: error for error in answer.json()["errors"]}
    assert errors["#/text"]["detail"] == "缺少此项，请补上。"
    assert errors["#/kind"]["allowed"] == ["tip", "complaint", "enquiry"]
    assert "tip、complaint、enquiry" in errors["#/kind"]["detail"]
    assert "+08:00" in errors["#/occurred_at"]["detail"]
    assert errors["#/people/1"]["detail"] == "应为整数。"
    assert errors["#/colour~1"]["detail"] == "没有这一项，请去掉。"


async def test_a_text_that_is_too_short_or_too_long_is_told_the_bound(client: httpx.AsyncClient) -> None:
    short, long = await client.post("/tips", json={"text": "炉"}), await client.post("/tips", json={"text": "炉" * 21})
    assert short.json()["errors"][0]["detail"] == "太短：至少 2 个字。"
    assert long.json()["errors"][0]["detail"] == "太长：至多 20 个字。"


async def test_what_somebody_typed_is_never_repeated_in_the_answer(client: httpx.AsyncClient) -> None:
    answer = await client.post("/tips", json={"text": ["13300001002"], "kind": "13300001002"})
    assert answer.status_code == 422
    assert "13300001002" not in answer.text


async def test_an_unknown_address_is_404_and_a_wrong_method_405_with_the_right_ones(
    client: httpx.AsyncClient,
) -> None:
    missing, wrong = await client.get("/nowhere"), await client.get("/tips")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/not-found")
    assert (wrong.status_code, wrong.headers["allow"], wrong.json()["allow"]) == (405, "POST", ["POST"])


async def test_a_defect_of_ours_is_500_with_a_reference_and_without_its_message(client: httpx.AsyncClient) -> None:
    program, person = await client.get("/defect"), await client.get("/defect", headers=PAGE)
    assert program.status_code == person.status_code == 500
    assert program.json()["reference"] in program.json()["detail"]
    for answer in (program, person):
        assert "林知远" not in answer.text
        assert "KeyError" not in answer.text


async def test_the_english_switch_also_turns_problem_documents(client: httpx.AsyncClient) -> None:
    answer = await client.post("/tips?lang=en", json={})
    assert answer.json()["title"] == "Something needs correcting"
    assert answer.json()["errors"][0]["detail"] == "Missing. Add it."


@pytest.mark.parametrize(
    ("problem", "status", "type_", "extras"),
    [
        (VersionConflict(7), 409, "version-conflict", {"version": 7}),
        (KeyReused(), 422, "idempotency-key-reused", {}),
        (PayloadTooLarge(1 << 20), 413, "payload-too-large", {"limit": 1 << 20}),
        (TooManyRequests(30), 429, "too-many-requests", {}),
        (ServiceUnavailable(retry_after=3), 503, "service-unavailable", {}),
    ],
)
def test_each_named_problem_keeps_its_status_type_and_extras(
    problem: Problem, status: int, type_: str, extras: dict[str, object]
) -> None:
    shown = document(problem)
    assert (shown["status"], shown["type"]) == (status, f"/problems/{type_}")
    assert extras.items() <= shown.items()
    assert "{" not in shown["detail"]


def test_a_wrong_parameter_is_named_with_what_it_may_be_where_that_can_be_listed() -> None:
    told = Invalid.parameter("state", "没有这个状态。", ("open", "closed"))
    assert (told.status, str(told)) == (422, "没有这个状态。")
    assert told.extras["errors"] == [{"parameter": "state", "detail": "没有这个状态。", "allowed": ["open", "closed"]}]
    assert "allowed" not in Invalid.parameter("cursor", "请用上一页答复里的 next。").extras["errors"][0]


def test_whoever_must_wait_is_told_how_many_seconds() -> None:
    assert TooManyRequests(30).headers["Retry-After"] == "30"
    assert ServiceUnavailable(retry_after=3).headers["Retry-After"] == "3"


async def test_an_expired_session_that_opens_a_page_is_sent_to_sign_in(
    client: httpx.AsyncClient, token: Callable[..., str]
) -> None:
    client.cookies.set("bihuan_session", token(life=timedelta(seconds=-1)))
    assert (await client.get("/desk", headers=PAGE)).status_code == 303
    assert (await client.get("/desk")).json()["detail"] == "登录已过期，请重新登录。"
