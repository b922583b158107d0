"""The drill: backed up while tips arrive, killed, restored into an empty folder: what was acknowledged is there."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from deploy.cli import backup, doctor, restore
from deploy.cli.examination import examine
from deploy.cli.proof import Proof
from deploy.local import backups, base_backup
from deploy.local.backups import Unusable
from deploy.local.layout import Layout, Lock
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.state import LOCK
from services.intake.cipher import Keyring, Unreadable, WrappedKey
from services.intake.domain.values import Ciphertext
from services.intake.vault import open_identity
from shared.kernel.contracts import SERVICES
from shared.kernel.roles import ROLES
from shared.platform.messaging import forks
from shared.platform.web.session import SessionSigner
from tests.deploy.waiting import eventually
from tests.support.waiting import address_when_ready

ROOT = Path(__file__).resolve().parents[2]
TEXT = "巴公镇有一家气站一直在给超期没检验的气瓶充装，夜里装车拉走，请查处。第 {n} 次反映。"
WHO = {"name": "测试甲", "phone": "13800000000"}
OPENED = "SELECT convert_from(state, 'UTF8')::json->'data'->>'tip' FROM stored_events WHERE topic = 'cases.CaseOpened'"


@dataclass
class Citizens:
    """Send tips one after another until they are told to stop; `acknowledged` are those that were answered 201."""

    url: str
    acknowledged: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def send(self) -> None:
        n = 0
        with httpx.Client(base_url=self.url, timeout=20, trust_env=False) as client:
            while not self.stopped.is_set():
                n += 1
                body: dict[str, Any] = {"text": TEXT.format(n=n)} | ({"identity": WHO} if n == 1 else {})
                try:
                    answer = client.post("/api/intake/v1/tips", json=body, headers={"Idempotency-Key": f"drill-{n}"})
                except httpx.TransportError:  # it was killed
                    return
                assert answer.status_code == 201, answer.text
                self.acknowledged.append(answer.json()["tip"])
                time.sleep(0.05)


@contextmanager
def installation(data: Path, code: Path = ROOT) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Everything over `data`, run by the tree `code`; its address. Killed at the end, if it was not before."""
    log = data.with_name("up.log")
    command = [sys.executable, "-P", "-m", "deploy.cli", "up", "--data", str(data), "--port", str(free_port())]
    many = os.environ | {"BIHUAN_RATE_FACTOR": "10000", "PYTHONPATH": str(code)}
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, cwd=code, env=many)
    try:
        yield address_when_ready(log, process), process
    finally:
        process.kill()
        process.wait()
        lock = Lock(Layout.of(data), LOCK)
        eventually(lambda: lock.holder() is None)


def as_(data: Path, role: str) -> dict[str, str]:
    """The header of a program that speaks for a role."""
    key = (data / "secrets" / "cases" / "session_private.pem").read_bytes()
    token = SessionSigner(key, ROLES).sign(f"p-{role}", role, "city", kind="api", life=timedelta(hours=1))
    return {"Authorization": f"Bearer {token}"}


def sign_a_letter(url: str, data: Path) -> str:
    """The director signs the letter of some case; its number."""
    with httpx.Client(base_url=url, timeout=30, trust_env=False, headers=as_(data, "director")) as client:
        cases = "/api/cases/v1/cases"
        items = eventually(lambda: client.get(cases, params={"state": "opened"}).json()["items"])
        answer = client.post(f"{cases}/{items[0]['case']}/transfer", json={})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["letter"])


@dataclass(frozen=True)
class Drill:
    """`before`: tips acknowledged before the backup began; `during`: how many more until it was complete."""

    restored: Path
    backup: Path
    secrets: Path
    before: list[str]
    during: int
    letter: str
    said: dict[str, Any]
    doctor: dict[str, Any]


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Drill:
    folder = tmp_path_factory.mktemp("drill")
    data, kept, secrets = folder / "data", folder / "backups", folder / "secrets"
    with installation(data) as (url, _):
        citizens = Citizens(url)
        sending = threading.Thread(target=citizens.send)
        sending.start()
        eventually(lambda: len(citizens.acknowledged) >= 15)
        before = list(citizens.acknowledged)
        letter = sign_a_letter(url, data)
        assert backup.main([str(kept), "--secrets", str(secrets), "--data", str(data)]) == 0
        during = len(citizens.acknowledged) - len(before)
        examined = io.StringIO()
        with redirect_stdout(examined):
            assert doctor.main(["--data", str(data), "--json"]) == 0, examined.getvalue()
    citizens.stopped.set()
    sending.join()
    restored = folder / "restored"
    command = ["restore", str(kept), "--secrets", str(secrets), "--data", str(restored), "--json"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "deploy.cli", *command],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (one,) = backups.complete_in(kept)
    return Drill(
        restored,
        one,
        secrets / one.name,
        before,
        during,
        letter,
        json.loads(done.stdout),
        json.loads(examined.getvalue()),
    )


