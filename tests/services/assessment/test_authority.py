"""Who may give which command for whom: every role, for its own unit and for another."""

from __future__ import annotations

import pytest

from services.assessment.domain.authority import AUTHORITY, may
from shared.kernel.roles import ROLES
from shared.platform.event_store.envelope import Actor
from tests.services.assessment.bureau import GAOPING, ZEZHOU

# command | who for itself (a group: as itself) | who for any unit | whether a group acts in its counties
WRITTEN = """
record-inspection | county principal       | office director           | yes
submit-return     | principal group        |                           | no
send-back-return  |                        | office director           | no
correct-return    | principal group        |                           | no
sign-commitment   | principal              |                           | no
file-paper        | county principal group |                           | no
hold-briefing     |                        | taskforce office director | no
draw-bulletin     |                        | office director           | no
publish-bulletin  |                        | director                  | no
"""
TABLE = {
    command.strip(): (own.split(), city.split(), area.strip() == "yes")
    for command, own, city, area in (line.split("|") for line in WRITTEN.strip().splitlines())
}
HOME = {"county": ZEZHOU, "principal": ZEZHOU, "station": ZEZHOU, "group": "g1"}


def test_every_command_stands_in_the_table() -> None:
    assert set(TABLE) == set(AUTHORITY)


@pytest.mark.parametrize("command", sorted(TABLE))
@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_those_whom_the_notice_names_act_and_only_for_whom_it_says(command: str, role: str) -> None:
    own, city, area = TABLE[command]
    actor = Actor("p", role, HOME.get(role, "city"))
    assert may(command, actor, HOME.get(role, ZEZHOU)) == (role in own or role in city or (role == "group" and area))
    assert may(command, actor, GAOPING, "g3") == (role in city)
    assert may(command, Actor("p", role, "g1"), ZEZHOU, "g1") == (role in city or (role == "group" and area))
