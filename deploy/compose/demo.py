"""The campaign, played against the containers: `docker compose run --rm demo`.

Needs an installation on simulated time with nothing in it yet, and says so otherwise: a real one is never played into.
It reads the passwords of the databases' owners and the key that signs sessions, like the steps before the services.
"""

import os
import sys
from pathlib import Path

import httpx
import psycopg

from deploy.compose.volumes import LAYOUT, dsn
from deploy.demo.cast import Cast, Unanswered
from deploy.demo.performance import open_stage, perform
from deploy.demo.report import show_tour
from deploy.demo.stage import NotQuiet, Stage
from deploy.demo.tips import DEFAULT_TIPS, SEED, TipsError, load
from deploy.postgres import roles
from shared.kernel.campaign import CampaignError
from shared.kernel.campaign import load as load_campaign
from shared.kernel.contracts import SERVICES
from shared.kernel.roles import ROLES
from shared.platform.web.session import SessionSigner

ON_SIMULATED_TIME = """各服务按真实时间运行，不能演示。请在一套新的、按模拟时间运行的环境里演示：
The services run on the real clock. Play in a new installation on simulated time:
    docker compose down --volumes          # 销毁现有数据 / destroys what is there
    BIHUAN_CLOCK=row docker compose up -d --wait
    docker compose run --rm demo"""
NOT_EMPTY = """库里已有举报，演示须从空库开始：
There are tips here already, and the demo begins with none:
    docker compose down --volumes          # 销毁现有数据 / destroys what is there
    BIHUAN_CLOCK=row docker compose up -d --wait"""
NOT_UP = """服务未就绪，请先启动 / the services are not ready. First:
    BIHUAN_CLOCK=row docker compose up -d --wait"""


def main() -> int:
    """Needs PGHOST, BIHUAN_GATEWAY and BIHUAN_CAMPAIGN. Exit 0 if every invariant held, 1 if not or if something did
    not come to rest, 2 where it could not be tried."""
    gateway = os.environ["BIHUAN_GATEWAY"]
    try:
        campaign = load_campaign(Path(os.environ["BIHUAN_CAMPAIGN"]))
        tips = load(DEFAULT_TIPS, campaign)
    except (CampaignError, TipsError, OSError) as error:
        return _refuse(str(error))
    stage = Stage({name: _owners_dsn(f"bihuan_{name}") for name in SERVICES}, _owners_dsn("bihuan_access"))
    try:
        clocks = [httpx.get(f"{gateway}/api/{name}/ready", timeout=10).raise_for_status().json() for name in SERVICES]
        if any(one["clock"] != "row" for one in clocks):
            return _refuse(ON_SIMULATED_TIME)
        if stage.holds_tips():
            return _refuse(NOT_EMPTY)
        key = (LAYOUT.secrets / "cases" / "session_private.pem").read_bytes()
        open_stage(stage, campaign)
        cast = Cast(gateway, campaign, SessionSigner(key, ROLES))
        outcome = perform(stage, cast, campaign, tips, SEED, as_json="--json" in sys.argv[2:])
    except (httpx.HTTPError, psycopg.OperationalError) as error:
        return _refuse(f"{NOT_UP}\n({error})")
    except (NotQuiet, Unanswered) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        stage.close()
    show_tour(os.environ["BIHUAN_PUBLIC_URL"], "docker compose run --rm setup accounts", outcome.showpiece)
    return 0 if outcome.held else 1


def _owners_dsn(database: str) -> str:
    return dsn(database, roles.role(database, "owner"))


def _refuse(why: str) -> int:
    print(why, file=sys.stderr)
    return 2
