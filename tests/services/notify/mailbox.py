"""A real SMTP server on this machine, and the box that its mail falls into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from deploy.local.ports import free_port
from services.notify.config import MailServer

SENDER = "bihuan@jincheng.example"


class Box:
    """Takes mail; refuses an address that begins with `gone`, and every message while `full`."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.full = False

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:
        if address.startswith("gone"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        if self.full:
            return "452 insufficient storage"
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def messages(self) -> list[EmailMessage]:
        """What was taken, in order."""
        return [message_from_bytes(cast(bytes, one.content), policy=default) for one in self.envelopes]


@contextmanager
def serving(box: Box, port: int | None = None) -> Iterator[MailServer]:
    """A server that puts mail into `box` and knows the password `right`."""
    where = port or free_port()
    controller = Controller(
        box, hostname="127.0.0.1", port=where, auth_require_tls=False, authenticator=_authenticate
    )  # fmt: skip
    controller.start()
    try:
        yield MailServer("127.0.0.1", where, False, SENDER)
    finally:
        controller.stop()


def _authenticate(*arguments: object) -> AuthResult:
    auth = arguments[-1]
    return AuthResult(success=getattr(auth, "password", b"") == b"right", handled=False)
