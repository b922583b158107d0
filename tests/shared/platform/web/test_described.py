"""What an address says of itself: its methods, who may call it, and never the name by which it was called."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI

from shared.platform.web.session import MaybeViewer, Viewer, require_role


@pytest.fixture(autouse=True)
def routes(app: FastAPI) -> None:
    inner = APIRouter(dependencies=[Depends(require_role("admin"))])
    router = APIRouter(prefix="/api/trial/v1")

    @router.get("/things")
    async def look(viewer: MaybeViewer) -> str:
        return "things"

    @router.post("/things/{thing}")
    async def make(thing: str) -> str:
        return thing

    @router.delete("/things/{thing}")
    async def unmake(thing: str, _: Viewer = Depends(require_role("office"))) -> str:  # noqa: B008 – FastAPI's way
        return thing

    @inner.patch("/things/{thing}")
    async def change(thing: str) -> str:
        return thing

    router.include_router(inner)
    app.include_router(router)

    @app.get("/shelf/")
    async def shelf() -> str:
        return "shelf"


async def test_a_method_that_an_address_does_not_have_is_answered_with_all_that_it_has(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.put("/api/trial/v1/things/1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, PATCH, POST")
    assert answer.json()["allow"] == ["DELETE", "PATCH", "POST"]
    assert "DELETE、PATCH、POST" in answer.json()["detail"]
    assert (await client.put("/api/trial/v1/things")).headers["allow"] == "GET"


NEEDED: list[dict[str, list[str]]] = [{"bearer": []}, {"session": []}]


@pytest.mark.parametrize(
    ("path", "method", "security"),
    [
        ("/api/trial/v1/things", "get", [{}, *NEEDED]),
        ("/api/trial/v1/things/{thing}", "post", []),
        ("/api/trial/v1/things/{thing}", "delete", NEEDED),
        ("/api/trial/v1/things/{thing}", "patch", NEEDED),
        ("/desk", "get", NEEDED),
        ("/health", "get", []),
    ],
)
async def test_an_operation_says_whom_it_lets_in(
    client: httpx.AsyncClient, path: str, method: str, security: list[object]
) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["paths"][path][method]["security"] == security
    assert set(document["components"]["securitySchemes"]) == {"bearer", "session"}
    assert "security" not in document


async def test_it_says_the_truth(client: httpx.AsyncClient, token: Callable[..., str]) -> None:
    document = (await client.get("/openapi.json")).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answer = await client.request(method, path.replace("{", "").replace("}", ""))
            assert (answer.status_code == 401) == (operation["security"] == NEEDED), (method, path)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "[::1]", "[", "a b", "//[", ""])
async def test_a_redirect_stays_on_this_site_whatever_it_was_called(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/shelf?a=1", headers={"Host": host})
    assert (answer.status_code, answer.headers["location"]) == (307, "/shelf/?a=1")
    for path in ("/desk/", "/greeting/", "//evil.example/", "//evil.example//"):
        answer = await client.get(path, headers={"Host": host})
        assert answer.status_code in (307, 404)
        assert not answer.headers.get("location", "/").startswith(("//", "http"))


async def test_an_origin_that_is_no_address_is_another_site(
    client: httpx.AsyncClient, token: Callable[..., str]
) -> None:
    client.cookies.set("bihuan_session", token())
    for origin in ("http://[", "http://]", "[", "null", "http://[::1", "http://bihuan.example.evil.example", "\x00"):
        answer = await client.post("/mark", headers={"Origin": origin})
        assert answer.status_code == 403, origin
