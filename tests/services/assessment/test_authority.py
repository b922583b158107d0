"""Who may give which command for whom: every role, for its own unit and for another."""

from __future__ import annotations

import pytest

from services.assessment.domain.authority import check_actor
from services.assessment.handlers import RESOURCES
from shared.kernel.roles import ROLES
from shared.platform.event_store.envelope import Actor
from shared.platform.service.authority import Permission, why_not
from tests.services.assessment.bureau import GAOPING, ZEZHOU

# command | who for itself (a group: as itself) | who for any unit | whether a group acts in its counties
WRITTEN = """
inspections       | county principal       | office director           | yes
returns/submit    | principal group        |                           | no
returns/send-back |                        | office director           | no
returns/correct   | principal group        |                           | no
commitments/sign  | principal              |                           | no
filings/file      | county principal group |                           | no
briefings/hold    |                        | taskforce office director | no
bulletins/draw    |                        | office director           | no
bulletins/publish |                        | director                  | no
"""
TABLE = {
    command.strip(): (own.split(), city.split(), area.strip() == "yes")
    for command, own, city, area in (line.split("|") for line in WRITTEN.strip().splitlines())
}
ROWS: dict[str, Permission] = {
    f"{resource.path.split('/')[1]}/{command.name}".rstrip("/"): command.permission
    for resource in RESOURCES
    for command in resource.commands
}
HOME = {"county": ZEZHOU, "principal": ZEZHOU, "station": ZEZHOU, "group": "g1"}


def test_every_command_stands_in_the_table() -> None:
    assert set(TABLE) == set(ROWS)


def may(command: str, actor: Actor, unit: str, group: str | None = None) -> bool:
    return why_not(lambda: check_actor(ROWS[command], actor, unit, group)) is None


@pytest.mark.parametrize("command", sorted(TABLE))
@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_those_whom_the_notice_names_act_and_only_for_whom_it_says(command: str, role: str) -> None:
    own, city, area = TABLE[command]
    actor = Actor("p", role, HOME.get(role, "city"))
    assert may(command, actor, HOME.get(role, ZEZHOU)) == (role in own or role in city or (role == "group" and area))
    assert may(command, actor, GAOPING, "g3") == (role in city)
    assert may(command, Actor("p", role, "g1"), ZEZHOU, "g1") == (role in city or (role == "group" and area))
