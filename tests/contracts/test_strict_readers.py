"""Every kind of public event is read by the official CloudEvents package for Python."""

from __future__ import annotations

import json

import pytest
from cloudevents.core.exceptions import CloudEventValidationError

from shared.kernel.contracts import SERVICES
from shared.platform.messaging import cloudevents
from shared.platform.messaging.cloudevents import FeedRow
from tests.contracts.test_public_contracts import URL, WALKS
from tests.support.strict_readers import read_by_python

AT = "2022-01-21T17:31:00.000000+08:00"


def composed(service: str) -> list[dict[str, object]]:
    """The events of a walk in which everything happens, as they go out."""
    rows = [
        FeedRow(
            number,
            name,
            "s",
            number,
            "0190a5c0-0000-7000-8000-000000000001",
            AT,
            AT,
            json.dumps(data),
            "140525",
            number,
        )
        for number, (name, data) in enumerate(WALKS[service](), 1)
    ]
    origin = cloudevents.source("here", service)
    return [json.loads(cloudevents.encode(cloudevents.compose(row, service, origin, URL))) for row in rows]


@pytest.mark.parametrize("service", SERVICES)
def test_the_python_package_reads_every_public_event(service: str) -> None:
    events = composed(service)
    assert events
    for event in events:
        read = read_by_python(event)
        assert read.get_dataschema() == event["dataschema"]
        assert str(read.get_dataschema()).startswith("https://")
        assert read.get_time() is not None
        assert read.get_data() == event["data"]


def test_the_python_package_is_strict() -> None:
    event = composed("cases")[0]
    for name, wrong in (("time", "yesterday"), ("subject", ""), ("specversion", "2.0")):
        with pytest.raises((CloudEventValidationError, ValueError)):
            read_by_python(event | {name: wrong})


@pytest.mark.parametrize("service", SERVICES)
def test_sequences_sort_as_text_in_their_order(service: str) -> None:
    sequences = [str(event["sequence"]) for event in composed(service)]
    assert all(len(one) == 20 for one in sequences)
    assert sorted(sequences) == sequences
    assert [int(one) for one in sequences] == list(range(1, len(sequences) + 1))
