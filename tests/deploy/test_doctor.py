"""Somebody whose installation is unwell is told what it is, and what to type."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from deploy.cli import doctor, examination, judging
from deploy.cli.judging import COMPOSED, GIB, Line
from deploy.compose import doctor as composed
from deploy.local import backups
from deploy.local.credentials import make_secrets, nkey_public_keys, role_password
from deploy.local.layout import Layout
from deploy.nats import certificates
from deploy.postgres.roles import ROLES
from deploy.postgres.server import ADMINISTRATOR

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
APPLIED = {"cases": ["cases/0001_cases.sql"]}


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (judging.disk("/data", 100 * GIB, 200 * GIB), "ok"),
        (judging.disk("/data", 6 * GIB, 200 * GIB), "warn"),
        (judging.disk("/data", 4 * GIB, 8 * GIB), "warn"),
        (judging.disk("/data", GIB - 1, 8 * GIB), "bad"),
        (judging.clock(NOW, {"postgres": NOW + timedelta(seconds=1)}), "ok"),
        (judging.clock(NOW, {"files": NOW, "postgres": NOW - timedelta(minutes=3)}), "bad"),
        (judging.calendar(date(2026, 11, 1), {2025, 2026}, simulated=False), "ok"),
        (judging.calendar(date(2026, 12, 1), {2025, 2026}, simulated=False), "warn"),
        (judging.calendar(date(2027, 1, 1), {2025, 2026}, simulated=False), "bad"),
        (judging.calendar(date(2027, 1, 1), {2025, 2026}, simulated=True), "ok"),
        (judging.postgres_version("18.4", date(2026, 11, 27)), "warn"),
        (judging.postgres_version("18.6", date(2026, 11, 11)), "ok"),
        (judging.postgres_version("18.6", date(2026, 11, 12)), "warn"),
        (judging.postgres_version("18.7", date(2026, 11, 27)), "ok"),
        (judging.postgres_version("19.1", date(2026, 11, 27)), "warn"),
        (judging.migrations(APPLIED, APPLIED), "ok"),
        (judging.migrations({"cases": []}, APPLIED), "warn"),
        (judging.migrations(APPLIED, {"cases": []}), "bad"),
        (judging.ready({"cases": True}), "ok"),
        (judging.ready({"cases": True, "intake": False}), "bad"),
        (judging.missing_secrets([]), "ok"),
        (judging.missing_secrets(["intake/vault_kek"]), "bad"),
        (judging.open_secrets({"intake/vault_kek": 0o644}), "bad"),
        (judging.halves(["notify/session_public.pem"]), "bad"),
        (judging.certificate("gateway", NOW + timedelta(days=90), NOW, key_matches=True), "ok"),
        (judging.certificate("gateway", NOW + timedelta(days=20), NOW, key_matches=None), "warn"),
        (judging.certificate("gateway", NOW, NOW, key_matches=True), "bad"),
        (judging.certificate("gateway", NOW + timedelta(days=90), NOW, key_matches=False), "bad"),
        (judging.mail(None, None), "ok"),
        (judging.mail("mail.example:465", None), "ok"),
        (judging.mail("mail.example:465", "refused"), "bad"),
        (judging.parked({"cases": 0}, {"cases": 0}), "ok"),
        (judging.parked({"cases": 0}, {"cases": 1}), "warn"),
        (judging.parked({"cases": 1}, {"cases": 0}), "warn"),
        (judging.late_timers({"cases": (3, timedelta(seconds=30))}), "ok"),
        (judging.late_timers({"cases": (1, HOUR)}), "bad"),
        (judging.lag({"cases → bus": 1000}), "ok"),
        (judging.lag({"cases → bus": 1001}), "bad"),
        (judging.backup(NOW - HOUR, True, NOW), "ok"),
        (judging.backup(None, False, NOW), "warn"),
        (judging.backup(NOW - HOUR, False, NOW), "warn"),
        (judging.backup(NOW - 27 * HOUR, True, NOW), "warn"),
        (judging.backup(NOW - 200 * HOUR, True, NOW), "bad"),
        (judging.backup(NOW - 2 * HOUR, True, NOW, HOUR), "warn"),
        (judging.backup(NOW - 8 * HOUR, True, NOW, HOUR), "bad"),
    ],
)
def test_each_fact_is_judged_and_what_is_not_well_says_what_to_type(line: Line, state: str) -> None:
    assert line.state == state
    assert bool(line.do) == (state != "ok"), line


@pytest.mark.parametrize(
    "line",
    [
        judging.postgres_version("18.4", date(2026, 11, 27), COMPOSED),
        judging.migrations({"cases": []}, APPLIED, COMPOSED),
        judging.migrations(APPLIED, {"cases": []}, COMPOSED),
        judging.ready({"intake": False}, COMPOSED),
        judging.certificate("bus", NOW, NOW, key_matches=True, typed=COMPOSED),
        judging.parked({"cases": 1}, {}, COMPOSED),
        judging.late_timers({"cases": (1, HOUR)}, COMPOSED),
        judging.backup(None, False, NOW, typed=COMPOSED),
    ],
)
def test_who_runs_containers_is_told_what_is_typed_beside_them(line: Line) -> None:
    assert "docker compose" in line.do
    assert "bihuan" not in line.do


def test_a_doctor_in_a_container_says_so_where_nothing_is_installed_or_a_setting_cannot_be(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["deploy.compose", "doctor"])
    monkeypatch.setattr(composed, "LAYOUT", Layout.of(tmp_path / "none"))
    assert composed.main() == 2
    assert "docker compose up" in capsys.readouterr().err
    monkeypatch.setattr(composed, "LAYOUT", layout)
    monkeypatch.setenv("BIHUAN_BACKUP_EVERY", "nightly")
    assert composed.main() == 2
    assert "24h" in capsys.readouterr().err


def test_the_calendar_of_postgresql_has_its_second_thursdays() -> None:
    assert judging._next_release(date(2026, 8, 13)) == date(2026, 11, 12)
    assert judging._next_release(date(2026, 11, 12)) == date(2027, 2, 11)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An installation that was used, and does not run."""
    found = Layout.of(tmp_path / "data")
    found.create()
    make_secrets(found)
    nkey_public_keys(found)
    for role in (*ROLES, ADMINISTRATOR):
        role_password(found, role)
    (found.postgres / "18").mkdir()
    return found


