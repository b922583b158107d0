"""Every person of the demo, in every seat, on every read path: `./bihuan test tests/deploy/who_sees_what.py`. Minutes
long, so not among all tests.

What each may see is worked out here once more, from the campaign file and from the stored events alone, as domain
section 2 says it; what each is shown is asked over HTTP, and must be that and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
import yaml
from eventsourcing.persistence import StoredEvent

from deploy.local.layout import Layout
from deploy.local.services import DEFAULT_CAMPAIGN
from deploy.local.state import status
from services.cases.domain.case import Case
from services.cases.handlers import COMMANDS
from shared.kernel.roles import ROLES
from shared.platform.event_store.mapper import CanonicalTranscoder, EventMapper
from shared.platform.web.session import SessionSigner
from tests.deploy.demo_in_full import Played

FILE = yaml.safe_load(Path(DEFAULT_CAMPAIGN).read_text())
STATIONS = {station["code"]: county["code"] for county in FILE["units"] for station in county["stations"]}
CITY = {"director", "office", "taskforce", "auditor", "admin"}
LINK = re.compile(r"/cases/([0-9a-f]{8}-[0-9a-f-]{27})")


@dataclass(frozen=True)
class Seat:
    """One seat of one person: what a token of his says."""

    person: str
    role: str
    unit: str


def seats() -> Iterator[Seat]:
    """Every seat that the campaign file gives to somebody."""
    for person in FILE["people"]:
        for role in person["roles"]:
            if role == "group":
                for group in FILE["groups"]:
                    if person["id"] in (group["leader"], group["liaison"], *group["members"]):
                        yield Seat(person["id"], role, group["code"])
            elif role in ("county", "principal", "station"):
                yield Seat(person["id"], role, str(person["unit"]))
            else:
                yield Seat(person["id"], role, "city")


def bodies(person: str) -> set[str]:
    """Where somebody has a post or a seat."""
    (post,) = [str(one["unit"]) for one in FILE["people"] if one["id"] == person]
    found = {post}
    found |= {g["code"] for g in FILE["groups"] if person in (g["leader"], g["liaison"], *g["members"])}
    return {STATIONS.get(one, one) for one in found}


def may_see(seat: Seat, case: Case) -> bool:
    """Domain section 2, in other words than the product's."""
    if case.matter.concerned in bodies(seat.person):
        return False
    if seat.role in CITY:
        return True
    if seat.role in ("county", "principal", "station"):
        return bool(case.unit == STATIONS.get(seat.unit, seat.unit))
    key = case.key_supervision
    asked = {case.group, *(one.verifier for one in case.escalations), key.group if key else None}
    return seat.role == "group" and seat.unit in asked


@dataclass
class Stage:
    """A demo that was played and still runs."""

    url: str
    signer: SessionSigner
    cases: dict[str, Case]

    def client(self, seat: Seat) -> httpx.Client:
        token = self.signer.sign(seat.person, seat.role, seat.unit, kind="api", life=timedelta(hours=1))
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)

    def seen_by(self, seat: Seat) -> set[str]:
        return {id_ for id_, case in self.cases.items() if may_see(seat, case)}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    played = Played(tmp_path_factory.mktemp("demo") / "data")
    try:
        played.table()
        found = dict(status(played.data) or {})
        key = (Layout.of(played.data).secrets / "cases" / "session_private.pem").read_bytes()
        yield Stage(found["http"], SessionSigner(key, ROLES), _cases(found["postgres"]["dsn"]))
    finally:
        played.stop()


def _cases(administrator: str) -> dict[str, Case]:
    """All cases, made of their stored events, whose classes come with the commands."""
    assert list(COMMANDS)
    mapper = EventMapper(CanonicalTranscoder())
    made: dict[UUID, Any] = {}
    query = "SELECT originator_id, originator_version, topic, state FROM stored_events ORDER BY notification_id"
    with psycopg.connect(administrator.rsplit("/", 1)[0] + "/bihuan_cases") as connection:
        for stream, version, topic, state in connection.execute(query):
            event = mapper.to_domain_event(StoredEvent(stream, version, topic, bytes(state)))
            made[stream] = event.mutate(made.get(stream))
    return {str(id_): one for id_, one in made.items() if isinstance(one, Case)}


def everything(client: httpx.Client, path: str, after: str = "cursor") -> list[Any]:
    """All pages of a list; empty where the role has no such list."""
    found: list[Any] = []
    following: Any = None
    while True:
        answer = client.get(path, params={"limit": 200, **({after: following} if following is not None else {})})
        if answer.status_code == 403:
            return []
        page = answer.raise_for_status().json()
        found += page["items"]
        following = page["next"]
        if following is None:
            return found


def test_the_demo_has_matters_against_officials_in_it(stage: Stage) -> None:
    concerned = {case.matter.concerned for case in stage.cases.values() if case.matter.concerned}
    assert concerned, "without one this test would show nothing"
    heads = [seat for seat in seats() if seat.role == "taskforce" and bodies(seat.person) & concerned]
    assert heads, "somebody on the task force heads a bureau that is accused"


@pytest.mark.parametrize("seat", list(seats()), ids=lambda seat: f"{seat.person}-{seat.role}-{seat.unit}")
def test_everybody_is_shown_what_is_his_and_nothing_else(stage: Stage, seat: Seat) -> None:
    seen = stage.seen_by(seat)
    hidden = {id_ for id_, case in stage.cases.items() if case.matter.concerned in bodies(seat.person)}
    with stage.client(seat) as client:
        # lists and single cases
        assert {one["case"] for one in everything(client, "/api/cases/v1/cases")} == seen
        for id_ in stage.cases:
            wanted = 200 if id_ in seen else 404
            assert client.get(f"/api/cases/v1/cases/{id_}").status_code == wanted, id_
            if id_ not in seen:
                assert client.get(f"/api/cases/v1/cases/{id_}/history").status_code == 404
                assert client.get(f"/api/cases/v1/cases/{id_}/letters/1.pdf").status_code == 404
                assert client.get(f"/cases/{id_}").status_code == 404
        # pages
        for path in ("/desk", "/cases", "/assessment"):
            assert set(LINK.findall(client.get(path, headers={"Accept": "text/html"}).text)) <= seen, path
        # feeds: of all units for the city, of one's own for others; never of what is hidden
        told = {one["subject"] for one in everything(client, "/api/cases/v1/events", "after")}
        assert not told & hidden
        if seat.role in CITY:
            assert told == seen
        heard = everything(client, "/api/intake/v1/events", "after")
        tips = {case.tip for id_, case in stage.cases.items() if id_ in hidden}
        assert not {one["data"]["tip"] for one in heard} & tips
        # counts and figures, bulletins, notices
        answer = client.get("/api/assessment/v1/counts")
        if seat.role in CITY:
            assert answer.json()["total"]["opened"] == len(seen)
        assert set(everything(client, "/api/assessment/v1/counts/city/opened")) <= seen
        for month in ("2022-01", "2022-02", "final"):
            assert set(client.get(f"/api/assessment/v1/bulletins/{month}").json()["cases"]) <= seen
        for path in ("/api/notify/v1/reminders", "/api/notify/v1/disclosures"):
            assert {one["case"] for one in everything(client, path)} - {None} <= seen, path
