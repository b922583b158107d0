"""Tips, receipts and triage by the API of a running service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.kernel.roles import ROLES
from shared.platform.web.session import SessionSigner
from tests.system.intake.installation import Installation

CLEAR = "泽州县巴公镇的充装站一直在充超期未检的液化气瓶"
UNCLEAR = "有个充装站超装，晚上干的"
TIPS, RECEIPTS = "/api/intake/v1/tips", "/api/intake/v1/receipts"


def give(client: httpx.Client, text: str = UNCLEAR, **more: Any) -> dict[str, str]:
    """A tip that must be taken in."""
    headers = more.pop("headers", {})
    answer = client.post(TIPS, json={"text": text} | more, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


def is_problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"/problems/{kind}"
    assert problem["detail"]
    return problem


# --- taking in ---


def test_a_visitor_gives_a_tip_and_gets_a_receipt_that_is_stored_nowhere(visitor: httpx.Client) -> None:
    answer = visitor.post(TIPS, json={"text": CLEAR})
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.json()["receipt"]) == 16
    assert answer.json()["receipt"].isdigit()


def test_a_repeated_request_with_its_key_gives_the_same_receipt_and_one_tip(
    visitor: httpx.Client, hotline: httpx.Client
) -> None:
    key = {"Idempotency-Key": "call-7"}
    first = give(visitor, "只说一次的充装站超装", headers=key)
    assert give(visitor, "只说一次的充装站超装", headers=key) == first
    texts = [item["text"] for item in every_tip(hotline, "received")]
    assert texts.count("只说一次的充装站超装") == 1


def test_a_repeated_request_gives_the_same_receipt_after_a_restart(
    installation: Installation, visitor: httpx.Client
) -> None:
    key = {"Idempotency-Key": "call-8"}
    first = give(visitor, headers=key)
    installation.restart()
    assert give(visitor, headers=key) == first


def test_a_key_that_another_stranger_chose_too_is_another_tip_with_its_own_receipt(visitor: httpx.Client) -> None:
    first = give(visitor, headers={"Idempotency-Key": "call-9"})
    other = visitor.post(TIPS, json={"text": CLEAR}, headers={"Idempotency-Key": "call-9"})
    assert other.status_code == 201
    assert {other.json()["tip"], other.json()["receipt"]}.isdisjoint(first.values())


@pytest.mark.parametrize(
    ("content", "headers", "status", "kind"),
    [
        (b'{"text": "', {"Content-Type": "application/json"}, 400, "malformed-json"),
        (b"text=x", {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
        (b"[]", {"Content-Type": "application/json"}, 422, "invalid"),
        (b'{"text": "\\ud800"}', {"Content-Type": "application/json"}, 422, "invalid"),
        (b'{"text": "x", "Idempotency": 1}', {"Content-Type": "application/json"}, 422, "invalid"),
        (b'{"text": ""}', {"Content-Type": "application/json"}, 422, "invalid"),
        (b'{"text": "x"}', {"Content-Type": "application/json", "Idempotency-Key": "k" * 201}, 400, "bad-request"),
        (b'{"text": "x"}', {"Content-Type": "application/json", "Authorization": "Bearer x.y.z"}, 401, "not-signed-in"),
    ],
)
def test_a_request_that_cannot_be_is_refused_and_says_why(
    visitor: httpx.Client, content: bytes, headers: dict[str, str], status: int, kind: str
) -> None:
    is_problem(visitor.post(TIPS, content=content, headers=headers), status, kind)


def test_ten_megabytes_of_text_are_refused_whether_announced_or_not(visitor: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(160):
            yield b"x" * 65_536
        yield b'"}'

    whole = b"".join(chunks())
    is_problem(
        visitor.post(TIPS, content=whole, headers={"Content-Type": "application/json"}), 413, "payload-too-large"
    )
    is_problem(
        visitor.post(TIPS, content=chunks(), headers={"Content-Type": "application/json"}), 413, "payload-too-large"
    )


def test_a_forged_token_is_refused_even_where_none_is_needed(installation: Installation, visitor: httpx.Client) -> None:
    foreign = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    token = SessionSigner(foreign, ROLES).sign("p-hotline-1", "hotline", "city", kind="api")
    headers = {"Authorization": f"Bearer {token}"}
    is_problem(visitor.post(TIPS, json={"text": "x"}, headers=headers), 401, "not-signed-in")
    is_problem(visitor.get(TIPS, headers=headers), 401, "not-signed-in")


def test_an_unknown_code_is_refused_with_the_allowed_ones(visitor: httpx.Client) -> None:
    for field, code in (("kind", "rumour"), ("source", "pigeon"), ("category", "gossip")):
        problem = is_problem(visitor.post(TIPS, json={"text": "x", field: code}), 422, "invalid")
        assert problem["errors"][0]["allowed"]


def test_what_came_by_telephone_is_registered_by_an_officer_alone(
    installation: Installation, visitor: httpx.Client, hotline: httpx.Client
) -> None:
    body = {"text": UNCLEAR, "source": "hotline", "external_no": "12345-0001"}
    is_problem(visitor.post(TIPS, json=body), 401, "not-signed-in")
    with installation.client("county", "140525") as county:
        is_problem(county.post(TIPS, json=body), 403, "forbidden")
    tip = give(hotline, **body)["tip"]
    assert hotline.get(f"{TIPS}/{tip}").json()["external_no"] == "12345-0001"


def test_an_official_who_tips_on_the_web_is_not_named_in_the_history(installation: Installation) -> None:
    with installation.client("county", "140525") as county:
        tip = give(county)["tip"]
    states = installation.rows(
        "bihuan_intake", "SELECT convert_from(state, 'UTF8') FROM stored_events WHERE originator_id = %s", (tip,)
    )
    assert all("p-county" not in state and '"id":"tipster"' in state for (state,) in states)


# --- receipts ---


def test_the_holder_of_a_receipt_follows_a_tip_that_went_to_its_county(visitor: httpx.Client) -> None:
    found = visitor.get(f"{RECEIPTS}/{give(visitor, CLEAR)['receipt']}").json()
    assert found["state"] == "triaged"
    assert found["unit"] == {"code": "140525", "name": "泽州县市场监督管理局"}
    assert [step["state"] for step in found["loop"]][:3] == ["done", "done", "current"]
    assert "tip" not in found


def test_the_holder_of_a_receipt_sees_by_when_an_unclear_tip_is_sorted(visitor: httpx.Client) -> None:
    found = visitor.get(f"{RECEIPTS}/{give(visitor)['receipt']}").json()
    assert (found["state"], found["unit"], found["loop"][1]["state"]) == ("received", None, "current")
    assert found["due"] == found["loop"][1]["when"][:19] + "+08:00"


def test_an_unknown_and_a_malformed_code_are_answered_alike(visitor: httpx.Client) -> None:
    answers = [visitor.get(f"{RECEIPTS}/{code}") for code in ("0000000000000000", "12", "x" * 300, "%00")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_an_address_that_only_guesses_is_refused_for_a_while_and_others_are_not(
    visitor: httpx.Client, hotline: httpx.Client
) -> None:
    receipt = give(visitor)["receipt"]
    codes = [f"{number:016d}" for number in range(40)]
    answers = [visitor.get(f"{RECEIPTS}/{code}").status_code for code in codes]
    assert answers[0] == 404
    assert answers[-1] == 429
    refused = visitor.get(f"{RECEIPTS}/{receipt}")
    is_problem(refused, 429, "too-many-requests")
    assert int(refused.headers["retry-after"]) > 0
    assert hotline.get(f"{RECEIPTS}/{receipt}").status_code == 200


def test_tipster_and_office_write_to_each_other_without_knowing_each_other(
    visitor: httpx.Client, hotline: httpx.Client
) -> None:
    given = give(visitor)
    answer = visitor.post(f"{RECEIPTS}/{given['receipt']}/messages", json={"text": "补充：在村口"})
    assert answer.status_code == 201
    hotline.post(f"{TIPS}/{given['tip']}/message", json={"text": "请问是哪个村？"})
    messages = visitor.get(f"{RECEIPTS}/{given['receipt']}").json()["messages"]
    assert [(one["from"], one["text"]) for one in messages] == [
        ("tipster", "补充：在村口"),
        ("office", "请问是哪个村？"),
    ]
    texts = hotline.get(f"{TIPS}/{given['tip']}").json()["texts"]
    assert [one["text"] for one in texts] == ["补充：在村口", "请问是哪个村？"]


# --- triage ---


def every_tip(client: httpx.Client, state: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    params = {"state": state, "limit": "7"}
    while True:
        page = client.get(TIPS, params=params).json()
        items += page["items"]
        if page["next"] is None:
            return items
        params["cursor"] = page["next"]


def test_the_list_is_for_the_hotline_and_the_office(installation: Installation, visitor: httpx.Client) -> None:
    is_problem(visitor.get(TIPS), 401, "not-signed-in")
    for role, unit in (("county", "140525"), ("group", "g1"), ("auditor", "city"), ("taskforce", "city")):
        with installation.client(role, unit) as client:
            is_problem(client.get(TIPS), 403, "forbidden")
            is_problem(client.post(f"{TIPS}/{'0' * 32}/triage"), 403, "forbidden")


def test_pages_of_the_list_hold_every_tip_once_in_the_order_in_which_they_came(
    visitor: httpx.Client, hotline: httpx.Client
) -> None:
    given = [give(visitor)["tip"] for _ in range(10)]
    found = [item["tip"] for item in every_tip(hotline, "received")]
    assert found == sorted(set(found))
    assert [tip for tip in found if tip in given] == given


def test_the_hotline_reads_a_tip_until_it_is_triaged_the_office_afterwards_too(
    installation: Installation, visitor: httpx.Client, hotline: httpx.Client
) -> None:
    tip = give(visitor)["tip"]
    assert hotline.get(f"{TIPS}/{tip}").json()["text"] == UNCLEAR
    hotline.post(f"{TIPS}/{tip}/triage", json={"unit": "140581"})
    assert "text" not in hotline.get(f"{TIPS}/{tip}").json()
    with installation.client("office") as office, installation.client("admin") as admin:
        assert office.get(f"{TIPS}/{tip}").json()["text"] == UNCLEAR
        assert "text" not in admin.get(f"{TIPS}/{tip}").json()


def test_an_unknown_state_is_refused_with_the_allowed_ones(hotline: httpx.Client) -> None:
    problem = is_problem(hotline.get(TIPS, params={"state": "lost"}), 422, "invalid")
    assert "received" in problem["errors"][0]["allowed"]


def test_a_search_finds_what_has_left_intake(visitor: httpx.Client, hotline: httpx.Client) -> None:
    tip = give(hotline, "沁水县柿庄镇化工厂反应釜没有登记", source="hotline", external_no="WX-77")["tip"]
    for words in ("柿庄", "（柿庄）镇", "WX-77", "ＷＸ-７７", tip):
        assert [item["tip"] for item in hotline.get(TIPS, params={"q": words}).json()["items"]] == [tip]
    assert hotline.get(TIPS, params={"q": "100%_"}).json()["items"] == []


def test_an_officer_triages_with_the_version_that_he_saw(visitor: httpx.Client, hotline: httpx.Client) -> None:
    tip = give(visitor)["tip"]
    seen = hotline.get(f"{TIPS}/{tip}").headers["etag"]
    hotline.post(f"{TIPS}/{tip}/supplement", json={"place": "高平市寺庄镇"})
    stale = hotline.post(f"{TIPS}/{tip}/triage", headers={"If-Match": seen})
    assert is_problem(stale, 409, "version-conflict")["version"] == 2
    answer = hotline.post(f"{TIPS}/{tip}/triage", headers={"If-Match": '"2"', "Idempotency-Key": "t1"})
    assert answer.json() == {"tip": tip, "version": 3, "state": "triaged", "unit": "140581"}
    repeated = hotline.post(f"{TIPS}/{tip}/triage", headers={"If-Match": '"2"', "Idempotency-Key": "t1"})
    assert repeated.json() == answer.json()
    is_problem(hotline.post(f"{TIPS}/{tip}/triage", json={"unit": "140581"}), 409, "refused")


def test_the_declared_name_and_any_telephone_are_refused_in_what_goes_out(
    visitor: httpx.Client, hotline: httpx.Client
) -> None:
    tip = give(visitor, identity={"name": "申屠明夏", "phone": "13900005678"})["tip"]
    for field, words in (
        ("matter", "据申屠明夏反映，某气站超装"),
        ("matter", "某气站超装，联系 135 0000 1234"),
        ("enterprise", "申屠明夏气站"),
        ("place", "泽州县，139-0000-5678"),
    ):
        problem = is_problem(
            hotline.post(f"{TIPS}/{tip}/triage", json={"unit": "140525", field: words}), 422, "invalid"
        )
        assert problem["errors"][0]["pointer"] == f"/{field}"
        assert "申屠" not in str(problem)
    assert hotline.post(f"{TIPS}/{tip}/triage", json={"unit": "140525"}).status_code == 200


def test_a_dismissed_tip_tells_its_sender_why(visitor: httpx.Client, hotline: httpx.Client) -> None:
    given = give(visitor)
    problem = is_problem(hotline.post(f"{TIPS}/{given['tip']}/dismiss", json={"reason": "boring"}), 422, "invalid")
    assert "duplicate" in problem["errors"][0]["allowed"]
    hotline.post(f"{TIPS}/{given['tip']}/dismiss", json={"reason": "duplicate", "message": "此事已在办理。"})
    found = visitor.get(f"{RECEIPTS}/{given['receipt']}").json()
    assert (found["state"], found["reason"]) == ("dismissed", "重复交办")
    assert [one["text"] for one in found["messages"]] == ["此事已在办理。"]


def test_an_enquiry_is_handed_to_its_own_channel(visitor: httpx.Client, hotline: httpx.Client) -> None:
    given = give(visitor, "请问煤气罐怎么办理检验", kind="enquiry")
    assert hotline.post(f"{TIPS}/{given['tip']}/refer-elsewhere").json()["state"] == "referred_elsewhere"
    found = visitor.get(f"{RECEIPTS}/{given['receipt']}").json()
    assert {step["state"] for step in found["loop"][2:]} == {"not_needed"}


def test_a_tip_that_does_not_exist_is_not_found(hotline: httpx.Client) -> None:
    for tip in ("0190a5c0-0000-7000-8000-000000000001", "not-a-tip"):
        is_problem(hotline.get(f"{TIPS}/{tip}"), 404, "not-found")
        text = {"text": "x"}
        for command, body in (("triage", {"unit": "140581"}), ("message", text), ("supplement", text)):
            is_problem(hotline.post(f"{TIPS}/{tip}/{command}", json=body), 404, "not-found")


# --- the feed, and faults ---


def test_the_public_feed_tells_that_a_tip_came_but_not_what_it_says(
    installation: Installation, visitor: httpx.Client
) -> None:
    tip = give(visitor, CLEAR)["tip"]
    with installation.client("auditor") as auditor:
        items: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = auditor.get("/api/intake/v1/events", params={"after": after, "limit": 100}).json()
            items += page["items"]
            after = page["next"]
    assert [int(item["sequence"]) for item in items] == list(range(1, len(items) + 1))
    mine = [item for item in items if item["subject"] == tip]
    assert [(item["type"], item["jurisdiction"]) for item in mine] == [
        ("bihuan.intake.TipReceived.v1", "none"),
        ("bihuan.intake.TipTriaged.v1", "140525"),
    ]
    assert mine[0]["data"].keys() == {"tip", "state", "source", "received_at"}
    assert mine[1]["data"].keys() == {"tip", "state", "unit", "triaged_at"}


def test_a_tip_is_taken_in_although_the_vault_cut_every_connection(
    installation: Installation, visitor: httpx.Client
) -> None:
    with psycopg.connect(installation.postgres.dsn("bihuan_vault"), autocommit=True) as administrator:
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = 'bihuan_vault' AND pid <> pg_backend_pid()"
        )
    assert give(visitor)["receipt"]


def test_no_role_but_intakes_own_reaches_the_vault(installation: Installation) -> None:
    for user in ("bihuan_cases_writer", "bihuan_intake_writer", "bihuan_intake_reader", "bihuan_access_reader"):
        with pytest.raises(psycopg.OperationalError), psycopg.connect(installation.postgres.dsn("bihuan_vault", user)):
            pass
    with psycopg.connect(installation.postgres.dsn("bihuan_vault", "bihuan_vault_reader")) as reader:
        for table in ("subject_keys", "identities"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
                reader.execute(f"SELECT FROM {table}")


def test_the_vault_keeps_what_was_put_into_it(installation: Installation) -> None:
    with psycopg.connect(installation.postgres.dsn("bihuan_vault", "bihuan_vault_writer")) as writer:
        for statement in ("DELETE FROM identities", "UPDATE subject_keys SET wrapped_key = ''", "TRUNCATE identities"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), writer.transaction():
                writer.execute(statement)
