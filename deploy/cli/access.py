"""What the operators' commands share: which installation is meant, and its access database.

They speak to the database with the installation's own credentials, so whoever can read its secrets may: that is what an
administrator of one machine is. A command that is given an installation (docker compose) has no option for it.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import psycopg

from deploy.local import state
from deploy.local.installation import Embedded, Installation
from services.cases.access.administration import Administration, Exists, NoSuchThing
from services.cases.access.passwords import WeakPassword
from shared.kernel.contracts import SERVICES
from shared.platform.web.session import SessionSigner

LOOK_SECONDS = 5.0
COMMAND_LIFE = timedelta(minutes=10)
# a proxy from the environment has no business between us and our own services
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class UsedWrongly(Exception):
    """What was typed cannot be done; the message says what to type."""


class NoAnswer(Exception):
    """A service did not answer, or answered with a problem; the message is its sentence."""


Arguments = ParamSpec("Arguments")


def told(command: Callable[Arguments, int]) -> Callable[Arguments, int]:
    """The command with what goes wrong told on standard error, and an exit code for it: 2 where it was used wrongly, 1
    where what it needs is away."""

    @wraps(command)
    def run(*arguments: Arguments.args, **named: Arguments.kwargs) -> int:
        try:
            return command(*arguments, **named)
        except (UsedWrongly, WeakPassword) as error:
            print(error, file=sys.stderr)
            return 2
        except (state.NotRunning, NoAnswer, psycopg.Error, OSError) as error:
            print(error, file=sys.stderr)
            return 1

    return run


def typed(given: Installation | None) -> str:
    """What a person types before the name of a command."""
    return given.typed if given is not None else Embedded.typed


def add_data_option(parser: argparse.ArgumentParser, given: Installation | None = None) -> None:
    """--data, where the installation is not given."""
    if given is not None:
        parser.set_defaults(data=None)
        return
    places = " 或 / or ".join(str(place) for place in state.PLACES)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=f"数据目录，不写则用在运行的 / data directory, or where it runs: {places}",
    )


def chosen(given: Path | None) -> Path:
    """The data directory that is meant; says which one where nobody named it. Raises UsedWrongly."""
    try:
        data = state.chosen(given)
    except state.SeveralRun as error:
        raise UsedWrongly(str(error)) from error
    if given is None:
        print(f"所用安装 / installation: {data}", file=sys.stderr)
    return data


def meant(data: Path | None, given: Installation | None) -> Installation:
    """The installation that was given, else the one over the data directory that is meant. Raises UsedWrongly."""
    return given if given is not None else Embedded(chosen(data))


@contextmanager
def administration(installation: Installation) -> Iterator[Administration]:
    """Who may sign in to this installation. Raises NotRunning, psycopg.Error, OSError."""
    dsn = installation.dsn("bihuan_access")
    pepper = (installation.secrets / "cases" / "address_pepper").read_bytes()
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield Administration(connection, pepper)


def signing_key(installation: Installation) -> bytes:
    """The key with which *cases* signs. Raises UsedWrongly."""
    path = installation.secrets / "cases" / "session_private.pem"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsedWrongly(f"还没有安装 / nothing is installed there. 先运行 / first: {installation.start}") from None
    except PermissionError:
        raise UsedWrongly(
            f"无权读取 {path} / may not read it. 请用安装时的用户 / use the user that installed it"
        ) from None


def operators_token(signer: SessionSigner) -> str:
    """What a command itself asks services with: of a seat that has no account, so that nobody can have disabled it."""
    return signer.sign("api-admin-city", "admin", "city", kind="api", life=COMMAND_LIFE)


def disbelieving(installation: Installation, signer: SessionSigner) -> list[str]:
    """The services that do not know the key of `signer`; who does not answer is not among them. Raises NotRunning."""
    found, token = [], operators_token(signer)
    for service in SERVICES:
        request = urllib.request.Request(  # noqa: S310 – the address of our own service
            f"{installation.url(service)}/api/{service}/v1/dead-letters?limit=1",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
        )
        try:
            direct.open(request, timeout=LOOK_SECONDS).close()
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.UNAUTHORIZED:
                found.append(service)
        except (OSError, http.client.HTTPException):
            continue
    return found


def other_half(services: list[str], installation: Installation) -> str:
    """The sentence for services that refuse a fresh token."""
    return (
        f"{'、'.join(services)}: session_public.pem 与 cases 的 session_private.pem 不成对，重启即重新生成 / is not "
        f"the other half of the key that signs; a start makes it anew: {installation.restart}"
    )


def answered(command: Callable[[], int], listing: str) -> int:
    """The exit code of a command, what went wrong told on standard error. `listing`: what to type to be shown names."""
    try:
        return told(command)()
    except NoSuchThing as error:
        print(f"没有 / there is no {error}. 先列出 / list: {listing}", file=sys.stderr)
        return 2
    except Exists as error:
        print(f"已有账号 / there is an account {error} already", file=sys.stderr)
        return 2


def moment(value: datetime | None) -> str:
    """For a person: local time to the minute."""
    return value.astimezone().strftime("%Y-%m-%d %H:%M") if value is not None else "—"


def iso(value: datetime | None) -> str | None:
    """For a script."""
    return value.astimezone().isoformat(timespec="seconds") if value is not None else None
