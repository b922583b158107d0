"""./bihuan tokens: the API tokens that `./bihuan token` gave out, and ending one before its time.

A revoked token is refused by every service within a second. Tokens that were given out while the installation did not
run, or by an earlier version, are not listed; they end by themselves, or with the account of their seat.

Exit: 0 done; 1 nothing runs, or the database does not answer; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime

from deploy.cli.access import add_data_option, administration, answered, iso, meant, moment, typed
from deploy.local.installation import Installation
from services.cases.access.administration import Token


def main(argv: list[str], given: Installation | None = None) -> int:
    """Runs list or revoke."""
    options = _parser(given).parse_args(argv)
    return answered(lambda: _run(options, given), f"{typed(given)} tokens list")


def _parser(given: Installation | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{typed(given)} tokens", description="接口令牌 / API tokens that were given out"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|revoke")
    listing = actions.add_parser("list", help="列出 / list them")
    revoke = actions.add_parser("revoke", help="即刻终止一个 / end one at once")
    revoke.add_argument("id", metavar="ID", help="列表所示编号 / as the list names it")
    for action in (listing, revoke):
        add_data_option(action, given)
        action.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    return parser


def _run(options: argparse.Namespace, given: Installation | None) -> int:
    with administration(meant(options.data, given)) as access:
        if options.action == "revoke":
            access.revoke(options.id)
            print(json.dumps({"id": options.id}) if options.json else f"{options.id}: 已终止 / revoked")
            return 0
        found = access.tokens()
    if options.json:
        print(json.dumps({"tokens": [_shown(one) for one in found]}, ensure_ascii=False))
        return 0
    if not found:
        print("没有登记的令牌 / no tokens")
    for one in found:
        seat = f"{one.person} · {one.role} · {one.unit}"
        until = f"{moment(one.issued)} → {moment(one.expires)}"
        print(f"{one.id}  {one.name:<20}{seat:<44}{until}  {moment(one.used):<18}{_state(one)}")
    return 0


def _state(one: Token) -> str:
    if one.ended is not None:
        return "revoked"
    return "expired" if one.expires <= datetime.now(UTC) else "active"


def _shown(one: Token) -> dict[str, object]:
    return {
        "id": one.id, "name": one.name, "account": one.account, "person": one.person, "role": one.role,
        "unit": one.unit, "issued": iso(one.issued), "expires": iso(one.expires), "last_used": iso(one.used),
        "revoked": iso(one.ended), "state": _state(one),
    }  # fmt: skip
