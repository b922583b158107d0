"""Mail as it goes over the wire: plain text in UTF-8 (RFC 5322, 8.3 of it by `email`), sent with the standard library.

Blocking: the channel calls it in a thread. One connection carries a batch; where none can be had, the whole batch has
failed at once. A password is never sent in plain text, except to this very machine.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import takewhile
from uuid import UUID

from services.notify.config import MailServer

TIMEOUT = 10.0
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_SUBJECT_END = "："
MOST = 50
"""Reminders that one mail spells out; it says how many more there are."""


class PasswordInPlainText(smtplib.SMTPException):
    """The server offers no encryption, and a password is set: use smtps:// or a server that offers STARTTLS."""


@dataclass(frozen=True, slots=True)
class Line:
    """One reminder, and where it is dealt with."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of one reminder or of several, the most urgent first. `addresses`: person → address; links are
    absolute."""

    id: UUID
    addresses: Mapping[str, str]
    lines: tuple[Line, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: the persons whose address was refused, or why it did not go out at all."""

    refused: tuple[str, ...] = ()
    error: str | None = None


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The message. Its Message-ID is made of what it is of and to whom, the same however often it is sent."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(mail.addresses.values())
    message["Subject"] = _subject(mail.lines)
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers a machine
    message.set_content(f"{_body(mail.lines)}\n\n本邮件由系统发出，请勿回复。\n", charset="utf-8", cte="base64")
    return message


def _subject(lines: Sequence[Line]) -> str:
    first = lines[0].text.partition(_SUBJECT_END)[0]
    return f"【闭环】{first}" if len(lines) == 1 else f"【闭环】{first}等 {len(lines)} 项提醒"


def _body(lines: Sequence[Line]) -> str:
    if len(lines) == 1:
        return f"{lines[0].text}\n\n{lines[0].link}"
    told = [f"{n}. {line.text}\n   {line.link}" for n, line in enumerate(lines[:MOST], 1)]
    left = [f"另有 {len(lines) - MOST} 项，请登录后在“提醒”中查看。"] if len(lines) > MOST else []
    return "\n\n".join([f"共 {len(lines)} 项提醒，最急的在前：", *told, *left])


def send(server: MailServer, mails: Sequence[Mail], may_go_on: Callable[[], bool] = lambda: True) -> list[Outcome]:
    """One outcome for each message, in order, and none for those before which it may not go on any more.

    Never raises for what a server or a network does.
    """
    try:
        connection = _connect(server)
    except (OSError, smtplib.SMTPException) as error:
        return [Outcome(error=type(error).__name__)] * len(mails)
    try:
        return [_send(connection, server.sender, mail) for mail in takewhile(lambda _: may_go_on(), mails)]
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()


def _connect(server: MailServer) -> smtplib.SMTP:
    """An open connection, encrypted and signed in as far as the settings ask for it."""
    context = ssl.create_default_context()
    if server.tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        connection.ehlo()
        encrypted = server.tls
        if not encrypted and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
            encrypted = True
        if server.user is not None and server.password is not None:
            if not encrypted and server.host not in _THIS_MACHINE:
                raise PasswordInPlainText
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _send(connection: smtplib.SMTP, sender: str, mail: Mail) -> Outcome:
    try:
        refused = connection.send_message(compose(mail, sender), sender, list(mail.addresses.values()))
    except smtplib.SMTPResponseException as error:
        return Outcome(error=f"{type(error).__name__} {error.smtp_code}")
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(error=type(error).__name__)
    return Outcome(refused=tuple(person for person, address in mail.addresses.items() if address in refused))
