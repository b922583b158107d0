"""The direct way of busy routes: taken by the plain case alone, and never seen from outside."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from shared.web.direct import answer_directly
from shared.web.problems import Refused
from tests.shared.web.conftest import Tip

JSON = {"content-type": "application/json"}
FOR_THE_FRAMEWORK: list[tuple[bytes, dict[str, str]]] = [
    (b'{"text": ', JSON),
    (b"", JSON),
    (b"\xff\xfe", JSON),
    (b"[" * 100_000, JSON),
    (b'{"text": "x"}', JSON),
    ('{"text": "漏气", "phone": "13300001002"}'.encode(), JSON),
    ('{"text": "漏气", "occurred_at": "2022-01-21T17:31:00"}'.encode(), JSON),
    ('{"text": "漏气"}'.encode(), {"content-type": "text/plain"}),
    ('{"text": "漏气"}'.encode(), {}),
    ('{"text": "漏气"}'.encode(), {"content-type": "application/json; charset=utf-8"}),
    ('{"text": "漏气"}'.encode(), JSON | {"cookie": "bihuan_session=nonsense"}),
    ('{"text": "漏气"}'.encode(), JSON | {"content-length": "2000000"}),
    (b" " * 1_100_000, JSON),
]


@pytest.fixture
def taken(app: FastAPI) -> list[str]:
    """The texts that went the direct way to `/tips`."""
    texts: list[str] = []

    async def answer(_: Request, body: Tip) -> Response:
        if body.text == "已结":
            raise Refused("此件已结。", rule="closed_is_closed")
        if body.text == "失误":
            raise KeyError("林知远")
        texts.append(body.text)
        return JSONResponse(body.model_dump(mode="json"))

    answer_directly(app, "POST", "/tips", Tip, answer)
    return texts


async def test_a_visitors_json_goes_the_direct_way_and_is_answered_like_any_other(
    app: FastAPI, client: httpx.AsyncClient, taken: list[str]
) -> None:
    direct = await client.post("/tips", json={"text": "漏气"})
    app.state.direct.clear()
    usual = await client.post("/tips", json={"text": "漏气"})
    assert taken == ["漏气"]
    assert (direct.status_code, direct.json(), direct.headers) == (usual.status_code, usual.json(), usual.headers)


@pytest.mark.parametrize("number", range(len(FOR_THE_FRAMEWORK)))
async def test_whatever_is_not_plain_is_answered_by_the_framework(
    app: FastAPI, client: httpx.AsyncClient, taken: list[str], number: int
) -> None:
    content, headers = FOR_THE_FRAMEWORK[number]
    first = await client.post("/tips", content=content, headers=headers)
    app.state.direct.clear()
    usual = await client.post("/tips", content=content, headers=headers)
    assert taken == []
    assert (first.status_code, first.json(), first.headers) == (usual.status_code, usual.json(), usual.headers)


async def test_who_is_signed_in_is_known_to_the_route(
    client: httpx.AsyncClient, taken: list[str], token: Callable[..., str]
) -> None:
    bearer = {"authorization": f"Bearer {token(kind='api')}"}
    assert (await client.post("/tips", json={"text": "漏气"}, headers=bearer)).status_code == 200
    assert taken == []


async def test_a_refusal_on_the_direct_way_is_a_problem_document(client: httpx.AsyncClient, taken: list[str]) -> None:
    answer = await client.post("/tips", json={"text": "已结"})
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert answer.json()["rule"] == "closed_is_closed"


async def test_a_defect_on_the_direct_way_tells_a_reference_only(client: httpx.AsyncClient, taken: list[str]) -> None:
    answer = await client.post("/tips", json={"text": "失误"})
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/unexpected")
    assert "林知远" not in answer.text


async def test_what_went_the_direct_way_is_counted_and_logged_under_its_route(
    client: httpx.AsyncClient, taken: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    await client.post("/tips", json={"text": "漏气"})
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["event"], line["method"], line["route"], line["status"]) == ("request", "POST", "/tips", 200)
    text = (await client.get("/metrics")).text
    assert 'bihuan_http_requests_total{method="POST",route="/tips",status="2xx"} 1.0' in text
