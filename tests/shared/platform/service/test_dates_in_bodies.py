"""Dates that a body may hold: within the calendar of every zone, and past where something is reported."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from services.assessment.handlers import RESOURCES
from services.cases.handlers import CASE, NEW_CASE
from services.intake.handlers import NEW_TIP, RECEIPT, TIP
from services.notify.handlers import DISCLOSURE, NEW_DISCLOSURE
from shared.platform.event_store.refusal import Invalid
from shared.platform.service.command import SLACK, what_is_reported_has_happened
from shared.platform.service.fields import Body, Day, Instant, Past

NOW = datetime.fromisoformat("2022-01-21T17:31:00+08:00")
COMMANDS = [
    (f"{resource.path}/{command.name}", command.body)
    for resource in (CASE, NEW_CASE, NEW_TIP, RECEIPT, TIP, DISCLOSURE, NEW_DISCLOSURE, *RESOURCES)
    for command in resource.commands
]


class Dated(Body):
    """A body with a date of each kind."""

    at: Instant | None = None
    on: Day | None = None
    seen: Past | None = None


@pytest.mark.parametrize("field", ["at", "seen"])
@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00+14:00",
        "2100-12-31T23:59:59-12:00", "2101-01-01T00:00:00+14:00", "2000-01-01T00:00:00+14:00", "1999-12-31T23:59:59Z",
        "2100-12-31T12:00:00Z",
    ],
)  # fmt: skip
def test_an_instant_that_some_zone_shows_outside_the_century_is_refused(field: str, moment: str) -> None:
    with pytest.raises(ValidationError, match="2000"):
        Dated.model_validate({field: moment})


@pytest.mark.parametrize("moment", ["2000-01-01T12:00:00Z", "2100-12-31T09:59:59Z", "2100-12-31T23:59:59+14:00"])
def test_the_first_and_the_last_are_the_same_century_wherever_they_are_shown(moment: str) -> None:
    taken = Dated.model_validate({"at": moment}).at
    assert taken is not None
    for zone in ("Etc/GMT+12", "UTC", "Asia/Shanghai", "Pacific/Kiritimati"):
        assert 2000 <= taken.astimezone(ZoneInfo(zone)).year <= 2100


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31"])
def test_a_day_outside_the_century_is_refused(day: str) -> None:
    with pytest.raises(ValidationError, match="2000"):
        Dated.model_validate({"on": day})


def test_what_is_reported_has_happened_but_for_a_clock_that_is_a_little_ahead() -> None:
    what_is_reported_has_happened(Dated(seen=NOW + SLACK), NOW)
    what_is_reported_has_happened(Dated(at=NOW + timedelta(days=30)), NOW)
    with pytest.raises(Invalid) as refused:
        what_is_reported_has_happened(Dated(seen=NOW + SLACK + timedelta(seconds=1)), NOW)
    assert refused.value.field == "seen"


INSTANTS = [
    (command, body, name)
    for command, body in COMMANDS
    for name, declared in body.model_fields.items()
    if "AwareDatetime" in str(declared.annotation) or "datetime.datetime" in str(declared.annotation)
]


@pytest.mark.parametrize(("command", "body", "name"), INSTANTS, ids=[f"{one[0]}:{one[2]}" for one in INSTANTS])
def test_an_instant_of_a_command_says_when_something_happened(command: str, body: type[Body], name: str) -> None:
    """What is still to come is given as a day, and a rule of its own says how far ahead it may be."""
    tomorrow: dict[str, Any] = {name: NOW + timedelta(days=1)}
    with pytest.raises(Invalid):
        what_is_reported_has_happened(body.model_construct(**tomorrow), NOW)


def test_these_are_all_the_instants_that_commands_have() -> None:
    assert sorted(name for _, _, name in INSTANTS) == ["at", "found_at", "occurred_at", "taken_at"]
