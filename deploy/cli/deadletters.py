"""./bihuan deadletters: what a service could not take in, why, and trying it again.

A letter is named PRODUCER/SEQUENCE, such as cases/12: the event's place in its producer's feed. Two services may have
parked the same event, so --service says whose letter is meant where that is not clear. Replaying one replays the whole
case, in order. A timer that failed for a day is named timer/ID; replaying it has it tried once more. It asks the
running installation over HTTP, as its administrator, with the installation's own key.

Exit: 0 done; 1 nothing runs, a service does not answer, or a replayed event failed again; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from deploy.cli.access import (
    NoAnswer,
    UsedWrongly,
    add_data_option,
    direct,
    meant,
    operators_token,
    other_half,
    signing_key,
    told,
    typed,
)
from deploy.local.installation import Installation
from shared.kernel.contracts import SERVICES
from shared.kernel.roles import ROLES
from shared.platform.web.session import SessionSigner

SECONDS = 60.0
PAGE = 500


class NoSuchLetter(NoAnswer):
    """The service has no such letter."""


@told
def main(argv: list[str], given: Installation | None = None) -> int:
    """Runs list, show or replay."""
    options = _parser(given).parse_args(argv)
    console = Console(meant(options.data, given))
    services = [options.service] if options.service else list(SERVICES)
    if options.action == "list":
        return _list(console, services, options)
    producer, _, id_ = options.letter.partition("/")
    if producer == "timer":
        return _timer(console, services, id_, options)
    producer, sequence = _letter(options.letter)
    service = _whose(console, services, producer, sequence)
    if options.action == "show":
        letter = {"service": service, **console.ask(service, f"/{quote(producer)}/{sequence}")}
        print(json.dumps(letter, ensure_ascii=False, indent=None if options.json else 2))
        return 0
    return _replay(console, service, producer, sequence, options)


class Console:
    """A running installation, asked as its administrator. Raises NotRunning, UsedWrongly, OSError."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._urls = {service: installation.url(service) for service in SERVICES}
        signer = SessionSigner(signing_key(installation), ROLES)
        self._token = operators_token(signer)

    def ask(self, service: str, path: str, method: str = "GET") -> dict[str, Any]:
        """The JSON answer of a service's dead-letter interface. Raises NoAnswer."""
        return self.request(service, f"/dead-letters{path}", method, SECONDS)

    def request(self, service: str, path: str, method: str, seconds: float) -> dict[str, Any]:
        """The JSON answer of what a service has for administrators. Raises NoAnswer."""
        request = urllib.request.Request(  # noqa: S310 – the address of our own gateway
            f"{self._urls[service]}/api/{service}/v1{path}",
            method=method,
            headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"},
        )
        try:
            with direct.open(request, timeout=seconds) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.UNAUTHORIZED:
                raise NoAnswer(other_half([service], self.installation)) from error
            kind = NoSuchLetter if error.code == http.HTTPStatus.NOT_FOUND else NoAnswer
            raise kind(f"{service}: {_sentence(error)}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoAnswer(f"{service}: 没有回答，请稍后再试 / no answer, try again: {error}") from error

    def letters(self, service: str, all_: bool) -> Iterator[dict[str, Any]]:
        """Every letter of a service, page by page."""
        return self._pages(service, "", {"limit": str(PAGE), "all": str(all_).lower()})

    def timers(self, service: str) -> Iterator[dict[str, Any]]:
        """Every parked timer of a service, page by page."""
        return self._pages(service, "/timers", {"limit": str(PAGE)})

    def _pages(self, service: str, path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        while True:
            page = self.ask(service, f"{path}?{urlencode(query)}")
            for one in page["items"]:
                yield {"service": service, **one}
            if page["next"] is None:
                return
            query["cursor"] = page["next"]


def _parser(given: Installation | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{typed(given)} deadletters",
        description="查看、重放未能处理的事件 / list, show and replay events that failed",
        epilog=f"例 / e.g.: {typed(given)} deadletters replay cases/12 --service notify",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|replay")
    listing = actions.add_parser("list", help="列出 / list them")
    listing.add_argument("--all", action="store_true", help="含已重放的 / also those that were replayed")
    show = actions.add_parser("show", help="查看全文 / the whole event")
    replay = actions.add_parser(
        "replay", help="重放该件的全部搁置事件 / replay all parked events of its case, in order"
    )
    for action in (show, replay):
        action.add_argument("letter", metavar="LETTER", help="如 cases/12 或 timer/… / as the list names it")
    for action in (listing, show, replay):
        action.add_argument("--service", choices=SERVICES, metavar="NAME", help=f"服务 / one of {', '.join(SERVICES)}")
        add_data_option(action, given)
        action.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    return parser


def _list(console: Console, services: list[str], options: argparse.Namespace) -> int:
    items = [one for service in services for one in console.letters(service, options.all)]
    timers = [one for service in services for one in console.timers(service)]
    if options.json:
        print(json.dumps({"items": items + timers}, ensure_ascii=False))
        return 0
    if not items + timers:
        print("没有未能处理的事件 / no dead letters")
    for one in items:
        done = "  已重放 replayed" if one["replayed"] else ""
        named = f"{one['producer']}/{one['sequence']}"
        print(f"{one['service']:<12}{named:<18}{one['name']:<24}{one['case']}  {one['parked'][:19]}{done}")
        print(f"{'':<12}{one['reason']}")
    for one in timers:
        print(f"{one['service']:<12}timer/{one['timer']}  {one['name']:<18}{one['stream']}  {one['parked'][:19]}")
        print(f"{'':<12}{one['reason']}")
    return 0


def _timer(console: Console, services: list[str], id_: str, options: argparse.Namespace) -> int:
    found = [one for service in services for one in console.timers(service) if one["timer"] == id_]
    if not found:
        raise UsedWrongly(f"没有 timer/{id_} / there is no such timer. 先列出 / list: {_listing(console)}")
    if options.action == "show":
        print(json.dumps(found[0], ensure_ascii=False, indent=None if options.json else 2))
        return 0
    service = found[0]["service"]
    told = {"service": service, **console.ask(service, f"/timers/{id_}/replay", "POST")}
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(f"{service}: 即将再试，仍失败则重回列表 / is tried once more now; if it fails, the list shows it again")
    return 0


def _replay(console: Console, service: str, producer: str, sequence: int, options: argparse.Namespace) -> int:
    told = {"service": service, **console.ask(service, f"/{quote(producer)}/{sequence}/replay", "POST")}
    failed = told["failed"]
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(f"{service}: 已重放 {len(told['replayed'])} 个事件 / replayed, case {told['case']}")
        if failed is None:
            print("此件已恢复正常处理 / the case flows again")
        else:
            print(
                f"{producer}/{failed['sequence']} 仍未能处理，还有 {told['left']} 个事件搁置 / failed again, "
                f"{told['left']} stay parked: {failed['reason']}",
                file=sys.stderr,
            )
    return 0 if failed is None else 1


def _listing(console: Console) -> str:
    return f"{console.installation.typed} deadletters list"


def _letter(text: str) -> tuple[str, int]:
    producer, _, sequence = text.partition("/")
    if not producer or not sequence.isdecimal():
        raise UsedWrongly(f"“{text}”：请写 来源/序号，如 cases/12 / write PRODUCER/SEQUENCE, such as cases/12")
    return producer, int(sequence)


def _whose(console: Console, services: list[str], producer: str, sequence: int) -> str:
    """The one service that has this letter; two may have parked the same event."""
    holders = []
    for service in services:
        try:
            console.ask(service, f"/{quote(producer)}/{sequence}")
            holders.append(service)
        except NoSuchLetter:
            continue
    named = f"{producer}/{sequence}"
    if not holders:
        raise UsedWrongly(f"没有 {named} / there is no such letter. 先列出 / list: {_listing(console)} --all")
    if len(holders) > 1:
        whose = ", ".join(holders)
        raise UsedWrongly(f"{named} 在多个服务中搁置，请加 --service / parked by several, add --service: {whose}")
    return holders[0]


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError):
        return f"HTTP {error.code}"
