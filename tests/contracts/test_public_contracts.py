"""The public contracts as outsiders have them: committed, described, true, and readable by whoever read them before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.kernel.contracts import SERVICES, public_contracts
from shared.kernel.contracts.json_schema import DIALECT, public_schemas
from shared.platform.messaging import cloudevents
from shared.platform.messaging.cloudevents import FeedRow
from tests.contracts import released
from tests.contracts.released import NotReleasable
from tests.services.assessment import conftest as assessment
from tests.services.cases import conftest as cases
from tests.services.intake import desk as intake
from tests.services.notify import conftest as notify
from tests.support.json_schema import Schema

URL = "https://bihuan.example"
TYPES = [(service, type_) for service in SERVICES for type_ in public_schemas(service)]


def walked_cases() -> Iterator[tuple[str, Any]]:
    yield from cases.everything_happens().messages(public=True)


def walked_assessment() -> Iterator[tuple[str, Any]]:
    yield from assessment.everything_happens().messages(public=True)


def walked_notify() -> Iterator[tuple[str, Any]]:
    yield from notify.everything_happens().messages(public=True)


def walked_intake() -> Iterator[tuple[str, Any]]:
    yield from intake.everything_happens().messages(public=True)


WALKS = {"intake": walked_intake, "cases": walked_cases, "assessment": walked_assessment, "notify": walked_notify}


def properties(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Every property of the document, by its place."""
    for title, part in {"": schema, **schema.get("$defs", {})}.items():
        for name, one in part["properties"].items():
            yield f"{title}/{name}", one


# --- what lies in the folder ---


def test_the_committed_schemas_are_those_of_the_contracts() -> None:
    """Where this fails, `python -m tests.contracts.make` writes them."""
    committed = {path.name: path.read_text() for path in released.SCHEMAS.iterdir()}
    assert committed == {name: text for service in SERVICES for name, text in released.of_today(service).items()}


@pytest.mark.parametrize("service", SERVICES)
def test_every_contract_can_be_read_by_the_readers_of_all_its_editions_and_reads_theirs(service: str) -> None:
    """FULL_TRANSITIVE. Where only the last line fails, `python -m tests.contracts.make` releases what is new."""
    editions = released.read_editions(service)
    assert released.with_editions(editions, public_schemas(service)) == editions


@pytest.mark.parametrize(("service", "type_"), TYPES)
def test_a_schema_says_what_it_is_and_describes_every_field(service: str, type_: str) -> None:
    schema = public_schemas(service)[type_]
    assert schema["$schema"] == DIALECT
    assert schema["title"] == type_.split(".")[2]
    assert schema["description"]
    assert "additionalProperties" not in str(schema), "a subscriber ignores what it does not know"
    assert [place for place, one in properties(schema) if not one.get("description")] == []


@pytest.mark.parametrize(("service", "type_"), TYPES)
def test_the_identity_of_a_schema_is_the_dataschema_of_its_events(service: str, type_: str) -> None:
    row = FeedRow(7, type_.split(".")[2], "s", 1, "case", "at", "recorded", "{}", "140525", 3)
    event = cloudevents.compose(row, service, "/bihuan/here/cases", URL)
    assert event["type"] == type_
    assert event["dataschema"] == public_schemas(service, URL)[type_]["$id"]
    assert event["dataschema"] == f"{URL}/api/{service}/v1/schemas/{type_}.json"


def test_closed_sets_of_values_are_enumerated_and_instants_have_their_format() -> None:
    raised = public_schemas("cases")["bihuan.cases.EscalationRaised.v1"]["properties"]
    assert raised["trigger"]["enum"] == ["false_closure", "idle_after_acceptance", "overdue"]
    assert len(raised["state"]["enum"]) == 7
    assert raised["due"]["anyOf"][0]["format"] == "date-time"
    assert raised["case"]["format"] == "uuid"
    for service, type_ in TYPES:
        for place, one in properties(public_schemas(service)[type_]):
            if re.search(r"(_at|/at)$", place):
                assert one["format"] == "date-time", (type_, place)


@pytest.mark.parametrize("service", SERVICES)
def test_what_goes_out_is_what_the_schemas_say(service: str) -> None:
    contracts, schemas = public_contracts(service), public_schemas(service)
    told = list(WALKS[service]())
    assert {name for name, _ in told} == contracts.keys()
    for name, data in told:
        msgspec.convert(data, contracts[name])
        for field, one in schemas[cloudevents.type_of(service, name)]["properties"].items():
            kinds = {part.get("format") for part in one.get("anyOf", [one])}
            if "date-time" in kinds and data[field] is not None:
                assert datetime.fromisoformat(data[field]).tzinfo is not None
            if "uuid" in kinds and data[field] is not None:
                assert data[field] == str(UUID(data[field]))


# --- how things get there ---


class Lifted(msgspec.Struct):
    """A lift was repaired."""

    lift: str
    state: str = "open"


class LiftedAndSaid(Lifted):
    """The same, with more words and a remark."""

    remark: str | None = None


class Moved(msgspec.Struct):
    """The same, renamed."""

    lift: str
    place: str = "open"


def schemas_of(contract: type, type_: str = "bihuan.lifts.Lifted.v1") -> dict[str, Schema]:
    return {type_: msgspec.json.schema(contract)}


def test_an_optional_field_makes_an_edition_and_earlier_ones_stay() -> None:
    first = released.with_editions({}, schemas_of(Lifted))
    second = released.with_editions(first, schemas_of(LiftedAndSaid))
    assert second["bihuan.lifts.Lifted.v1"][0] == first["bihuan.lifts.Lifted.v1"][0]
    assert len(second["bihuan.lifts.Lifted.v1"]) == 2
    assert released.with_editions(second, schemas_of(LiftedAndSaid)) == second


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (schemas_of(Moved), "bihuan.lifts.Lifted.v1: /state is gone"),
        (schemas_of(Lifted, "bihuan.lifts.Lifted.v2"), "bihuan.lifts.Lifted.v1 is gone"),
    ],
    ids=["renamed", "gone"],
)
def test_what_some_reader_could_not_read_is_not_released(now: dict[str, Schema], said: str) -> None:
    with pytest.raises(NotReleasable, match=re.escape(said)):
        released.with_editions(released.with_editions({}, schemas_of(Lifted)), now)


def test_an_edition_is_compared_with_all_before_it_and_not_with_the_last_alone() -> None:
    """What was taken away by mistake once does not become right by that."""
    editions = released.with_editions(released.with_editions({}, schemas_of(Lifted)), schemas_of(LiftedAndSaid))
    with_a_gap = {type_: [both[1], both[0]] for type_, both in editions.items()}
    with pytest.raises(NotReleasable, match="/remark is gone"):
        released.with_editions(with_a_gap, schemas_of(Lifted))
