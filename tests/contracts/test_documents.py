"""How the services describe themselves: committed, whole, and of the kind that they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared.kernel.contracts import SERVICES, internal_contracts, public_contracts
from tests.contracts import documents

OPENAPI = [f"{service}.openapi.json" for service in SERVICES]


def operations(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in documents.of_today()[name]["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_committed_documents_are_those_of_the_services() -> None:
    """Where this fails, `python -m tests.contracts.make` writes them."""
    committed = {path.name: path.read_text() for path in documents.FOLDER.iterdir() if path.suffix == ".json"}
    assert committed.keys() == documents.of_today().keys()
    for name, document in documents.of_today().items():
        assert committed[name] == documents.as_file(document), name


@pytest.mark.parametrize("name", OPENAPI)
def test_every_answer_has_a_media_type_and_every_json_answer_a_schema(name: str) -> None:
    for where, operation in operations(name):
        for status, answer in operation["responses"].items():
            assert answer.get("content"), f"{where} → {status}"
            for media_type, content in answer["content"].items():
                empty = "json" in media_type and not content.get("schema")
                assert not empty, f"{where} → {status}: {media_type}"
                assert ("problem" in media_type) == (int(status) >= 400), f"{where} → {status}: {media_type}"


@pytest.mark.parametrize("name", OPENAPI)
def test_every_operation_says_how_it_refuses(name: str) -> None:
    for where, operation in operations(name):
        refusals = {status for status in operation["responses"] if int(status) >= 400}
        assert refusals >= {"500", "503"}, where
        if operation.get("parameters"):
            assert "422" in refusals, where
        if where.startswith("POST"):
            assert refusals >= {"400", "409", "413", "415", "422"}, where


def test_a_letter_is_a_pdf() -> None:
    paths = documents.of_today()["cases.openapi.json"]["paths"]
    answer = paths["/api/cases/v1/cases/{case}/letters/{n}.pdf"]["get"]["responses"]["200"]
    assert answer["content"].keys() == {"application/pdf"}


@pytest.mark.parametrize("service", SERVICES)
def test_the_bus_description_has_every_event_that_is_told_with_its_subject_and_stream(service: str) -> None:
    document = documents.of_today()[f"{service}.asyncapi.json"]
    told = {
        operation["channel"]["$ref"].rpartition("/")[2]
        for operation in document["operations"].values()
        if operation["action"] == "send"
    }
    public, internal = public_contracts(service), internal_contracts(service)
    names = [f"{service}.public.{name}" for name in public] + [f"{service}.internal.{name}" for name in internal]
    assert told == set(names)
    for name in public:
        channel = document["channels"][f"{service}.public.{name}"]
        assert channel["address"] == f"bihuan.pub.v1.{service}.{{jurisdiction}}.{name}"
        assert channel["x-stream"] == "BIHUAN_PUBLIC"
        payload = document["components"]["messages"][f"{service}.public.{name}"]["payload"]
        assert payload["allOf"][1]["properties"]["data"] == {
            "$ref": f"/api/{service}/v1/schemas/bihuan.{service}.{name}.v1.json"
        }


def test_a_service_says_what_it_hears() -> None:
    operations = documents.of_today()["cases.asyncapi.json"]["operations"]
    heard = {name for name, one in operations.items() if one["action"] == "receive"}
    assert "receive.intake.internal.TipTriaged" in heard
    assert not any(".cases." in name for name in heard)


@pytest.mark.parametrize("name", [f"{service}.asyncapi.json" for service in SERVICES])
def test_every_reference_inside_a_document_leads_somewhere(name: str) -> None:
    document = documents.of_today()[name]

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (one for key, one in value.items() if key == "$ref")
            for one in value.values():
                yield from references(one)
        elif isinstance(value, list):
            for one in value:
                yield from references(one)

    inside = {one for one in references(document) if one.startswith("#/")}
    assert inside
    for one in inside:
        found: Any = document
        for step in one[2:].split("/"):
            found = found[step]
