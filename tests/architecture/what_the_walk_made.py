"""What the command of CONTRIBUTING.md's example has become, asked of *cases* as it runs over HTTP.

This is run in the copy of the tree in which the example was built, as a test of tests/system/cases.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.kernel.contracts import json_schema
from tests.system.cases.house import CLEARED, STEP, House, token

COMMAND, EVENT = "record-return-visit", "ReturnVisitRecorded"
API = "/api/cases/v1/cases"
FOUND: dict[str, Any] = {"text": "气瓶均已送检。", "borne_out": True}


async def a_closed_case(house: House) -> str:
    case = await house.open("county")
    await house.give(case, "record-step", "county", **STEP)
    await house.give(case, "report-result", "principal", **CLEARED)
    await house.give(case, "review-result", "office")
    await house.give(case, "close", "director")
    return case


async def page(house: House, case: str, by: str, locale: str = "zh", do: str = "") -> str:
    path = f"/cases/{case}?lang={locale}&do={do}" if do else f"/cases/{case}?lang={locale}"
    answer = await house.ask("GET", path, by, headers={"Accept-Language": locale})
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_route_takes_the_command_from_whom_and_when_its_row_says(house: House) -> None:
    case = await a_closed_case(house)
    path = f"{API}/{case}/{COMMAND}"
    assert (await house.ask("POST", path, "county", json=FOUND)).status_code == 403
    assert (await house.ask("POST", path, "office", json={"text": "没有写是否属实。"})).status_code == 422
    early = await house.ask("POST", f"{API}/{await house.open()}/{COMMAND}", "office", json=FOUND)
    assert (early.status_code, "已办结" in early.json()["detail"]) == (409, True)
    answer = await house.ask("POST", path, "office", json=FOUND)
    assert (answer.status_code, answer.json()["state"], answer.headers["etag"]) == (200, "closed", '"6"')
    assert house.events(case)[-1] == EVENT


async def test_openapi_describes_the_route_and_its_body(house: House) -> None:
    described = (await house.ask("GET", "/openapi.json", "auditor")).json()
    route = described["paths"][f"{API}/{{case}}/{COMMAND}"]["post"]
    assert (route["summary"], "return visit" in route["description"]) == ("回访", True)
    body = described["components"]["schemas"]["RecordReturnVisit"]
    assert body["required"] == ["text", "borne_out"]


@pytest.mark.parametrize("role", ["office", "director", "group"])
async def test_the_page_has_the_button_and_a_form_which_when_sent_puts_the_sentence_on_the_timeline(
    house: House, role: str
) -> None:
    case = await a_closed_case(house)
    assert f"do={COMMAND}#act" in await page(house, case, role)
    before = await page(house, case, role, do=COMMAND)
    form = before.split(f'action="/cases/{case}/{COMMAND}"')[1].split("</form>")[0]
    assert all(f'name="{name}"' in form for name in ("version", *FOUND))
    assert FOUND["text"] not in before
    async with httpx.AsyncClient(base_url=house.url) as client:
        typed = {"text": FOUND["text"], "borne_out": "true", "version": "5"}
        answer = await client.post(
            f"/cases/{case}/{COMMAND}", data=typed, headers={"Authorization": f"Bearer {token(role)}"}
        )
    assert answer.status_code == 303, answer.text
    after = await page(house, case, role)
    assert "<h3>回访</h3>" in after
    assert f"<p>{FOUND['text']}——" in after


async def test_who_may_not_has_neither_and_an_english_page_is_english(house: House) -> None:
    case = await a_closed_case(house)
    for who in ("county", "principal", "auditor"):
        assert COMMAND not in await page(house, case, who)
    english = await page(house, case, "office", "en", do=COMMAND)
    assert ">Return visit</button>" in english
    assert "Is the closing borne out?" in english


async def test_the_public_event_goes_out_and_says_what_its_committed_schema_says(house: House) -> None:
    case = await a_closed_case(house)
    await house.give(case, COMMAND, "office", **FOUND)
    event = (await house.feed())[-1]
    assert (event["type"], event["data"]["case"]) == (f"bihuan.cases.{EVENT}.v1", case)
    assert FOUND["text"] not in str(event)
    schema = (await house.ask("GET", event["dataschema"].removeprefix(house.url), "auditor")).json()
    assert schema["$id"] == event["dataschema"]
    assert set(schema["required"]) <= event["data"].keys() == schema["properties"].keys()
    assert (Path(json_schema.__file__).with_name("schemas") / f"{event['type']}.json").exists()


async def test_the_column_is_in_the_list_and_a_rebuilt_table_is_the_same(house: House) -> None:
    case = await a_closed_case(house)
    query = f"{API}?q={case}"
    assert (await house.get(query))["items"][0]["visited_at"] is None
    await house.give(case, COMMAND, "group", **FOUND)
    assert (await house.get(query))["items"][0]["visited_at"] is not None
    assert await house.rebuilt_differs() == {}
