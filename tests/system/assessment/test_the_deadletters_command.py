"""`./bihuan deadletters`: an operator at a terminal lists, looks, and replays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from deploy.cli.deadletters import main
from deploy.local import state
from deploy.local.layout import Layout, Lock
from deploy.local.ports import free_port
from shared.platform.event_store.ids import new_id
from tests.support import life
from tests.support.life import OPENED
from tests.support.running import PRIVATE_PEM, Running, case_id
from tests.support.waiting import until

NOBODYS = "not-a-case"
"""A case by a name that is no identifier: its events can be read, but not taken in."""
Bihuan = Callable[..., Awaitable[int]]


@pytest.fixture
async def data(assessment: Running, tmp_path: Path) -> AsyncIterator[Path]:
    """The data directory of a running installation, whose gateway leads to this service."""
    layout = Layout.of(tmp_path / "data")
    layout.create()
    key = layout.secrets / "cases" / "session_private.pem"
    key.parent.mkdir()
    key.write_bytes(PRIVATE_PEM)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(assessment.app, port=port, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    lock = Lock(layout, state.LOCK)
    lock.acquire()
    state.write(layout, {"http": f"http://127.0.0.1:{port}", "services": {}, "servers": {}})
    yield layout.data
    lock.release()
    server.should_exit = True
    await serving


@pytest.fixture
def bihuan(data: Path) -> Bihuan:
    """Types `./bihuan deadletters …`; the exit code."""

    async def typed(*words: str) -> int:
        return await asyncio.to_thread(main, [*words, "--data", str(data)])

    return typed


async def poisoned(service: Running) -> None:
    await service.feed.say(life.opened(NOBODYS), life.opened(case_id(1)), life.transferred(NOBODYS), at=OPENED)
    await service.caught_up()


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


async def test_the_list_names_each_letter_its_case_and_why(
    assessment: Running, bihuan: Bihuan, capsys: pytest.CaptureFixture[str]
) -> None:
    await poisoned(assessment)
    assert await bihuan("list", "--service", "assessment") == 0
    said = capsys.readouterr().out
    assert "cases/1" in said
    assert "CaseOpened" in said
    assert "ValueError" in said
    assert await bihuan("list", "--service", "assessment", "--json") == 0
    items = printed(capsys)["items"]
    assert [(one["service"], one["producer"], one["sequence"]) for one in items] == [
        ("assessment", "cases", 1), ("assessment", "cases", 3),
    ]  # fmt: skip


async def test_an_empty_list_says_so(assessment: Running, bihuan: Bihuan, capsys: pytest.CaptureFixture[str]) -> None:
    assert await bihuan("list", "--service", "assessment") == 0
    assert "没有未能处理的事件" in capsys.readouterr().out


async def test_show_prints_the_whole_event_and_finds_whose_it_is(
    assessment: Running, bihuan: Bihuan, capsys: pytest.CaptureFixture[str]
) -> None:
    await poisoned(assessment)
    assert await bihuan("show", "cases/3") == 0
    found = printed(capsys)
    assert (found["service"], found["event"]["data"]["letter"]) == ("assessment", "（特设）移〔2022〕17号")


async def test_a_replay_that_fails_again_is_found_wanting_and_says_why(
    assessment: Running, bihuan: Bihuan, capsys: pytest.CaptureFixture[str]
) -> None:
    await poisoned(assessment)
    assert await bihuan("replay", "cases/3") == 1
    assert "cases/1 仍未能处理，还有 2 个事件搁置" in capsys.readouterr().err


async def test_a_replay_that_succeeds_says_that_the_case_flows_again(
    assessment: Running, bihuan: Bihuan, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await poisoned(assessment)
    monkeypatch.setattr("services.assessment.projections.UUID", lambda _: case_id(9))
    assert await bihuan("replay", "cases/1", "--json") == 0
    assert printed(capsys)["replayed"] == [1, 3]
    row = "SELECT state, letter FROM case_facts WHERE case_id = %s"
    assert assessment.database.rows(row, (case_id(9),)) == [("transferred", "（特设）移〔2022〕17号")]
    assert await bihuan("replay", "cases/1") == 1
    assert "已重放" in capsys.readouterr().err


async def test_a_parked_timer_is_listed_and_replaying_it_has_it_tried_once_more(
    assessment: Running, bihuan: Bihuan, capsys: pytest.CaptureFixture[str]
) -> None:
    timer = new_id()
    assessment.database.rows(
        """INSERT INTO timers (id, stream, kind, due, attempts, error, parked)
           VALUES (%s, %s, 'reminder', '2000-01-01', 40, 'NotYetMended: no such column', now())""",
        (timer, new_id()),
    )
    assert await bihuan("list") == 1, "the other services are not there"
    assert await bihuan("list", "--service", "assessment") == 0
    said = capsys.readouterr().out
    assert f"timer/{timer}  reminder" in said
    assert "NotYetMended: no such column" in said
    assert await bihuan("list", "--service", "assessment", "--json") == 0
    assert [(one["kind"], one["timer"]) for one in printed(capsys)["items"]] == [("timer", str(timer))]
    assert await bihuan("show", f"timer/{timer}", "--service", "assessment") == 0
    assert printed(capsys)["attempts"] == 40
    assert await bihuan("replay", f"timer/{timer}", "--service", "assessment") == 0
    await until(lambda: assessment.database.rows("SELECT 1 FROM timers WHERE parked IS NOT NULL AND attempts = 41"))
    assert await bihuan("replay", f"timer/{new_id()}", "--service", "assessment") == 2
    assert "deadletters list" in capsys.readouterr().err


@pytest.mark.parametrize("letter", ["cases", "12", "cases/", "cases/x", "cases/77"])
async def test_who_names_no_letter_is_told_what_to_type(
    bihuan: Bihuan, capsys: pytest.CaptureFixture[str], letter: str
) -> None:
    assert await bihuan("show", letter) == 2
    assert "/" in capsys.readouterr().err


async def test_a_service_that_does_not_answer_is_named(
    data: Path, bihuan: Bihuan, capsys: pytest.CaptureFixture[str]
) -> None:
    state.write(Layout.of(data), {"http": f"http://127.0.0.1:{free_port()}", "services": {}, "servers": {}})
    assert await bihuan("list", "--service", "notify") == 1
    assert capsys.readouterr().err.startswith("notify: ")


def test_where_nothing_runs_it_says_how_to_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--data", str(tmp_path)]) == 1
    assert "./bihuan up" in capsys.readouterr().err
