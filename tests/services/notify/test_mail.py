"""Reminders by mail: to whom, what is recorded of each attempt, when it is tried again and when given up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from services.notify.channels.smtp import Outcome
from services.notify.config import MailServer, read
from services.notify.rules.reminding import those_who_hold_the_role_in_the_unit_are_reminded
from shared.platform.messaging.settings import SettingMissing
from tests.services.notify import trouble
from tests.services.notify.postroom import CAMPAIGN, PostRoom
from tests.support import life
from tests.support.running import case_id

CASE = case_id(1)
PAUSES = [timedelta(minutes=minutes) for minutes in CAMPAIGN.reminders.retry_minutes]


@pytest.fixture
def room() -> PostRoom:
    """A case of whose escalation the principal is told, on the next working day in the morning."""
    room = PostRoom(by_mail=True)
    room.told_by_cases(life.opened(CASE), life.escalated(CASE))
    room.wait_until("2022-01-21 09:00")
    return room


def notice(room: PostRoom) -> tuple[str, int, str | None]:
    """That of the principal; the deputy's fares alike."""
    row, _ = room.tables["notices"].values()
    return row["state"], row["attempts"], row.get("reason")


def test_a_reminder_waits_to_go_out_to_those_who_hold_the_role(room: PostRoom) -> None:
    (sent,) = room.tables["outgoing"].values()
    assert [(row["reminder"], row["recipients"], row["text"]) for row in room.tables["notices"].values()] == [
        (sent["reminder"], (person,), sent["text"]) for person in ("p-zezhou", "p-zezhou-deputy")
    ]
    assert notice(room) == ("waiting", 0, None)


def test_a_planned_reminder_waits_once_its_instant_has_come() -> None:
    room = PostRoom(by_mail=True)
    room.told_by_cases(life.opened(CASE), life.transferred(CASE))
    assert room.tables["notices"] == {}
    room.wait_until("2022-02-10 12:00")
    assert {row["recipients"] for row in room.tables["notices"].values()} == {("p-zezhou-1",), ("p-zezhou-2",)}


def test_without_a_server_nothing_waits() -> None:
    room = PostRoom()
    room.told_by_cases(life.opened(CASE), life.escalated(CASE))
    assert room.tables["notices"] == {}


def test_what_was_taken_is_sent_and_asked_for_no_more(room: PostRoom) -> None:
    room.mail()
    assert notice(room) == ("sent", 1, None)
    assert room.planned == []


def test_no_event_holds_an_address(room: PostRoom) -> None:
    room.mail(refused=("p-zezhou",))
    assert not [event for event in room.events() if "@" in str(vars(event))]


def test_a_failure_is_recorded_and_tried_again_after_a_pause(room: PostRoom) -> None:
    room.mail(error="ConnectionRefusedError")
    assert notice(room) == ("failed", 1, "ConnectionRefusedError")
    room.wait_until(f"{room.clock.now() + PAUSES[0]:%Y-%m-%d %H:%M}")
    assert notice(room)[0] == "waiting"
    room.mail()
    assert notice(room)[:2] == ("sent", 2)


def test_the_pauses_grow_and_then_it_is_given_up(room: PostRoom) -> None:
    for pause in PAUSES:
        failed_at = room.clock.now()
        room.mail(error="TimeoutError")
        timer, _ = room.timers.values()
        assert timer.due == failed_at + pause
        room.wait_until(f"{timer.due:%Y-%m-%d %H:%M}")
    room.wait_until("2022-01-24 09:00")  # the last pause ended on Friday night
    room.mail(error="TimeoutError")
    assert notice(room) == ("failed", len(PAUSES) + 1, "TimeoutError")
    assert room.timers == {}


def test_telling_twice_that_it_was_sent_is_telling_once(room: PostRoom) -> None:
    id_, _ = room.tables["notices"]
    for _ in range(2):
        room.record(id_, Outcome())
    assert notice(room)[:2] == ("sent", 1)


def test_the_enforcement_team_has_no_seats_and_is_reached_at_home() -> None:
    people = those_who_hold_the_role_in_the_unit_are_reminded(CAMPAIGN, "group", "enforcement-team")
    assert {person.unit for person in people} == {"enforcement-team"}
    room = PostRoom(by_mail=True)
    room.told_by_cases(life.opened(CASE), trouble.assigned(CASE, verifier="enforcement-team"))
    assert [row["recipients"] for row in room.tables["notices"].values()] == [(person.id,) for person in people]


# --- settings ---

BASE = {
    "BIHUAN_HTTP_PORT": "1", "BIHUAN_POSTGRES_DSN": "x", "BIHUAN_POSTGRES_READER_DSN": "x", "BIHUAN_ACCESS_DSN": "x",
    "BIHUAN_NATS_URL": "x", "BIHUAN_CAMPAIGN": "x",
}  # fmt: skip


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "session_public.pem").write_bytes(b"key")
    return BASE | {"BIHUAN_SECRETS": str(folder)}


def test_without_a_url_there_is_no_mail(environment: dict[str, str]) -> None:
    assert read(environment).mail is None


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", ("mail.example", 25, False, None, None)),
        ("smtps://u%40x:p%3Aw@mail.example", ("mail.example", 465, True, "u@x", "p:w")),
        ("smtp://u:p@[::1]:2525", ("::1", 2525, False, "u", "p")),
    ],
)
def test_a_url_says_where_the_server_is(environment: dict[str, str], url: str, server: tuple[object, ...]) -> None:
    found = read(environment | {"BIHUAN_SMTP_URL": url, "BIHUAN_SMTP_SENDER": "bihuan@jincheng.example"}).mail
    assert found is not None
    assert (found.host, found.port, found.tls, found.user, found.password) == server


@pytest.mark.parametrize(
    ("url", "sender", "named"),
    [
        ("http://mail.example", "a@b.example", "BIHUAN_SMTP_URL"),
        ("smtp://mail.example:port", "a@b.example", "BIHUAN_SMTP_URL"),
        ("smtp://", "a@b.example", "BIHUAN_SMTP_URL"),
        ("smtp://mail.example", "", "BIHUAN_SMTP_SENDER"),
        ("smtp://mail.example", "nobody", "BIHUAN_SMTP_SENDER"),
    ],
)
def test_a_setting_that_cannot_be_is_named(environment: dict[str, str], url: str, sender: str, named: str) -> None:
    with pytest.raises(SettingMissing, match=named):
        read(environment | {"BIHUAN_SMTP_URL": url, "BIHUAN_SMTP_SENDER": sender})


def test_the_address_may_be_in_a_file_so_that_no_password_is_in_the_environment(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "smtp_url"
    told = environment | {"BIHUAN_SMTP_URL_FILE": str(file), "BIHUAN_SMTP_SENDER": "bihuan@jincheng.example"}
    with pytest.raises(SettingMissing, match="BIHUAN_SMTP_URL_FILE"):
        read(told)
    file.write_text("smtps://u:p@mail.example\n")
    found = read(told).mail
    assert found is not None
    assert (found.host, found.user, found.password) == ("mail.example", "u", "p")
    file.write_text("")
    assert read(told).mail is None


def test_a_password_is_not_shown() -> None:
    assert "geheim" not in repr(MailServer("h", 25, False, "a@b.example", "u", "geheim"))