def examined(layout: Layout, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code, and what it said by line."""
    code = doctor.main(["--data", str(layout.data), "--json"])
    return code, {line["what"]: line for line in json.loads(capsys.readouterr().out)["lines"]}


def test_what_does_not_run_is_looked_at_as_far_as_that_goes(
    layout: Layout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BIHUAN_SMTP_URL", raising=False)
    code, lines = examined(layout, capsys)
    assert code == 0
    assert {what for what, line in lines.items() if line["state"] == "unseen"} == {"version", "ready", "flow"}
    assert {lines[what]["state"] for what in ("disk", "clock", "secrets", "permissions", "key pairs", "mail")} == {"ok"}


@pytest.mark.parametrize(
    ("harm", "what", "named"),
    [
        (lambda secrets: (secrets / "intake" / "vault_kek").unlink(), "secrets", "intake/vault_kek"),
        (lambda secrets: (secrets / "cases" / "session_private.pem").chmod(0o644), "permissions", "session_private"),
        (lambda secrets: (secrets / "notify" / "session_public.pem").write_bytes(b"x"), "key pairs", "notify"),
        (
            lambda secrets: (secrets / "notify" / "events_from_cases").write_bytes(b"x"),
            "key pairs",
            "events_from_cases",
        ),
    ],
)
def test_harm_done_to_the_secrets_is_named(
    layout: Layout, harm: Callable[[Path], object], what: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(layout.secrets)
    code, lines = examined(layout, capsys)
    assert code == 1
    assert lines[what]["state"] == "bad"
    assert named in lines[what]["told"]


def test_the_backup_that_was_remembered_is_judged(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    backup = layout.data.parent / backups.name_of(datetime.now(UTC))
    backups.remember(layout, backup)
    assert examined(layout, capsys)[1]["backup"]["state"] == "warn"
    backup.mkdir()
    (backup / backups.MANIFEST).touch()
    assert examined(layout, capsys)[1]["backup"]["state"] == "ok"


def test_a_mail_server_that_does_not_answer_is_bad(
    layout: Layout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIHUAN_SMTP_URL", "smtp://127.0.0.1:1")
    assert examined(layout, capsys)[1]["mail"]["state"] == "bad"


def test_a_certificate_is_looked_at_with_its_key(
    layout: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIHUAN_CERTIFICATE_FOLDER", str(tmp_path))
    key = certificates.new_key()
    (tmp_path / "tls.crt").write_bytes(certificates.authority(key, b"", datetime.now(UTC)))
    (tmp_path / "tls.key").write_bytes(key)
    assert examined(layout, capsys)[1]["certificate tls.crt"]["state"] == "ok"
    (tmp_path / "tls.key").write_bytes(certificates.new_key())
    code, lines = examined(layout, capsys)
    assert (code, lines["certificate tls.crt"]["state"]) == (1, "bad")
    (tmp_path / "tls.crt").unlink()
    assert examined(layout, capsys)[1]["certificates"]["state"] == "bad"


def test_a_look_that_fails_is_a_line_and_hinders_no_other(
    layout: Layout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: examination.Patient) -> list[Line]:
        raise psycopg.OperationalError("no connection")

    monkeypatch.setattr(examination, "LOOKS", [("flow", fails), *examination.LOOKS[:1]])
    code, lines = examined(layout, capsys)
    assert code == 1
    assert (lines["flow"]["state"], lines["disk"]["state"]) == ("bad", "ok")


def test_where_nothing_is_installed_it_says_how_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main(["--data", str(tmp_path / "none")]) == 2
    assert "./bihuan up" in capsys.readouterr().err
