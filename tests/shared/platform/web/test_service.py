"""What every service offers besides its own work."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY, generate_latest

from shared.platform.web import readiness
from shared.platform.web.readiness import add_ready_check
from shared.platform.web.static_files import static_url


async def test_a_service_that_turns_is_alive(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_service_is_ready_when_each_of_its_checks_passes(app: FastAPI, client: httpx.AsyncClient) -> None:
    async def fine() -> None:
        return None

    add_ready_check(app, "postgres", fine)
    assert (await client.get("/ready")).json() == {"status": "ready", "clock": "system", "checks": {"postgres": "ok"}}


async def test_a_service_that_lacks_something_says_what_and_why(app: FastAPI, client: httpx.AsyncClient) -> None:
    async def fine() -> None:
        return None

    async def lagging() -> str:
        return "中继落后 812 条"

    async def broken() -> None:
        raise ConnectionRefusedError("postgresql://cases:secret@127.0.0.1")

    for name, check in (("campaign", fine), ("relay", lagging), ("postgres", broken)):
        add_ready_check(app, name, check)
    answer = await client.get("/ready")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    body = answer.json()
    assert body["type"] == "/problems/not-ready"
    assert body["checks"] == {
        "campaign": "ok", "relay": "中继落后 812 条", "postgres": "检查未通过：ConnectionRefusedError"
    }  # fmt: skip
    assert "relay、postgres" in body["detail"]
    assert "secret" not in answer.text


async def test_a_check_that_hangs_does_not_hang_the_answer(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "CHECK_SECONDS", 0.05)

    async def hangs() -> None:
        await asyncio.Event().wait()

    add_ready_check(app, "nats", hangs)
    answer = await client.get("/ready")
    assert answer.json()["checks"] == {"nats": "检查未在限时内完成"}


async def test_a_check_that_cannot_be_cancelled_is_left_alone_and_not_begun_twice(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "CHECK_SECONDS", 0.05)
    begun, over = [], asyncio.Event()

    async def stubborn() -> None:
        begun.append(True)
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    add_ready_check(app, "postgres", stubborn)
    for _ in range(3):
        assert (await asyncio.wait_for(client.get("/ready"), 2)).status_code == 503
    assert len(begun) == 1
    over.set()
    await asyncio.sleep(0)
    assert (await client.get("/ready")).status_code == 200


async def test_each_check_is_a_metric_too(app: FastAPI, client: httpx.AsyncClient) -> None:
    async def fine() -> None:
        return None

    async def lagging() -> str:
        return "中继停滞"

    add_ready_check(app, "database", fine)
    add_ready_check(app, "relay", lagging)
    text = (await client.get("/metrics")).text
    assert 'bihuan_ready{check="database"} 1.0' in text
    assert 'bihuan_ready{check="relay"} 0.0' in text


async def test_requests_are_counted_by_route_template_and_status_class(client: httpx.AsyncClient) -> None:
    for code in range(3):
        await client.get(f"/receipts/{code}")
    await client.get("/nowhere/1")
    await client.request("BREW", "/tips")
    text = (await client.get("/metrics")).text
    assert 'bihuan_http_requests_total{method="GET",route="/receipts/{code}",status="2xx"} 3.0' in text
    assert 'bihuan_http_requests_total{method="GET",route="unmatched",status="4xx"} 1.0' in text
    assert 'method="OTHER"' in text
    assert 'bihuan_http_request_seconds_count{method="GET",route="/receipts/{code}"} 3.0' in text


async def test_two_services_in_one_process_keep_their_own_metrics(app: FastAPI, client: httpx.AsyncClient) -> None:
    await client.get("/receipts/1")
    assert b"bihuan_http_requests" not in generate_latest(REGISTRY)


async def test_the_interface_describes_itself_in_openapi_31_with_problem_documents(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/openapi.json")).json()
    assert schema["openapi"].startswith("3.1")
    tips = schema["paths"]["/tips"]["post"]["responses"]
    assert tips["422"]["content"].keys() == {"application/problem+json"}
    assert list(tips["503"]["content"]) == ["application/problem+json"]
    assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert "HTTPValidationError" not in schema["components"]["schemas"]


async def test_there_is_no_page_that_loads_scripts_from_elsewhere(client: httpx.AsyncClient) -> None:
    assert (await client.get("/docs")).status_code == 404
    assert (await client.get("/redoc")).status_code == 404


async def test_every_answer_carries_the_guarding_headers(client: httpx.AsyncClient, token: Callable[..., str]) -> None:
    for path in ("/health", "/nowhere", "/greeting", "/static/bihuan.css", "/defect"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path


async def test_static_files_are_cached_for_ever_only_under_their_own_hash(client: httpx.AsyncClient) -> None:
    fresh = await client.get(static_url("bihuan.css"))
    assert fresh.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in fresh.headers["cache-control"]
    old = await client.get("/static/bihuan.css?v=000000000000")
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")
    known = await client.get("/static/bihuan.css", headers={"if-none-match": fresh.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert known.headers["cache-control"] == "no-cache"


async def test_a_static_files_tag_is_its_content_on_whatever_machine(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/live.js")
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()[:12]}"'
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    head = await client.head("/static/live.js")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(answer.content)))
    assert head.headers["etag"] == answer.headers["etag"]


async def test_static_files_are_only_read_and_are_counted_as_one_route(client: httpx.AsyncClient) -> None:
    refused = await client.post("/static/live.js")
    assert refused.status_code == 405
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD"}
    await client.get("/static/live.js")
    text = (await client.get("/metrics")).text
    assert 'bihuan_http_requests_total{method="GET",route="/static/{name}",status="2xx"} 1.0' in text


async def test_a_static_file_that_does_not_exist_is_not_found_wherever_one_looks(client: httpx.AsyncClient) -> None:
    for path in ("/static/none.css", "/static/../pages.py", "/static/%2e%2e/pages.py", "/static/"):
        assert (await client.get(path)).status_code == 404, path
