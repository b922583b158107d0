"""What may be asked for in an address."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, Response

from shared.platform.event_store.ids import new_id
from shared.platform.web.parameters import After, Code, Codes, Cursor, Position, SearchText

LONG = "9" * 5000


def inner(kept: Annotated[bool, Query(alias="keep")] = False) -> bool:
    return kept


@pytest.fixture(autouse=True)
def everything(app: FastAPI) -> None:
    """Routes of the API, of which one is included by two routers, and a page."""
    router = APIRouter(prefix="/api/trial/v1")

    @router.get("/rows")
    async def rows(
        q: SearchText | None = None, unit: Code | None = None, states: Codes | None = None,
        cursor: Cursor | None = None, before: Position | None = None, after: After = 0,
        keep: bool = Depends(inner),
    ) -> dict[str, str]:  # fmt: skip
        return {"q": q or "", "cursor": str(cursor), "before": str(before), "after": str(after)}

    @router.post("/rows")
    async def make() -> Response:
        return Response(status_code=201)

    app.include_router(router)

    @app.get("/page")
    async def page(q: SearchText = "") -> dict[str, str]:
        return {"q": q}


async def refused(client: httpx.AsyncClient, query: str) -> dict[str, object]:
    answer = await client.get(f"/api/trial/v1/rows?{query}")
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    return dict(error)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("q", one) for one in ("%00", "a%00b", "%1B[0m", "%7F", "%C2%85", "x" * 101)),
        *(("unit", one) for one in ("%00", "1%0A2", "x" * 65)),
        *(("states", one) for one in ("opened,%00", "x" * 201)),
        *(
            ("cursor", one)
            for one in ("", "17", "no-uuid", "%00", "cases/12", LONG, "018f0000-0000-7000-8000-00000000000g")
        ),
        *(("before", one) for one in ("", "0", "-1", str(1 << 63), LONG, "1.5", "%00", str(new_id()))),
        *(("after", one) for one in ("-1", str(1 << 63), LONG, "1e3", "%D9%A3x")),
    ],
)
async def test_a_value_that_cannot_be_is_refused_by_its_name(client: httpx.AsyncClient, name: str, value: str) -> None:
    error = await refused(client, f"{name}={value}")
    assert error["parameter"] == name
    assert str(error["detail"]).endswith("。")


async def test_what_can_be_is_taken_as_it_stands(client: httpx.AsyncClient) -> None:
    id_ = new_id()
    answer = await client.get(f"/api/trial/v1/rows?q=气瓶&cursor={id_}&before={(1 << 63) - 1}&after=0&keep=true")
    assert answer.json() == {"q": "气瓶", "cursor": str(UUID(str(id_))), "before": str((1 << 63) - 1), "after": "0"}


async def test_a_cursor_that_nobody_was_given_is_told_where_cursors_come_from(client: httpx.AsyncClient) -> None:
    assert "next" in str((await refused(client, "cursor=17"))["detail"])


async def test_the_api_refuses_a_parameter_that_it_would_not_read_and_names_those_that_it_does(
    client: httpx.AsyncClient,
) -> None:
    error = await refused(client, "sate=opened")
    assert error["parameter"] == "sate"
    assert error["allowed"] == ["after", "before", "cursor", "keep", "lang", "q", "states", "unit"]


async def test_so_does_a_command(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/trial/v1/rows?force=true")
    assert (answer.status_code, answer.json()["errors"][0]["allowed"]) == (422, ["lang"])
    assert (await client.post("/api/trial/v1/rows?lang=en")).status_code == 201


async def test_a_page_passes_over_what_mail_programs_add(client: httpx.AsyncClient) -> None:
    assert (await client.get("/page?q=a&from=groupmessage&utm_source=mail")).json() == {"q": "a"}
    assert (await client.get("/page?q=%00")).status_code == 422, "but not over what cannot be compared"
