"""What goes over the wire, to a real SMTP server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from services.notify.channels.smtp import Line, Mail, Outcome, send
from services.notify.config import MailServer
from tests.services.notify.mailbox import SENDER, Box, serving
from tests.services.notify.postroom import at

REMINDER = UUID("01800000-0000-5000-8000-000000000001")


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def server(box: Box) -> Iterator[MailServer]:
    with serving(box) as server:
        yield server


def mail(*addresses: str, text: str = "期限提醒：交办件须在 2022年2月11日24:00 前反馈。") -> Mail:
    people = {f"p-{n}": address for n, address in enumerate(addresses, 1)}
    return Mail(REMINDER, people, (Line(text, "http://bihuan.example/cases/1"),), at("2022-02-10 09:00"))


def test_a_reminder_is_plain_text_in_utf_8_with_its_own_message_id(server: MailServer, box: Box) -> None:
    assert send(server, [mail("a@jincheng.example", "b@jincheng.example")]) == [Outcome()]
    (envelope,), (message,) = box.envelopes, box.messages
    assert envelope.rcpt_tos == ["a@jincheng.example", "b@jincheng.example"]
    assert message["Message-ID"] == f"<{REMINDER}@jincheng.example>"
    assert (message["Subject"], message["From"]) == ("【闭环】期限提醒", SENDER)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Thu, 10 Feb 2022 09:00:00 +0800"
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    body = message.get_content()
    assert body.startswith("期限提醒：交办件须在 2022年2月11日24:00 前反馈。\n")
    assert "http://bihuan.example/cases/1" in body


def test_what_is_sent_again_is_recognisable(server: MailServer, box: Box) -> None:
    for _ in range(2):
        send(server, [mail("a@jincheng.example")])
    ids = [message["Message-ID"] for message in box.messages]
    assert (len(ids), len(set(ids))) == (2, 1)


def test_an_address_that_is_refused_is_told_and_the_others_get_their_mail(server: MailServer, box: Box) -> None:
    (outcome,) = send(server, [mail("a@jincheng.example", "gone@jincheng.example")])
    assert outcome == Outcome(refused=("p-2",))
    assert len(box.envelopes) == 1


def test_a_message_that_nobody_takes_has_failed_and_the_next_one_goes_out(server: MailServer, box: Box) -> None:
    outcomes = send(server, [mail("gone@jincheng.example"), mail("a@jincheng.example")])
    assert outcomes == [Outcome(error="SMTPRecipientsRefused"), Outcome()]


def test_a_server_that_is_full_is_told_by_its_code(server: MailServer, box: Box) -> None:
    box.full = True
    assert send(server, [mail("a@jincheng.example")]) == [Outcome(error="SMTPDataError 452")]


def test_a_dead_server_fails_the_whole_batch_at_once() -> None:
    dead = MailServer("127.0.0.1", 1, False, SENDER)
    assert send(dead, [mail("a@jincheng.example")] * 3) == [Outcome(error="ConnectionRefusedError")] * 3


@pytest.mark.parametrize(
    ("password", "outcome"), [("right", Outcome()), ("wrong", Outcome(error="SMTPAuthenticationError"))]
)
def test_a_password_is_used(server: MailServer, password: str, outcome: Outcome) -> None:
    signed = MailServer(server.host, server.port, False, SENDER, "user", password)
    assert send(signed, [mail("a@jincheng.example")]) == [outcome]


def test_a_password_does_not_travel_in_plain_text(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notify.channels.smtp._THIS_MACHINE", frozenset())
    signed = MailServer(server.host, server.port, False, SENDER, "user", "right")
    assert send(signed, [mail("a@jincheng.example")]) == [Outcome(error="PasswordInPlainText")]


def test_a_server_that_does_not_speak_tls_is_not_spoken_to_in_plain_text(server: MailServer, box: Box) -> None:
    (outcome,) = send(MailServer(server.host, server.port, True, SENDER), [mail("a@jincheng.example")])
    assert outcome.error == "SSLError"
    assert box.envelopes == []
