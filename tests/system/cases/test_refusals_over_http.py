"""Everything that is refused: a problem document with a sentence that says what to do, and nothing stored."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.kernel.roles import ROLES
from shared.platform.web.session import SessionSigner
from tests.support.running import PRIVATE_PEM, PUBLIC_PEM
from tests.system.cases.house import STEP, House, token

CASES = "/api/cases/v1/cases"


def problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem document of an answer, which must be one of this status and kind, with a whole sentence."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert (found["type"], found["status"]) == (f"/problems/{kind}", status)
    assert found["detail"].endswith("。")
    return found


@pytest.fixture
async def case(house: House) -> str:
    """A case of 泽州, transferred."""
    found = await house.open("office", unit="140525")
    await house.give(found, "transfer", "director")
    return found


@pytest.fixture
def nothing_stored(house: House, case: str) -> Any:
    """After the test there must be as many events, keys and messages as before."""
    tables = ("stored_events", "idempotency_keys", "public_events", "internal_events", "timers")
    before = [house.count(table) for table in tables]
    yield
    assert [house.count(table) for table in tables] == before


async def post(house: House, path: str, body: Any, by: str = "county", **more: Any) -> httpx.Response:
    return await house.ask("POST", path, by, json=body, key="refused", **more)


pytestmark = pytest.mark.usefixtures("nothing_stored")


# --- bodies ---


@pytest.mark.parametrize("body", [b'{"text": ', b"", b"\xff\xfe", b'{"text": "a"} {}'])
async def test_what_is_not_json_is_a_bad_request(house: House, case: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await house.ask("POST", f"{CASES}/{case}/remark", "county", content=body, headers=headers)
    assert answer.status_code in ({400, 422} if body == b"" else {400})
    assert answer.json()["detail"].endswith("。")


async def test_ten_megabytes_are_refused_before_they_are_sent(house: House, case: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    head = f"POST {CASES}/{case}/remark HTTP/1.1\r\nHost: bihuan\r\nAuthorization: Bearer {token('county')}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n"
    writer.write(head.encode())
    answer = (await reader.read()).decode()  # to the end: the server closes
    writer.close()
    assert answer.startswith("HTTP/1.1 413 ")
    assert json.loads(answer.partition("\r\n\r\n")[2])["limit"] == 1 << 20


@pytest.mark.parametrize(
    ("command", "body", "pointer"),
    [
        ("remark", {}, "#/text"),
        ("remark", {"text": "   "}, "#/text"),
        ("remark", {"text": "长" * 5001}, "#/text"),
        ("remark", {"text": "看不见\x00的"}, "#/text"),
        ("remark", {"text": "半个\ud800字"}, "#/text"),
        ("remark", {"text": 7}, "#/text"),
        ("remark", {"text": "一。", "colour": "red"}, "#/colour"),
        ("sign-for", {"date": "2022-01-21"}, "#/date"),
        ("record-step", {**STEP, "taken_at": "2022-01-20T10:00:00"}, "#/taken_at"),
        ("record-step", {**STEP, "taken_at": "0001-01-01T00:00:00+14:00"}, "#/taken_at"),
        ("record-step", {**STEP, "evidence": ["x"] * 51}, "#/evidence"),
    ],
)
async def test_a_field_that_cannot_be_is_named(house: House, case: str, command: str, body: Any, pointer: str) -> None:
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    answer = await house.ask("POST", f"{CASES}/{case}/{command}", "county", content=content, headers=headers)
    assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == pointer
    assert problem(answer, 422, "invalid")["errors"][0]["detail"]


@pytest.mark.parametrize("body", [{"matter": "x", "unit": "140599"}, {"matter": "x"}])
async def test_an_unknown_or_missing_unit_is_answered_with_those_that_there_are(house: House, body: Any) -> None:
    answer = await post(house, CASES, body, by="office")
    assert "140525" in problem(answer, 422, "invalid")["errors"][0]["allowed"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2030-01-01T00:00:00Z"])
@pytest.mark.parametrize("danger", [True, False])
async def test_a_problem_is_found_neither_before_christ_nor_tomorrow(house: House, moment: str, danger: bool) -> None:
    body = {"matter": "x", "unit": "140525", "found_at": moment, "danger": danger}
    problem(await post(house, CASES, body, by="office"), 422, "invalid")


# --- headers ---


@pytest.mark.parametrize("version", ["abc", "-1", "1.5"])
async def test_a_version_that_is_none_is_a_bad_request(house: House, case: str, version: str) -> None:
    problem(await post(house, f"{CASES}/{case}/sign-for", {}, version=version), 400, "bad-request")


async def test_a_key_longer_than_two_hundred_characters_is_a_bad_request(house: House, case: str) -> None:
    answer = await house.ask("POST", f"{CASES}/{case}/sign-for", "county", key="k" * 201, json={})
    problem(answer, 400, "bad-request")


async def test_a_version_of_five_thousand_digits_is_a_bad_request(house: House, case: str) -> None:
    problem(await post(house, f"{CASES}/{case}/sign-for", {}, version="9" * 5000), 400, "bad-request")


# --- addresses ---


@pytest.mark.parametrize(
    "query",
    [
        "sate=opened", "utm_source=mail", "q=%00", "unit=%00", "state=%00", "due=%00", "escalated=%00", "cursor=17",
        "cursor=%00", "cursor=cases/12", "due=9999-12-31", "due=0001-01-01", "limit=0", "limit=" + "9" * 5000,
    ],
)  # fmt: skip
async def test_a_list_is_not_asked_for_what_cannot_be(house: House, case: str, query: str) -> None:
    problem(await house.ask("GET", f"{CASES}?{query}", "office"), 422, "invalid")
    unknown_to_the_page = ("sate", "utm", "limit", "cursor")  # it lists as many as it does, and has its own places
    status = 200 if query.startswith(unknown_to_the_page) else 422
    assert (await house.ask("GET", f"/cases?{query}", "office")).status_code == status


@pytest.mark.parametrize(
    "query",
    ["after=17", "before=-", "after=%00", "before=1.x", "after=99999999999999999999.x", "wait=tea", "sort=colour",
     "from=yesterday", "to=9999-12-31", "from=%00"],
)  # fmt: skip
async def test_nor_is_its_page_or_its_table(house: House, case: str, query: str) -> None:
    assert (await house.ask("GET", f"/cases?{query}", "office")).status_code == 422
    if not query.startswith(("after", "before")):
        assert (await house.ask("GET", f"/cases/list.xlsx?{query}", "office")).status_code == 422


async def test_what_is_listed_can_be_taken_home_as_a_table(house: House, case: str) -> None:
    answer = await house.ask("GET", "/cases/list.xlsx?sort=oldest", "office")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 – it is our own
    rows = sheet.findall(".//{*}row")
    texts = ["".join(cell.itertext()) for row in rows for cell in row]
    listed = (await house.ask("GET", f"{CASES}?limit=200", "office")).json()["items"]
    assert len(rows) == 1 + len(listed)
    assert {one["matter"] for one in listed} <= set(texts)


@pytest.mark.parametrize("after", ["-1", str(1 << 63), "9" * 5000, "%00", "018f0000-0000-7000-8000-000000000000"])
async def test_a_position_that_no_feed_has_is_refused(house: House, case: str, after: str) -> None:
    problem(await house.ask("GET", f"/api/cases/v1/events?after={after}", "auditor"), 422, "invalid")


@pytest.mark.parametrize("as_of", ["%00", "9" * 5000, "yesterday", "2022-01-21T17:31:00", "9999-99-99T00:00:00Z"])
async def test_history_has_no_such_time(house: House, case: str, as_of: str) -> None:
    problem(await house.ask("GET", f"{CASES}/{case}/history?as_of={as_of}", "auditor"), 422, "invalid")


@pytest.mark.parametrize(
    ("as_of", "events"), [("9" * 64, 2), ("9999-12-31T23:59:59-12:00", 2), ("0001-01-01T00:00:00%2B14:00", 0), ("0", 0)]
)
async def test_history_ends_where_it_is_asked_to(house: House, case: str, as_of: str, events: int) -> None:
    answer = await house.ask("GET", f"{CASES}/{case}/history?as_of={as_of}", "auditor")
    assert len(answer.json()["items"]) == events


@pytest.mark.parametrize("cursor", ["cases", "cases/", "cases/x", "cases/%D9%A3x", f"cases/{1 << 63}", "%00/1", "a/-1"])
async def test_dead_letters_are_not_listed_from_nowhere(house: House, case: str, cursor: str) -> None:
    path = f"/api/cases/v1/dead-letters?cursor={cursor}"
    answer = await house.ask("GET", path, "county")
    assert answer.status_code in (403, 422)
    async with house.client() as client:
        admin = SessionSigner(PRIVATE_PEM, ROLES).sign("p-admin", "admin", "city", kind="api")
        problem(await client.get(path, headers={"Authorization": f"Bearer {admin}"}), 422, "invalid")
        for letter in ("%00/1", f"cases/{1 << 63}", f"cases/{'9' * 5000}", "cases/-1"):
            answer = await client.get(
                f"/api/cases/v1/dead-letters/{letter}", headers={"Authorization": f"Bearer {admin}"}
            )
            assert answer.status_code in (404, 422)


@pytest.mark.parametrize(
    "to", ["//[", "http://[", "/\\evil.example", "/\t/evil.example", "https://evil.example", "\x00", "//evil.example"]
)
async def test_signing_in_leads_nowhere_else(house: House, case: str, to: str) -> None:
    async with house.client() as client:
        answer = await client.get("/sign-in", params={"next": to})
        assert answer.status_code in (200, 422)
        assert 'value="/desk"' in answer.text or answer.status_code == 422


async def test_bytes_that_are_no_address_break_nothing(house: House, case: str) -> None:
    for target in (
        "/desk?q=\xff",
        "/cases?q=\xff&next=%ff",
        "/\xff",
        "/sign-in?next=%ff%00",
        "/cases/%ff%00?as_of=%ff",
    ):
        for host in ("bihuan", "[", "\xff", "a b"):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            head = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n"
            head += "Origin: http://[\r\nCookie: bihuan_session=\xff; bihuan_lang=\xff\r\n\r\n"
            writer.write(head.encode("latin-1"))
            answer = (await reader.read()).decode("latin-1")
            writer.close()
            assert answer.startswith(("HTTP/1.1 2", "HTTP/1.1 3", "HTTP/1.1 4")), (target, host, answer[:300])


# --- people ---


@pytest.mark.parametrize("by", ["station", "group", "office", "auditor", "hotline"])
async def test_a_role_that_may_not_give_a_command_is_told_who_may(house: House, case: str, by: str) -> None:
    found = problem(await post(house, f"{CASES}/{case}/sign-for", {}, by=by), 403, "forbidden")
    assert "县级局承办人" in found["detail"]


async def test_another_countys_case_does_not_exist_neither_to_read_nor_to_touch(house: House, case: str) -> None:
    for path in ("", "/history", "/letters/1.pdf"):
        problem(await house.ask("GET", f"{CASES}/{case}{path}", "gaoping"), 404, "not-found")
    assert case not in (await house.ask("GET", CASES, "gaoping")).text
    problem(await post(house, f"{CASES}/{case}/sign-for", {}, by="gaoping"), 404, "not-found")


@pytest.mark.parametrize("case_id", ["018f0000-0000-7000-8000-000000000000", "no-such-case", "%00"])
async def test_a_case_that_does_not_exist_is_not_found(house: House, case_id: str) -> None:
    problem(await house.ask("GET", f"{CASES}/{case_id}", "auditor"), 404, "not-found")
    problem(await post(house, f"{CASES}/{case_id}/remark", {"text": "一。"}), 404, "not-found")


def none_alg() -> str:
    parts = [{"alg": "none", "typ": "JWT"}, {"sub": "p", "role": "director", "unit": "city", "kind": "api", "jti": "x"}]
    parts[1]["exp"] = 4102444800  # type: ignore[assignment]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def forged() -> str:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SessionSigner(pem, ROLES).sign("p-deputy-director", "director", "city", kind="api")


@pytest.mark.parametrize(
    "bearer",
    [
        pytest.param(lambda: "nonsense", id="nonsense"),
        pytest.param(none_alg, id="without a signature"),
        pytest.param(forged, id="signed by another key"),
        pytest.param(lambda: token("director", life=timedelta(seconds=-1)), id="expired"),
        pytest.param(lambda: token("director")[:-4] + "AAAA", id="with another signature"),
        pytest.param(lambda: PUBLIC_PEM.decode().replace("\n", ""), id="the public key"),
    ],
)
async def test_a_token_that_is_not_ours_opens_nothing(house: House, case: str, bearer: Any) -> None:
    headers = {"Authorization": f"Bearer {bearer()}"}
    async with house.client() as client:
        for method, path in (("GET", f"{CASES}/{case}"), ("GET", CASES), ("POST", f"{CASES}/{case}/sign-for")):
            answer = await client.request(method, path, headers=headers)
            problem(answer, 401, "not-signed-in")
            assert "Bearer" in answer.headers["www-authenticate"]


async def test_a_visitor_is_asked_to_sign_in(house: House, case: str) -> None:
    async with house.client() as client:
        for path in (CASES, f"{CASES}/{case}", f"{CASES}/{case}/history", "/api/cases/v1/events"):
            problem(await client.get(path), 401, "not-signed-in")


# --- states ---


async def test_a_command_out_of_turn_names_the_rule_and_its_clause(house: House, case: str) -> None:
    found = problem(
        await post(house, f"{CASES}/{case}/report-result", {"text": "已办。"}, by="principal"), 409, "refused"
    )
    assert (found["rule"], found["clause"]) == ("lifecycle", "通知六（一）")


# --- the second wall ---


def seen_by_the_reader(house: House, units: str | None) -> set[str]:
    with psycopg.connect(house.database.role("reader")) as connection:
        if units is not None:
            connection.execute("SELECT set_config('bihuan.units', %s, true)", (units,))
        return {row[0] for row in connection.execute("SELECT unit FROM cases").fetchall()}


async def test_the_reading_role_sees_the_rows_of_the_named_units_only_and_without_a_name_none(
    house: House, case: str
) -> None:
    assert seen_by_the_reader(house, None) == set()
    assert seen_by_the_reader(house, "") == set()
    assert seen_by_the_reader(house, "140581") == set()
    assert seen_by_the_reader(house, "140525") == {"140525"}
    assert seen_by_the_reader(house, "140581,140525") == {"140525"}
    assert seen_by_the_reader(house, "*") == {"140525"}


@pytest.mark.parametrize("table", ["stored_events", "internal_events", "idempotency_keys", "timers", "dead_letters"])
async def test_the_reading_role_cannot_read_what_is_not_for_readers(house: House, table: str) -> None:
    with (
        psycopg.connect(house.database.role("reader")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(f"SELECT * FROM {table}")


@pytest.mark.parametrize("statement", ["UPDATE stored_events SET state = ''", "DELETE FROM stored_events"])
async def test_not_even_the_service_can_change_history(house: House, statement: str) -> None:
    with (
        psycopg.connect(house.database.role("writer")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)