def rows(server: EmbeddedPostgres, database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(make_conninfo(server.dsn(), dbname=database), autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def server(drill: Drill) -> Iterator[EmbeddedPostgres]:
    """The databases of what was restored."""
    with EmbeddedPostgres(drill.restored) as found:
        yield found


def test_the_restore_proves_itself(drill: Drill) -> None:
    assert drill.during > 0, "nobody sent anything while it was backed up"
    assert drill.said["held"], drill.said
    assert {one["what"].split()[0] for one in drill.said["findings"]} >= {"intake", "cases", "assessment", "notify"}


def test_who_restores_is_told_after_which_letter_to_ask_the_counties(drill: Drill) -> None:
    (told,) = [one["told"] for one in drill.said["findings"] if one["what"].startswith("交办书文号")]
    assert told.startswith(drill.letter)


def test_what_was_restored_begins_a_timeline_of_its_own(server: EmbeddedPostgres) -> None:
    """Others may have heard of what it has forgotten."""
    for service in SERVICES:
        begun = rows(server, f"bihuan_{service}", "SELECT reason FROM timelines")
        assert begun == [(forks.RESTORED,)]


def test_a_doctor_finds_nothing_bad_in_what_runs_well_and_has_looked_at_everything(drill: Drill) -> None:
    states = {line["what"]: line["state"] for line in drill.doctor["lines"]}
    assert set(states.values()) <= {"ok", "warn"}, drill.doctor
    assert {name: states[name] for name in ("ready", "lag", "timers", "parked", "backup")} == dict.fromkeys(
        ("ready", "lag", "timers", "parked", "backup"), "ok"
    )


def test_every_tip_acknowledged_before_the_backup_is_one_case_and_no_case_is_without_its_tip(
    drill: Drill, server: EmbeddedPostgres
) -> None:
    cases = Counter(tip for (tip,) in rows(server, "bihuan_cases", OPENED))
    tips = {str(tip) for (tip,) in rows(server, "bihuan_intake", "SELECT id FROM tips")}
    assert [tip for tip in drill.before if cases[tip] != 1] == []
    assert set(cases) <= tips
    assert max(cases.values()) == 1


def test_an_identity_is_read_with_the_secrets_of_the_backup_and_not_without(
    drill: Drill, server: EmbeddedPostgres
) -> None:
    query = """SELECT k.tip::text, k.aead_alg, k.wrapped_key, i.aead_alg, i.ciphertext
               FROM identities i JOIN subject_keys k USING (tip)"""
    ((tip, algorithm, wrapped, sealed_by, sealed),) = rows(server, "bihuan_vault", query)
    key = WrappedKey(algorithm, bytes(wrapped))
    kek = (drill.secrets / "intake" / "vault_kek").read_bytes()
    identity = open_identity(Keyring(kek).unwrap(UUID(tip), key), Ciphertext(sealed_by, sealed))
    assert identity.name == WHO["name"]
    with pytest.raises(Unreadable):
        Keyring(os.urandom(32)).unwrap(UUID(tip), key)
    manifest = (drill.backup / backups.MANIFEST).read_text()
    assert kek.hex() not in manifest
    assert kek not in b"".join(path.read_bytes() for path in drill.backup.rglob("*") if path.is_file())


def test_without_its_secrets_nothing_is_restored(
    drill: Drill, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert restore.main([str(drill.backup), "--data", str(tmp_path / "new")]) == 2
    assert "intake/vault_kek" in capsys.readouterr().err or not (drill.backup / backups.SECRETS).exists()
    assert list(tmp_path.iterdir()) == []


def test_a_byte_that_changed_on_the_way_is_found_in_the_file_that_has_it(drill: Drill, tmp_path: Path) -> None:
    copy, cluster = drill.backup / backups.CLUSTER, tmp_path / "cluster"
    base_backup.unpack(copy, cluster)
    base_backup.verify(copy, cluster)
    path = cluster / "global" / "pg_control"
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    with pytest.raises(Unusable, match="global/pg_control"):
        base_backup.verify(copy, cluster)
    path.write_bytes(whole)
    for log in (cluster / "pg_wal").glob("0*"):
        log.write_bytes(bytes(log.stat().st_size))
    with pytest.raises(Unusable, match="log"):
        base_backup.verify(copy, cluster)


def test_a_backup_that_is_cut_short_is_not_unpacked(drill: Drill, tmp_path: Path) -> None:
    whole = (drill.backup / backups.CLUSTER / base_backup.BASE).read_bytes()
    (tmp_path / base_backup.BASE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unusable, match=base_backup.BASE):
        base_backup.unpack(tmp_path, tmp_path / "cluster")


def test_how_far_a_handler_has_come_with_what_it_missed_is_no_position_in_a_feed(
    drill: Drill, server: EmbeddedPostgres
) -> None:
    """As it is after an upgrade that brought a new one."""
    rows(server, "bihuan_notify", "INSERT INTO consumer_positions VALUES ('cases/CaseTakenBack/1', 3, 0)")
    assert Proof(server.dsn(), backups.read(drill.backup))._consumers_behind() == []
    patient = replace(doctor.embedded(Layout.of(drill.restored), None), administrator=server.dsn())
    assert {line.what: line.state for line in examine(patient)}["lag"] == "ok"


def test_mails_that_failed_are_told_where_their_server_cannot_be_reached_from_here(
    drill: Drill, server: EmbeddedPostgres
) -> None:
    """As a doctor in a container sees it."""
    patient = replace(
        doctor.embedded(Layout.of(drill.restored), None),
        administrator=server.dsn(), smtp_url=lambda: "smtp://127.0.0.1:1", reaches_mail=False,
    )  # fmt: skip
    assert {line.what: line.state for line in examine(patient)}["mail"] == "ok"
    rows(
        server, "bihuan_notify",
        "INSERT INTO notices (id, unit, recipients, text, link, reminder, queued_at, state, attempts, reason, again_at)"
        " VALUES (gen_random_uuid(), 'city', '[]', '', '', gen_random_uuid(), now(), 'failed', 1, 'no route', now())",
    )  # fmt: skip
    (mail,) = [line for line in examine(patient) if line.what == "mail"]
    rows(server, "bihuan_notify", "DELETE FROM notices")
    assert mail.state == "bad"
    assert "no route" in mail.told


def test_a_proof_finds_what_is_not_as_it_must_be(drill: Drill, server: EmbeddedPostgres) -> None:
    """Last, because it spoils the databases."""
    timer, stream = "gen_random_uuid()", "'00000000-0000-7000-8000-000000000001'"
    insert = f"INSERT INTO timers (id, stream, kind, due, fired) VALUES ({timer}, {stream}, 'overdue', now(), {{}})"
    rows(server, "bihuan_cases", insert.format("'2026-01-01'"))
    proof = Proof(server.dsn(), backups.read(drill.backup))
    proof.of_the_databases(drill.restored / "secrets" / "intake")
    assert proof.held
    rows(server, "bihuan_cases", f"UPDATE timers SET fired = now() WHERE stream = {stream}")
    for version in (1, 2):
        caused = f"({stream}, {version}, 'notify.Reminded', '{{\"causation\":\"timer:1\"}}')"
        rows(server, "bihuan_notify", f"INSERT INTO stored_events VALUES {caused}")
    proof.of_the_timers()
    assert [one.what.split()[0] for one in proof.findings if not one.held] == ["cases", "notify"]
    rows(server, "bihuan_notify", f"DELETE FROM stored_events WHERE originator_id = {stream}")

    rows(server, "bihuan_intake", "DELETE FROM public_events WHERE sequence = 3")
    rows(server, "bihuan_cases", "UPDATE cases SET state = 'closed'")
    spoiled = Proof(server.dsn(), backups.read(drill.backup))
    spoiled.of_the_databases(drill.restored / "secrets" / "intake")
    assert sorted(one.what for one in spoiled.findings if not one.held) == [
        "cases 查询表 read tables", "intake 事件 feeds",
    ]  # fmt: skip
