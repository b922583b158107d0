"""What stays beside the services under docker compose: who heals read tables, and who backs up every night."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deploy.compose import heal, nightly
from deploy.local import backups

DAY = timedelta(days=1)


@contextmanager
def saying(checks: dict[str, str]) -> Iterator[str]:
    """The address of a service that is not ready, with these checks."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()
            self.wfile.write(json.dumps({"checks": checks}).encode())

        def log_message(self, *_: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/ready"
        server.shutdown()
        thread.join()


def noting(to: Path, code: int = 0) -> tuple[str, ...]:
    """A command that writes its arguments down."""
    return (sys.executable, "-c", f"import sys; open({str(to)!r}, 'a').write(' '.join(sys.argv[1:])); sys.exit({code})")


@pytest.mark.parametrize(
    ("checks", "started"),
    [
        ({"read tables": "cases 的数据库已恢复到较早状态"}, "notify --swap"),
        ({"read tables": "ok", "bus": "离线"}, ""),
        ({}, ""),
    ],
)
def test_read_tables_are_built_anew_where_a_service_says_that_they_show_what_is_forgotten_and_only_there(
    checks: dict[str, str], started: str, tmp_path: Path
) -> None:
    done, looked = tmp_path / "done", tmp_path / "looked"
    with saying(checks) as ready:
        heal.look("notify", ready, noting(done), looked)
    assert (done.read_text() if done.exists() else "") == started
    assert looked.exists() == bool(started), "else a long one would be taken for one that hangs"


def test_a_rebuild_that_fails_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with saying({"read tables": "to be done"}) as ready:
        heal.look("notify", ready, noting(tmp_path / "done", code=1), tmp_path / "looked")
    assert "could not be built anew" in capsys.readouterr().out


def backed_up(folder: Path, ago: timedelta) -> None:
    made = folder / backups.name_of(datetime.now(UTC) - ago)
    made.mkdir()
    (made / backups.MANIFEST).touch()


@pytest.mark.parametrize(
    ("ago", "begun", "well"),
    [(None, True, False), (timedelta(hours=1), False, True), (timedelta(hours=25), True, True), (2 * DAY, True, False)],
)
def test_a_backup_begins_when_the_newest_is_as_old_as_that_and_one_that_is_overdue_is_seen(
    ago: timedelta | None, begun: bool, well: bool, tmp_path: Path
) -> None:
    folder, done, current = tmp_path / "backups", tmp_path / "done", tmp_path / "current"
    folder.mkdir()
    if ago is not None:
        backed_up(folder, ago)
    (folder / backups.name_of(datetime.now(UTC))).mkdir()  # one that was ended half-way does not count
    nightly.step(folder, DAY, datetime.now(UTC), [*noting(done), "--keep"], current)
    assert done.exists() == begun
    assert current.exists() == well


def test_a_backup_that_failed_is_tried_again_a_while_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done, current = tmp_path / "done", tmp_path / "current"
    until = nightly.step(tmp_path, DAY, datetime.now(UTC), list(noting(done, code=1)), current)
    assert timedelta(minutes=4) < until - datetime.now(UTC) <= nightly.AGAIN
    assert "to be tried again" in capsys.readouterr().out
    done.unlink()
    assert nightly.step(tmp_path, DAY, until, list(noting(done)), current) == until
    assert not done.exists()


@pytest.mark.parametrize(("given", "seconds"), [("24h", 86400), ("90m", 5400), ("1d", 86400)])
def test_how_often_is_written_as_people_write_it(given: str, seconds: int) -> None:
    assert nightly.interval(given).total_seconds() == seconds


@pytest.mark.parametrize("given", ["", "24", "0h", "daily", "-1d", "1w"])
def test_how_often_is_refused_with_an_example_where_it_cannot_be(given: str) -> None:
    with pytest.raises(ValueError, match="24h, 90m, 1d"):
        nightly.interval(given)


@pytest.mark.parametrize(("every", "keep"), [("daily", "14"), ("24h", "0"), ("24h", "many")])
def test_who_sets_what_cannot_be_is_told_at_once(every: str, keep: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_BACKUP_EVERY", every)
    monkeypatch.setenv("BIHUAN_BACKUP_KEEP", keep)
    assert nightly.main() == 2
