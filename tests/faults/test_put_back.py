"""A database of a running installation is put back to an earlier state: it heals without a hand, and what it cannot
heal is before the office.

The short form of `python -m tests.faults.put_back`; here a supervisor is there, who has the read tables rebuilt.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from deploy.cli import rebuild
from deploy.local import state
from shared.kernel.contracts import SERVICES
from tests.deploy.waiting import eventually
from tests.faults.test_the_drill import TEXT, as_, installation
from tests.support.restoring import copied, put_back


@dataclass(frozen=True)
class Server:
    """The databases of an installation, by the administrator's connection."""

    administrator: str

    def dsn(self, name: str = "postgres") -> str:
        return make_conninfo(self.administrator, dbname=name)


@dataclass(frozen=True)
class One:
    """One of them."""

    server: Server
    name: str


def ask(server: Server, database: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.dsn(database), autocommit=True) as connection:
        return connection.execute(query).fetchall()


def tell(url: str, first: int, count: int) -> list[str]:
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        answers = [client.post("/api/intake/v1/tips", json={"text": TEXT.format(n=first + n)}) for n in range(count)]
    assert {answer.status_code for answer in answers} == {201}
    return [answer.json()["tip"] for answer in answers]


def live(server: Server) -> Counter[object]:
    query = "SELECT tip::text FROM cases WHERE tip IS NOT NULL AND state <> 'taken_back'"
    return Counter(tip for (tip,) in ask(server, "bihuan_cases", query))


def shows_what_is_no_more(server: Server, service: str) -> bool:
    return ask(server, f"bihuan_{service}", "SELECT FROM producer_timelines WHERE rebuilt IS NULL") != []


@pytest.mark.parametrize("service", ["intake", "cases"])
def test_an_installation_heals_after_one_of_its_databases_was_put_back(service: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with installation(data) as (url, _):
        server = Server(state.read(data)["postgres"]["dsn"])
        database = One(server, f"bihuan_{service}")
        kept = tell(url, 1, 5)
        eventually(lambda: len(live(server)) == 5)
        with copied(database) as copy:
            eventually(lambda: all(one["ready"] for one in state.status(data)["services"].values()))
            forgotten = tell(url, 10, 5)
            eventually(lambda: len(live(server)) == 10)
            put_back(database, copy)
            known = kept if service == "intake" else [*kept, *forgotten]
            eventually(lambda: live(server) == Counter(known))
        new = tell(url, 20, 2)
        eventually(lambda: live(server) == Counter([*known, *new]))
        eventually(lambda: all(one["ready"] for one in state.status(data)["services"].values()))
        eventually(lambda: not [one for one in SERVICES if shows_what_is_no_more(server, one)])
        assert rebuild.main(["--data", str(data)]) == 0


def waiting_cases(server: Server) -> list[str]:
    query = "SELECT id::text FROM cases WHERE state = 'opened' AND letter IS NULL ORDER BY id"
    return [str(id_) for (id_,) in ask(server, "bihuan_cases", query)]


def all_is_told(server: Server) -> bool:
    query = """SELECT (SELECT max(sequence) FROM internal_events)
               = (SELECT sequence FROM relay_positions WHERE feed = 'internal')"""
    return ask(server, "bihuan_cases", query) == [(True,)]


def test_no_two_counties_get_letters_of_one_number(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with installation(data) as (url, _), httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        server = Server(state.read(data)["postgres"]["dsn"])
        database = One(server, "bihuan_cases")

        def sign(case: str) -> int:
            path = f"/api/cases/v1/cases/{case}/transfer"
            answer = client.post(path, json={}, headers=as_(data, "director"))
            assert answer.status_code == 200, answer.text
            return int(answer.json()["letter"].rpartition("〕")[2].removesuffix("号"))

        tell(url, 1, 4)
        eventually(lambda: len(waiting_cases(server)) == 4)
        first, forgotten, again, last = waiting_cases(server)
        assert sign(first) == 1
        eventually(lambda: all_is_told(server))
        with copied(database) as copy:
            eventually(lambda: all(one["ready"] for one in state.status(data)["services"].values()))
            assert sign(forgotten) == 2
            eventually(lambda: all_is_told(server))
            put_back(database, copy)
            eventually(lambda: ask(server, "bihuan_cases", "SELECT 1 FROM timelines") != [])
            eventually(lambda: all(one["ready"] for one in state.status(data)["services"].values()))
            assert [sign(again), sign(last)] == [3, 4]
        listed = client.get("/api/cases/v1/timelines/taken-back", headers=as_(data, "office")).json()["items"]
        assert [(one["stream"], one["kind"], "2号" in one["about"]) for one in listed] == [
            (forgotten, "cases.CaseTransferred", True)
        ]
        assert "恢复后的核对" in client.get("/desk", headers=as_(data, "office")).text
        assert forgotten in client.get("/desk/restored", headers=as_(data, "office")).text
