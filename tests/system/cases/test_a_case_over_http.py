"""A case from its opening to its closing, over HTTP: what is answered, stored, shown and told to others."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
from nats.aio.client import Client
from pypdf import PdfReader

from shared.kernel.contracts.json_schema import public_schemas
from shared.kernel.roles import ROLES
from shared.platform.event_store import canonical
from shared.platform.web.session import SessionSigner
from tests.support.bus import everything_in
from tests.support.running import PRIVATE_PEM
from tests.support.waiting import until
from tests.system.cases.house import CLEARED, STEP, House

FINED: dict[str, Any] = {
    "measure": "penalty",
    "number": "泽市监罚〔2022〕1号",
    "on": "2022-01-21",
    "amount": 2_000_000,
    "articles": "《中华人民共和国特种设备安全法》第八十五条第一款",
    "below_maximum": "初次违法，及时改正。",
}


async def test_a_case_walks_from_the_inspection_to_its_closing(house: House) -> None:
    case = await house.open("office", unit="140525")
    drafted = await house.give(case, "transfer", "office", attachments=["照片 3 张"])
    told = await house.give(case, "transfer", "director", version=drafted["version"])
    assert (told["state"], told["due"]) == ("transferred", "2022-02-09T23:59:59+08:00")
    await house.give(case, "sign-for", "county")
    await house.give(case, "assign-handler", "principal", officer="p-zezhou-2")
    await house.give(case, "record-step", "station", **STEP)
    await house.give(case, "decide-penalty-proceeding", "principal", proceeding=True)
    drafted = await house.give(case, "report-result", "county", **CLEARED)
    blind = await house.ask("POST", f"/api/cases/v1/cases/{case}/report-result", "principal", json={})
    assert (blind.status_code, blind.json()["type"]) == (428, "/problems/precondition-required")
    assert "If-Match" in blind.json()["detail"]
    await house.give(case, "report-result", "principal", version=drafted["version"])
    await house.give(case, "reject-result", "office", reason="没有附处罚决定书。")
    await house.give(case, "report-result", "principal", conclusion="borne_out", text="已处罚。", taken=[FINED])
    await house.give(case, "review-result", "office")
    assert (await house.give(case, "close", "director"))["state"] == "closed"
    shown = await house.get(f"/api/cases/v1/cases/{case}")
    assert (shown["conclusion"], [one["amount"] for one in shown["taken"]]) == ("borne_out", [2_000_000])
    fined = await house.give(case, "record-decision", "principal", **FINED | {"number": "泽市监罚〔2022〕2号"})
    assert fined["state"] == "closed"
    assert len((await house.get(f"/api/cases/v1/cases/{case}"))["decisions"]) == 1
    assert (shown["state"], shown["version"], len(shown["loop"])) == ("closed", 13, 7)
    assert (await house.give(case, "reopen", "director", reason="回访不属实。"))["state"] == "handling"
    (listed,) = (await house.get(f"/api/cases/v1/cases?q={case}"))["items"]
    assert (listed["state"], listed["version"]) == ("handling", 15)


async def test_a_letter_is_found_by_its_number_in_whatever_brackets_and_width_it_is_typed(house: House) -> None:
    case = await house.open("office", unit="140525", matter="某站（南村店）涉嫌超装")
    number = (await house.give(case, "transfer", "director"))["letter"]
    year, n = number.partition("〔")[2].split("〕")
    written = (
        number,
        f"(特设)移[{year}]{n}",
        f"特设移【{year}】{n}",
        f"移〖{year}〗{n}",
        "站(南村店)涉嫌",
        "［南村店］",
    )
    for words in written:
        found = (await house.get(f"/api/cases/v1/cases?q={quote(words)}"))["items"]
        assert case in [one["case"] for one in found], words
    for words in ("（", "()", f"移〔{year}〕{n[:-1]}9号", "南村_"):
        assert (await house.get(f"/api/cases/v1/cases?q={quote(words)}"))["items"] == [], words


async def test_a_request_repeated_with_its_key_is_done_once_and_answered_alike(house: House) -> None:
    case = await house.open()
    before = house.count()
    path = f"/api/cases/v1/cases/{case}/remark"
    answers = [await house.ask("POST", path, "county", key="k-1", json={"text": "已联系。"}) for _ in range(3)]
    assert [(one.status_code, one.json()) for one in answers] == [(200, answers[0].json())] * 3
    assert house.count() == before + 1


async def test_a_key_used_for_another_request_is_refused_and_says_what_to_do(house: House) -> None:
    path = f"/api/cases/v1/cases/{await house.open()}/remark"
    await house.ask("POST", path, "county", key="k-2", json={"text": "已联系。"})
    before = house.count()
    answer = await house.ask("POST", path, "county", key="k-2", json={"text": "别的。"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert "换一个新的键" in answer.json()["detail"]
    assert house.count() == before


async def test_one_persons_key_is_not_anothers(house: House) -> None:
    path = f"/api/cases/v1/cases/{await house.open()}/remark"
    first = await house.ask("POST", path, "county", key="k-3", json={"text": "一。"})
    second = await house.ask("POST", path, "principal", key="k-3", json={"text": "二。"})
    assert (first.json()["version"], second.json()["version"]) == (2, 3)


async def test_a_key_of_one_seat_is_not_that_of_another_seat_of_the_same_person(house: House) -> None:
    path = f"/api/cases/v1/cases/{await house.open()}/remark"
    signer, body = SessionSigner(PRIVATE_PEM, ROLES), {"text": "两个岗位都说。"}
    versions = []
    for role in ("county", "principal", "county"):
        bearer = signer.sign("p-zezhou-1", role, "140525", kind="api")
        headers = {"Authorization": f"Bearer {bearer}"}
        answer = await house.ask("POST", path, "county", key="k-seat", headers=headers, json=body)
        versions.append(answer.json()["version"])
    assert versions == [2, 3, 2]


async def test_who_looked_at_an_older_version_gets_409_with_the_present_one(house: House) -> None:
    case = await house.open()
    path = f"/api/cases/v1/cases/{case}/remark"
    first = await house.ask("POST", path, "county", version=1, json={"text": "一。"})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    second = await house.ask("POST", path, "county", version=1, json={"text": "二。"})
    assert (second.status_code, second.json()["type"], second.json()["version"]) == (
        409,
        "/problems/version-conflict",
        2,
    )
    assert house.events(case) == ["CaseOpened", "RemarkAdded"]


async def test_the_history_of_a_case_is_what_is_stored_now_or_as_of_an_instant_or_a_sequence(house: House) -> None:
    case = await house.open()
    house.clock.set(datetime(2022, 1, 24, 9, 0, tzinfo=UTC))
    await house.give(case, "remark", "county", text="一。")
    await house.give(case, "remark", "county", text="二。")
    path = f"/api/cases/v1/cases/{case}/history"
    whole = (await house.get(path))["items"]
    assert [(one["version"], one["type"]) for one in whole] == [
        (1, "cases.CaseOpened"),
        (2, "cases.RemarkAdded"),
        (3, "cases.RemarkAdded"),
    ]
    query = "SELECT originator_version, topic, state FROM stored_events WHERE originator_id = %s ORDER BY 1"
    for entry, (version, topic, state) in zip(whole, house.database.rows(query, (case,)), strict=True):
        assert entry["event_sha256"] == canonical.event_sha256(UUID(case), version, topic, state).hex()
        assert entry["data"] == canonical.decode(state)["data"]
    early = quote("2022-01-21T17:31:00+08:00")
    assert [one["version"] for one in (await house.get(f"{path}?as_of={early}"))["items"]] == [1]
    assert [one["version"] for one in (await house.get(f"{path}?as_of={whole[1]['sequence']}"))["items"]] == [1, 2]
    house.clock.set(datetime(2022, 1, 21, 9, 31, tzinfo=UTC))


async def test_the_letter_of_a_case_is_a_pdf_with_its_number_the_same_bytes_each_time(house: House) -> None:
    case = await house.open("office", unit="140525")
    told = await house.give(case, "transfer", "director")
    path = f"/api/cases/v1/cases/{case}/letters/1.pdf"
    first, second = await house.ask("GET", path, "county"), await house.ask("GET", path, "auditor")
    assert (first.status_code, first.headers["content-type"]) == (200, "application/pdf")
    assert first.content == second.content
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(first.content)).pages).replace("\n", "")
    assert told["letter"] in text
    assert "泽州县市场监督管理局" in text
    assert (await house.ask("GET", path, "gaoping")).status_code == 404
    assert (await house.ask("GET", path.replace("/1.pdf", "/2.pdf"), "county")).status_code == 404


async def test_the_schema_of_an_event_is_served_to_everybody_where_its_dataschema_says(house: House) -> None:
    await house.open("county")
    event = (await house.feed())[0]
    async with httpx.AsyncClient() as anybody:
        answer = await anybody.get(event["dataschema"])
        unknown = await anybody.get(event["dataschema"].replace("CaseOpened", "CaseForgotten"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json")
    schema = answer.json()
    assert schema == public_schemas("cases", house.url)[event["type"]]
    assert schema["$id"] == event["dataschema"]
    assert set(schema["required"]) <= event["data"].keys() == schema["properties"].keys()
    assert unknown.status_code == 404


async def test_the_public_feed_is_contiguous_in_whole_and_by_jurisdiction_and_is_what_is_on_the_bus(
    house: House, listener: Client
) -> None:
    await house.open("county")
    await house.open("gaoping")
    feed = await house.feed()
    assert [int(one["sequence"]) for one in feed] == list(range(1, len(feed) + 1))
    for unit, by in (("140525", "county"), ("140581", "gaoping")):
        own = [one for one in feed if one["jurisdiction"] == unit]
        assert [int(one["jurisdictionsequence"]) for one in own] == list(range(1, len(own) + 1))
        assert await house.feed(by) == own
    assert len({(one["source"], one["id"]) for one in feed}) == len(feed)
    assert [one["sequence"] for one in feed] == sorted(one["sequence"] for one in feed)

    async def on_the_bus() -> bool:
        messages = await everything_in(listener, "BIHUAN_PUBLIC")
        return [canonical.decode(message.data or b"") for message in messages] == feed

    await until(on_the_bus)


async def test_the_bus_carries_each_event_under_its_jurisdiction_as_a_cloudevent(
    house: House, listener: Client
) -> None:
    await house.open("county")
    feed = await house.feed()
    await until(lambda: _count(listener, len(feed)))
    for message, event in zip(await everything_in(listener, "BIHUAN_PUBLIC"), feed, strict=True):
        name = event["type"].split(".")[2]
        assert message.subject == f"bihuan.pub.v1.cases.{event['jurisdiction']}.{name}"
        assert (message.headers or {})["Content-Type"] == "application/cloudevents+json"


async def _count(listener: Client, number: int) -> bool:
    return (await listener.jetstream().stream_info("BIHUAN_PUBLIC")).state.messages == number


async def test_what_is_shown_after_all_this_is_what_the_events_say(house: House, listener: Client) -> None:
    await house.check_invariants(listener)
