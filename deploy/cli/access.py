"""What the commands `accounts`, `tokens` and `token` share: which installation is meant, and its access database.

They speak to the database of the running installation as its administrator, so whoever can read the data directory may:
that is what an administrator of one machine is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from deploy.local import state
from deploy.local.layout import Layout
from services.cases.access.administration import Administration, Exists, NoSuchThing
from services.cases.access.passwords import WeakPassword


class UsedWrongly(Exception):
    """What was typed cannot be done; the message says what to type."""


def add_data_option(parser: argparse.ArgumentParser) -> None:
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


@contextmanager
def administration(data: Path) -> Iterator[Administration]:
    """Who may sign in to the installation that runs over `data`. Raises NotRunning, psycopg.Error, OSError."""
    administrator = state.read(data)["postgres"]["dsn"]
    pepper = (Layout.of(data).secrets / "cases" / "address_pepper").read_bytes()
    with psycopg.connect(make_conninfo(administrator, dbname="bihuan_access"), autocommit=True) as connection:
        yield Administration(connection, pepper)


def answered(command: Callable[[], int], listing: str) -> int:
    """The exit code of a command, what went wrong told on standard error. `listing`: the command that shows names."""
    try:
        return command()
    except NoSuchThing as error:
        print(f"没有 / there is no {error}. 先列出 / list: ./bihuan {listing}", file=sys.stderr)
        return 2
    except Exists as error:
        print(f"已有账号 / there is an account {error} already", file=sys.stderr)
        return 2
    except (UsedWrongly, WeakPassword) as error:
        print(error, file=sys.stderr)
        return 2
    except (state.NotRunning, psycopg.Error, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def moment(value: datetime | None) -> str:
    """For a person: local time to the minute."""
    return value.astimezone().strftime("%Y-%m-%d %H:%M") if value is not None else "—"


def iso(value: datetime | None) -> str | None:
    """For a script."""
    return value.astimezone().isoformat(timespec="seconds") if value is not None else None
