"""Logs tell an operator what happened, and nobody who a tipster is."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest
import structlog

from shared.platform.web.logs import configure_logs, describe_exception


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("logs_to_stdout")
def test_a_log_line_is_one_json_object_with_time_level_and_service(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("cases")
    structlog.get_logger("a").info("case opened", case="c-1")
    (line,) = lines(capsys)
    assert {"event": "case opened", "case": "c-1", "level": "info", "service": "cases"}.items() <= line.items()
    assert line["timestamp"].endswith("Z")


@pytest.mark.usefixtures("logs_to_stdout")
def test_fields_that_carry_a_person_are_dropped_at_any_depth(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("intake")
    structlog.get_logger("a").warning(
        "tip",
        tip="t-1",
        phone="13300001002",
        Text="我叫林知远",
        inner={"name": "林知远", "kept": 1, "list": [{"ip": "10.0.0.9"}]},
    )
    (line,) = lines(capsys)
    assert line["inner"] == {"kept": 1, "list": [{}]}
    assert line["tip"] == "t-1"
    assert not {"phone", "Text"} & line.keys()


@pytest.mark.usefixtures("logs_to_stdout")
@pytest.mark.parametrize(
    "digits",
    ["13300001002", "140525199001011234", "14052519900101123X", "4821093755162048", "4821 0937 5516 2048"],
)
def test_digits_that_identify_a_person_or_a_tip_are_masked_in_any_text(
    digits: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("intake")
    logging.getLogger("some.library").error("电话%s。", digits)
    (line,) = lines(capsys)
    assert digits not in json.dumps(line, ensure_ascii=False)
    assert "•••" in line["event"]


@pytest.mark.usefixtures("logs_to_stdout")
def test_identifiers_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("cases")
    case = "01890a5d-ac96-774b-bcce-a13812345678"
    structlog.get_logger("a").info("x", case=case, sequence=18402, digest="13812345678901234567")
    (line,) = lines(capsys)
    assert (line["case"], line["sequence"], line["digest"]) == (case, 18402, "13812345678901234567")


@pytest.mark.usefixtures("logs_to_stdout")
def test_an_exception_is_logged_by_type_and_place_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("cases")
    try:
        try:
            dict[str, int]()["林知远"]
        except KeyError as error:
            raise ValueError("13300001002 and more") from error
    except ValueError:
        logging.getLogger("a.library").exception("failed")
        structlog.get_logger("ours").exception("failed too")
    first, second = lines(capsys)
    for line in (first, second):
        assert line["error"] == "ValueError < KeyError"
        assert any("test_logs.py" in frame for frame in line["frames"])
        assert "林知远" not in json.dumps(line, ensure_ascii=False)


def test_a_database_error_keeps_its_state_code() -> None:
    class Unique(Exception):
        sqlstate = "23505"

    assert describe_exception(Unique("Key (phone)=(13300001002)"))["error"] == "Unique[23505]"


@pytest.mark.usefixtures("logs_to_stdout")
async def test_a_request_is_logged_by_its_route_without_code_query_or_address(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("intake")
    await client.get("/receipts/4821093755162048?phone=13300001002", headers={"x-forwarded-for": "203.0.113.9"})
    await client.get("/nowhere/4821093755162048")
    first, second = lines(capsys)
    assert (first["route"], first["method"], first["status"]) == ("/receipts/{code}", "GET", 200)
    assert second["route"] == "unmatched"
    for told in ("4821093755162048", "13300001002", "203.0.113.9"):
        assert told not in json.dumps([first, second])


@pytest.mark.usefixtures("logs_to_stdout")
async def test_a_defect_is_logged_under_the_reference_that_the_person_was_given(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("cases")
    answer = await client.get("/defect")
    defect = next(line for line in lines(capsys) if line["level"] == "error")
    assert defect["reference"] == answer.json()["reference"]
    assert "林知远" not in json.dumps(defect, ensure_ascii=False)
