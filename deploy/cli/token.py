"""./bihuan token: an API token of an installation, for scripts and for trying things out.

It is signed with the installation's own key, so whoever can read its secrets can speak as anybody: that is what an
administrator of one machine is. Role and unit are checked against the campaign that the installation runs; the person
is the first holder of the role in that unit who sits in no other body (dual roles would set off recusals), else the
first holder, else `api-ROLE-UNIT`. Only the token is printed to standard output.

A running installation records what is given out, so that it can be listed and revoked (`./bihuan tokens`); one that
does not run cannot, and says so. For a seat whose account is disabled there is none, nor while a service holds half of
another key: it would answer 401.

Exit: 0 done; 1 the seat is disabled, the database does not answer, or a service holds another key; 2 used wrongly.
"""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta

from deploy.cli.access import (
    UsedWrongly,
    add_data_option,
    administration,
    answered,
    disbelieving,
    meant,
    other_half,
    signing_key,
    typed,
)
from deploy.local import state
from deploy.local.installation import Installation
from shared.kernel.campaign import Campaign, CampaignError, UnknownCode, load
from shared.kernel.roles import ROLE_NAMES, ROLES, UNIT_ROLES
from shared.platform.web.session import SessionSigner, mark_of, new_session

CITY = "city"
LONGEST_HOURS = 24 * 366
LONGEST_NAME = 100


def main(argv: list[str], given: Installation | None = None) -> int:
    """Prints a token."""
    options = _parser(given).parse_args(argv)
    return answered(lambda: _run(options, given), f"{typed(given)} tokens list")


def _run(options: argparse.Namespace, given: Installation | None) -> int:
    installation = meant(options.data, given)
    if not 1 <= options.hours <= LONGEST_HOURS:
        raise UsedWrongly(f"--hours {options.hours}: 1 至 {LONGEST_HOURS} / from 1 to {LONGEST_HOURS} hours")
    if len(options.name) > LONGEST_NAME or not options.name.isprintable():
        raise UsedWrongly(f"--name: 至多 {LONGEST_NAME} 个可见字符 / at most so many printable characters")
    campaign = running_campaign(installation)
    unit = unit_of(campaign, options.role, options.unit)
    person = _person(campaign, options.role, unit)
    signer = SessionSigner(signing_key(installation), ROLES)
    session, life = new_session(), timedelta(hours=options.hours)
    try:
        if refusing := disbelieving(installation, signer):
            print(other_half(refusing, installation), file=sys.stderr)
            return 1
        with administration(installation) as access:
            expires = datetime.now(UTC) + life
            if not access.issue(mark_of(session), options.name, (person, options.role, unit), expires):
                print(f"{person} · {options.role}: 账号已停用 / the account of this seat is disabled", file=sys.stderr)
                return 1
    except state.NotRunning:
        print("没有在运行，此令牌未登记 / nothing runs: this token is not recorded, nor revocable", file=sys.stderr)
    token = signer.sign(person, options.role, unit, kind="api", life=life, session=session)
    if options.json:
        shown = {
            "token": token, "id": mark_of(session), "name": options.name, "person": person, "role": options.role,
            "unit": unit, "hours": options.hours,
        }  # fmt: skip
        print(json.dumps(shown, ensure_ascii=False))
    else:
        print(token)
    return 0


def _parser(given: Installation | None) -> argparse.ArgumentParser:
    roles = "\n".join(f"  {role:<12}{name}" for role, name in ROLE_NAMES.items())
    parser = argparse.ArgumentParser(
        prog=f"{typed(given)} token",
        description="签发接口令牌 / an API token",
        epilog=f"角色 / roles:\n{roles}\n\n"
        f'用法 / use: curl -H "Authorization: Bearer $({typed(given)} token --role office)" …',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--role", required=True, choices=ROLE_NAMES, metavar="ROLE", help="角色 / role, see below")
    parser.add_argument("--unit", metavar="CODE", help="单位代码：县级局、督导组或企业 / county, group or enterprise")
    parser.add_argument("--name", default="", metavar="TEXT", help="给谁用 / what it is for, as `tokens list` shows it")
    add_data_option(parser, given)
    parser.add_argument("--hours", type=int, default=12, metavar="N", help="有效小时数 / hours it lasts (%(default)s)")
    parser.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    return parser


def running_campaign(installation: Installation) -> Campaign:
    """The campaign that this installation runs."""
    try:
        return load(installation.campaign)
    except CampaignError as error:
        raise UsedWrongly(str(error)) from error


def unit_of(campaign: Campaign, role: str, given: str | None) -> str:
    """The jurisdiction of the token: the unit of those who handle cases, a group, an enterprise, else the city."""
    if role in UNIT_ROLES:
        return _one_of(role, given, {code: unit.name() for code, unit in campaign.handling_units.items()})
    if role == "group":
        return _one_of(role, given, {group.code: group.name() for group in campaign.groups})
    if role == "enterprise":
        if not given:
            raise UsedWrongly(f"--role {role}: 请加 --unit 企业编号 / add --unit with the enterprise's id")
        return given
    if given not in (None, CITY):
        raise UsedWrongly(f"--role {role}: 只有 --unit {CITY}，可省略 / has only --unit {CITY}, which may be left out")
    return CITY


def _one_of(role: str, given: str | None, units: dict[str, str]) -> str:
    if given in units:
        return given
    listed = "\n".join(f"  {code}  {name}" for code, name in units.items())
    what = "请加 --unit / add --unit" if given is None else f"没有单位 / there is no unit {given}"
    raise UsedWrongly(f"--role {role}: {what}，可用 / one of:\n{listed}")


def _person(campaign: Campaign, role: str, unit: str) -> str:
    try:
        holders = campaign.people_with(role)
    except UnknownCode:
        holders = ()
    if role == "group":
        holders = campaign.people_with(role, unit)
    elif role == "station":
        holders = tuple(one for one in holders if campaign.county_of_station(one.unit).code == unit)
    elif role in UNIT_ROLES:
        holders = tuple(one for one in holders if one.unit == unit)
    single = [one for one in holders if not campaign.dual_roles(one.id)]
    return next((one.id for one in (*single, *holders)), f"api-{role}-{unit}")
