"""*intake*'s database is put back while the bus runs on: whoever holds the receipt of a forgotten tip is told so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from nats.aio.client import Client

from shared.kernel.contracts.internal import cases
from shared.platform.event_store.ids import new_id
from tests.deploy.waiting import eventually
from tests.support.restoring import copied, put_back
from tests.support.running import CasesFeed
from tests.support.servers import Database
from tests.system.intake.installation import Installation
from tests.system.intake.test_the_loop_of_a_tip import DUE, NOON, say, seen, steps
from tests.system.intake.test_tips_over_http import RECEIPTS, give, is_problem

PATH = "/triage/restored"
HOW = "已向 12345 热线重新取得并登记。"


class Lost(NamedTuple):
    """An installation that has forgotten a tip that the hotline registered, one that went on to a county by itself, and
    the receipts of both; and one that it still knows."""

    installation: Installation
    waiting: dict[str, str]
    clear: dict[str, str]
    kept: dict[str, str]


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lost]:
    """Its own servers: what is put back is forgotten for all tests."""
    made = Installation.make(tmp_path_factory.mktemp("lost"))
    try:
        made.start()
        with made.client("hotline") as hotline, made.client() as visitor:
            kept = give(visitor)
            eventually(lambda: relayed(made) == told(made))
            database = Database(made.postgres, "bihuan_intake")
            made.end_service()
            with copied(database) as copy:
                made.start()
                waiting = give(hotline, source="hotline", external_no="12345-8")
                clear = give(visitor, "泽州县巴公镇的充装站一直在充超期未检的液化气瓶")
                eventually(lambda: relayed(made) == told(made))
                made.end_service()
                put_back(database, copy)
                made.start()
            eventually(lambda: made.rows("bihuan_intake", "SELECT 1 FROM timelines") != [])
        yield Lost(made, waiting, clear, kept)
    finally:
        made.stop()


def relayed(made: Installation) -> int:
    rows = made.rows("bihuan_intake", "SELECT sequence FROM relay_positions WHERE feed = 'internal'")
    return int(rows[0][0]) if rows else 0


def told(made: Installation) -> int:
    return int(made.rows("bihuan_intake", "SELECT coalesce(max(sequence), 0) FROM internal_events")[0][0])


@pytest.fixture
def visitor(lost: Lost) -> Iterator[httpx.Client]:
    with lost.installation.client() as client:
        yield client


@pytest.fixture
def hotline(lost: Lost) -> Iterator[httpx.Client]:
    with lost.installation.client("hotline") as client:
        yield client


def test_who_holds_the_receipt_of_a_forgotten_tip_is_told_when_it_came_and_that_it_is_lost(
    lost: Lost, visitor: httpx.Client
) -> None:
    for one in (lost.waiting, lost.clear):
        problem = is_problem(visitor.get(f"{RECEIPTS}/{one['receipt']}"), 410, "gone")
        assert problem["received_at"] <= problem["lost_at"]
        assert problem["lost_at"][:10] in problem["detail"]
        is_problem(visitor.post(f"{RECEIPTS}/{one['receipt']}/messages", json={"text": "在村口"}), 410, "gone")
    assert visitor.get(f"{RECEIPTS}/{lost.kept['receipt']}").json()["state"] == "received"


def test_an_unknown_code_is_answered_as_before(visitor: httpx.Client) -> None:
    problem = is_problem(visitor.get(f"{RECEIPTS}/{'0' * 16}"), 404, "not-found")
    assert "received_at" not in problem


def test_the_page_says_the_same_and_leads_to_the_form(lost: Lost, visitor: httpx.Client) -> None:
    page = visitor.post("/receipt", data={"code": lost.clear["receipt"]})
    assert page.status_code == 410
    assert 'class="button first" href="/"' in page.text
    assert "没有保存下来" in page.text
    assert "was lost" in visitor.post("/receipt?lang=en", data={"code": lost.clear["receipt"]}).text


def test_who_writes_with_such_a_code_is_shown_the_same_page(lost: Lost, visitor: httpx.Client) -> None:
    page = visitor.post("/receipt/message", data={"code": lost.clear["receipt"], "text": "在村口"})
    assert page.status_code == 410
    assert 'class="button first" href="/"' in page.text


def test_a_right_code_costs_no_look_up_of_who_may_guess(lost: Lost, visitor: httpx.Client) -> None:
    visitor.headers["X-Forwarded-For"] = "192.0.2.77"
    for _ in range(30):
        assert visitor.get(f"{RECEIPTS}/{lost.clear['receipt']}").status_code == 410


def test_who_has_a_seat_in_the_unit_that_a_tip_is_against_is_not_shown_it_from_any_seat(lost: Lost) -> None:
    made = lost.installation
    made.rows("bihuan_intake", "INSERT INTO confidential VALUES (%s, '140525') RETURNING 1", [lost.waiting["tip"]])
    try:
        with made.client() as client:
            shown = {}
            for person in ("p-zezhou", "p-contact"):
                client.headers["Authorization"] = f"Bearer {made.token('office', person=person)}"
                items = client.get("/api/intake/v1/timelines/taken-back").json()["items"]
                shown[person] = (len(items), client.get(PATH).text.count('type="checkbox"'))
        assert shown == {"p-zezhou": (1, 1), "p-contact": (2, 2)}
    finally:
        made.rows("bihuan_intake", "DELETE FROM confidential WHERE id = %s RETURNING 1", [lost.waiting["tip"]])


def test_hotline_and_office_see_what_was_forgotten_and_say_how_it_was_settled(
    lost: Lost, hotline: httpx.Client
) -> None:
    assert "恢复后的核对" in hotline.get("/triage").text
    page = hotline.get(PATH).text
    assert page.count('type="checkbox"') == 2
    assert "泽州县" in page
    rows = lost.installation.rows("bihuan_intake", "SELECT id FROM taken_back WHERE stream = %s", [lost.waiting["tip"]])
    (row,) = rows[0]
    refused = hotline.post(PATH, data={"rows": str(row), "how": " "})
    assert refused.status_code == 422
    assert f'value="{row}" checked' in refused.text
    assert hotline.post(PATH, data={"rows": str(row), "how": HOW}).status_code == 303
    page = hotline.get(PATH).text
    assert page.count('type="checkbox"') == 1
    assert HOW in page


def test_others_have_no_such_page_and_who_looks_on_has_no_form(lost: Lost) -> None:
    for role, status in (("county", 403), ("station", 403), ("auditor", 200), ("admin", 200)):
        with lost.installation.client(role, "140525" if status == 403 else "city") as client:
            answer = client.get(PATH)
            assert answer.status_code == status, role
            assert ('<form class="settle"' in answer.text and "checkbox" in answer.text) is (role == "admin")
            assert client.post(PATH, data={}).status_code == (422 if role == "admin" else 403)


def test_programs_say_it_by_the_interface_and_what_is_settled_stays_so(lost: Lost) -> None:
    with lost.installation.client("office") as office:
        items = office.get("/api/intake/v1/timelines/taken-back").json()["items"]
        (row,) = [one for one in items if one["stream"] == lost.clear["tip"]]
        assert (row["kind"], row["settled_at"]) == ("intake.TipReceived", None)
        asked = {"rows": [row["id"]], "how": "举报人已重新举报。"}
        path = "/api/intake/v1/timelines/taken-back/settle"
        assert [office.post(path, json=asked).json()["settled"] for _ in range(2)] == [1, 0]
        items = office.get("/api/intake/v1/timelines/taken-back").json()["items"]
        (row,) = [one for one in items if one["stream"] == lost.clear["tip"]]
        assert (row["settled_by"], row["settled_how"]) == ("p-office", "举报人已重新举报。")


def test_while_the_case_goes_on_its_sender_is_told_who_handles_it_and_not_to_report_it_again(
    lost: Lost, visitor: httpx.Client
) -> None:
    """As long as nobody has acted on it, it may become void: until then nothing is promised."""
    code, tip = lost.clear["receipt"], lost.clear["tip"]
    case: dict[str, Any] = {"case": str(new_id()), "unit": "140525"}
    feed = CasesFeed(Client())

    def outcome(wanted: str) -> tuple[str, str]:
        problem = seen(visitor, code, lambda one: one["outcome"] == wanted)
        assert problem["outcome"] == wanted
        english, chinese = (visitor.post(f"/receipt?lang={of}", data={"code": code}) for of in ("en", "zh"))
        assert problem["detail"] in chinese.text
        assert ("unit" in problem) is ("泽州县市场监督管理局" in chinese.text)
        assert ('class="button first" href="/"' in chinese.text) is (wanted == "lost")
        return problem["detail"], english.text

    assert "请重新举报" in outcome("lost")[0]
    opened = cases.CaseOpened(**case, state="opened", origin="tip", tip=tip, opened_at=NOON)
    say(lost.installation, feed, opened)
    assert "正在核对" in outcome("undecided")[0]
    transferred = cases.CaseTransferred(
        **case,
        state="transferred",
        letter="（特设）移〔2022〕17号",
        transferred_at=NOON,
        sign_for_due=DUE,
        feedback_due=DUE,
    )
    moved = cases.LoopMoved(**case, state="transferred", tip=tip, version=2, steps=steps())
    say(lost.installation, feed, transferred, moved)
    chinese, english = outcome("handled")
    assert "不必重新举报" in chinese
    assert "no need to report it again" in english
    problem = is_problem(visitor.post(f"{RECEIPTS}/{code}/messages", json={"text": "在村口"}), 410, "gone")
    assert (problem["outcome"], problem["unit"]["code"]) == ("handled", "140525")
    say(lost.installation, feed, cases.LoopMoved(**case, state="opened", tip=tip, version=3, steps=steps()))
    outcome("handled")
    say(lost.installation, feed, cases.LoopMoved(**case, state="closed", tip=tip, version=4, steps=steps()))
    assert "已经办结" in outcome("closed")[0]
    say(lost.installation, feed, cases.CaseTakenBack(**case, state="taken_back"))
    outcome("lost")
