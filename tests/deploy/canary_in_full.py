"""A whole demo, searched for who gave the tips: `./bihuan test tests/deploy/canary_in_full.py`. Minutes long.

Every tip declares the same invented person, whose name, telephone and identity number stand in the text too, spelt in
several ways. Afterwards every file of the installation, every table of every database, what four services answer and
each letter's words are searched; a marker that may be there shows that the search finds what is there.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pypdf
import pytest
import yaml

from deploy.demo.tips import DEFAULT_TIPS
from deploy.local import state
from deploy.postgres.roles import DATABASES
from tests.deploy.demo_in_full import ENVIRONMENT, SERVICES, Played
from tests.support.canary import found_in

NAME, PHONE, IDENTITY_NUMBER = "欧阳漫舟", "13900007654", "140502199003070058"
SPELT = ("歐陽漫舟", "欧阳·漫舟", "139-0000-7654", "一三九〇〇〇〇七六五四")
SECRETS = (NAME, PHONE, IDENTITY_NUMBER, *SPELT)
MARKER = "JC12345-CANARY-0042"
TIPS = 40


def planted(folder: Path) -> Path:
    """The first tips of the demo, all by one person, who says so in each."""
    tips = yaml.safe_load(DEFAULT_TIPS.read_text())["tips"][:TIPS]
    for tip in tips:
        tip |= {name: value.isoformat() for name, value in tip.items() if isinstance(value, datetime)}
        tip["identity"] = {"name": NAME, "phone": PHONE, "mode": "open" if tip["n"] % 2 else "confidential"}
        tip["text"] += "我是" + "，".join(SECRETS)
        tip["truth"].pop("duplicate_of", None)
    next(tip for tip in tips if tip["source"] == "hotline" and tip["kind"] == "tip")["external_no"] = MARKER
    written = folder / DEFAULT_TIPS.name
    written.write_text(yaml.safe_dump({"tips": tips}, allow_unicode=True, sort_keys=False))
    return written


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("canary")
    found = Played(folder / "data", "--tips", str(planted(folder)))
    try:
        found.table()
        yield found
    finally:
        found.stop()


def tables(data: Path) -> Iterator[tuple[str, bytes]]:
    """Every table of every database, the vault's ciphertext among them, copied out."""
    dsn = state.read(data)["postgres"]["dsn"]
    for database in DATABASES:
        with psycopg.connect(dsn, dbname=database, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            names = connection.execute(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
                " WHERE schemaname <> 'information_schema'"
            ).fetchall()
            for (name,) in names:
                with connection.cursor().copy(f"COPY {name} TO STDOUT") as rows:
                    yield f"{database} {name}", b"".join(bytes(row) for row in rows)


def answers(played: Played) -> Iterator[tuple[str, bytes]]:
    """Feeds, metrics, what an auditor reads of each case, and the words of its letters."""
    for service, events in played.feeds().items():
        yield f"feed of {service}", str(events).encode()
    for service, entry in state.read(played.data)["services"].items():
        yield f"metrics of {service}", httpx.get(f"http://127.0.0.1:{entry['port']}/metrics", timeout=30).content
    command = [sys.executable, "-P", "-m", "deploy.cli", "token", "--role", "auditor", "--data", str(played.data)]
    token = subprocess.check_output(command, text=True, env=ENVIRONMENT).strip()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{played.port}", headers=headers, timeout=30) as client:
        for row in client.get("/api/cases/v1/cases", params={"limit": 200}).raise_for_status().json()["items"]:
            case: dict[str, Any] = client.get(f"/api/cases/v1/cases/{row['case']}").raise_for_status().json()
            yield f"case {row['case']}", str(case).encode()
            yield f"history of {row['case']}", client.get(f"/api/cases/v1/cases/{row['case']}/history").content
            for letter in case["letters"]:
                sheet = client.get(letter["pdf"]).raise_for_status().content
                words = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(sheet)).pages)
                yield f"letter {letter['number']}", "".join(words.split()).encode() + sheet


def test_who_gave_the_tips_is_found_in_nothing_that_a_whole_campaign_leaves_behind(played: Played) -> None:
    places = dict(tables(played.data)) | dict(answers(played))
    places |= {str(path): path.read_bytes() for path in played.data.rglob("*") if path.is_file()}
    assert found_in(places, SECRETS) == set()
    marked = {place for _, place in found_in(places, [MARKER])}
    assert any(place.startswith("bihuan_cases ") for place in marked)
    assert any("/postgres/" in place and "pg_wal" in place for place in marked)
    assert any("/nats/" in place for place in marked)
    assert {f"feed of {service}" for service in SERVICES} <= set(places)
    assert any(place.startswith("letter ") for place in places)
    assert any("/logs/cases" in place for place in places)
