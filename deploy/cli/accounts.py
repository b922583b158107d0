"""./bihuan accounts: who may sign in.

Disabling ends the account's sessions and API tokens at once, in all services; a new password ends its sessions. A first
password, as `add` prints it and `password` does unless one comes by standard input, opens nothing but the page on
which its owner chooses another.

Exit: 0 done; 1 nothing runs, or the database does not answer; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import json
import sys

from deploy.cli.access import UsedWrongly, add_data_option, administration, answered, iso, meant, moment, typed
from deploy.cli.migrate import seat_unit
from deploy.cli.token import running_campaign, unit_of
from deploy.local.installation import Installation
from services.cases.access.administration import Administration, Listed
from services.cases.access.passwords import LONGEST
from shared.kernel.campaign import UnknownCode
from shared.kernel.roles import ROLE_NAMES

_STATES = {
    "active": "可用 active",
    "disabled": "停用 disabled",
    "locked": "暂停 locked",
    "first-password": "初始密码 first password",
}


def main(argv: list[str], given: Installation | None = None) -> int:
    """Runs list, add, password, disable, enable or unlock."""
    options = _parser(given).parse_args(argv)
    return answered(lambda: _run(options, given), f"{typed(given)} accounts list")


def _parser(given: Installation | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{typed(given)} accounts", description="管理账号 / who may sign in")
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|add|password|disable|enable|unlock")
    helps = {
        "list": "列出 / list them",
        "add": "新建，打印初始密码 / make one, prints its first password",
        "password": "重设密码：取自标准输入，没有则打印初始密码 / a new one from standard input, or prints a first one",
        "disable": "停用，其登录与令牌即刻失效 / shut out, its sessions and tokens end at once",
        "enable": "恢复 / let in again",
        "unlock": "解除因多次输错的暂停 / forget its failures",
    }
    for name, text in helps.items():
        action = actions.add_parser(name, help=text)
        if name != "list":
            action.add_argument("name", metavar="NAME", help="用户名 / name of the account")
        if name == "add":
            action.add_argument("--person", required=True, metavar="ID", help="行动定义中的人 / of the campaign")
            action.add_argument("--role", required=True, choices=ROLE_NAMES, metavar="ROLE", help=", ".join(ROLE_NAMES))
            action.add_argument("--unit", metavar="CODE", help="不写则取其任职单位 / else that of the person's post")
        add_data_option(action, given)
        action.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    return parser


def _run(options: argparse.Namespace, given: Installation | None) -> int:
    installation = meant(options.data, given)
    with administration(installation) as access:
        if options.action == "list":
            return _list(access, as_json=options.json)
        done: dict[str, object] = {"name": options.name}
        if options.action == "add":
            done |= _add(access, options, installation)
        elif options.action == "password":
            piped = _from_standard_input()
            password = access.set_password(options.name, piped)
            done |= {"password": password} if piped is None else {}
        elif options.action == "disable":
            done["ended"] = access.disable(options.name)
        elif options.action == "enable":
            access.enable(options.name)
        else:
            access.unlock(options.name)
    if options.json:
        print(json.dumps(done, ensure_ascii=False))
    elif "password" in done:
        print(done["password"])
    else:
        print(f"{options.name}: {_told(options.action, done)}")
    return 0


def _told(action: str, done: dict[str, object]) -> str:
    return {
        "password": "密码已改，原登录已终止 / the password is set, sessions have ended",
        "disable": f"已停用，终止 {done.get('ended')} 个登录和令牌 / disabled, so many sessions and tokens ended",
        "enable": "已恢复 / enabled",
        "unlock": "已解除 / unlocked",
    }[action]


def _list(access: Administration, *, as_json: bool) -> int:
    found = access.accounts()
    if as_json:
        print(json.dumps({"accounts": [_shown(one) for one in found]}, ensure_ascii=False))
        return 0
    for one in found:
        seat = f"{one.person} · {one.role} · {one.unit}"
        print(f"{one.name:<28}{seat:<52}{moment(one.signed_in):<18}{_STATES[one.state]}")
    return 0


def _shown(one: Listed) -> dict[str, object]:
    return {
        "name": one.name, "person": one.person, "role": one.role, "unit": one.unit, "state": one.state,
        "disabled": one.disabled, "must_change": one.must_change, "locked": one.locked,
        "last_sign_in": iso(one.signed_in),
    }  # fmt: skip


def _add(access: Administration, options: argparse.Namespace, installation: Installation) -> dict[str, object]:
    if not options.name.isprintable() or not options.name.strip() == options.name or not 0 < len(options.name) <= 100:
        raise UsedWrongly("用户名须为 1 至 100 个可见字符 / a name is 1 to 100 printable characters")
    campaign = running_campaign(installation)
    if options.unit is not None:
        unit = unit_of(campaign, options.role, options.unit)
    else:
        try:
            roles = campaign.person(options.person).roles
        except UnknownCode:
            raise UsedWrongly(
                f"行动定义中没有 {options.person}，请加 --unit / not in the campaign, add --unit"
            ) from None
        if options.role not in roles:
            raise UsedWrongly(
                f"{options.person} 任 {'、'.join(roles)}；他岗请加 --unit / holds these roles; for another, add --unit"
            )
        unit = seat_unit(campaign, options.person, options.role)
    password = access.add(options.name, options.person, options.role, unit)
    return {"person": options.person, "role": options.role, "unit": unit, "password": password}


def _from_standard_input() -> str | None:
    """What is piped in, to the end of its first line; None from a terminal or where nothing comes."""
    if sys.stdin is None or sys.stdin.isatty():
        return None
    line = sys.stdin.readline(LONGEST * 8).rstrip("\r\n")
    return line or None
