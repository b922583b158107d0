"""./bihuan demo: an installation on simulated time, and the whole campaign played through it.

Progress goes to standard error, the table of what happened to standard output. Afterwards the console stays up with the
campaign in it, and the clock goes on from there at the speed of the world; with --once everything stops. Exit 0 if
every invariant held, 1 if not or if something did not come up, 2 if it could not be tried.
"""

import argparse
import asyncio
import signal
import sys
import threading
from pathlib import Path

from deploy.cli.up import FAILED, USED_WRONGLY, say
from deploy.demo.cast import Cast, Unanswered
from deploy.demo.performance import Outcome, open_stage, perform
from deploy.demo.report import show_tour
from deploy.demo.stage import NotQuiet, Stage
from deploy.demo.tips import DEFAULT_TIPS, SEED, Tip, TipsError, load
from deploy.local.credentials import accounts_file
from deploy.local.services import DEFAULT_CAMPAIGN, Settings
from deploy.local.supervisor import Supervisor
from shared.kernel.campaign import Campaign, CampaignError
from shared.kernel.campaign import load as load_campaign
from shared.kernel.contracts import SERVICES
from shared.kernel.roles import ROLES
from shared.platform.web.session import SessionSigner


class AlreadyPlayed(Exception):
    """The data directory holds an installation with tips in it."""


def main(argv: list[str]) -> int:
    options = _parser().parse_args(argv)
    try:
        campaign = load_campaign(DEFAULT_CAMPAIGN)
        tips = load(options.tips, campaign)
    except (CampaignError, TipsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    settings = Settings(options.data, options.port, DEFAULT_CAMPAIGN, clock="row")
    performance = Performance(settings, campaign, tips, options.seed)
    return asyncio.run(performance.run(once=options.once, as_json=options.json))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./bihuan demo", description="演示：在模拟时间里走完整个集中行动 / the whole campaign on simulated time"
    )
    parser.add_argument("--data", type=Path, default=Path(".bihuan-demo"), metavar="DIR",
                        help="数据目录，须为空 / data directory, empty (%(default)s)")  # fmt: skip
    parser.add_argument("--port", type=int, default=8080, metavar="N", help="端口 / port (%(default)s)")
    parser.add_argument("--tips", type=Path, default=DEFAULT_TIPS, metavar="FILE", help="举报文件 / file of tips")
    parser.add_argument("--seed", default=SEED, metavar="TEXT", help="随机种子 / seed of all chance (%(default)s)")
    parser.add_argument("--once", action="store_true", help="演完即停 / stop when it is over")
    parser.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    return parser


class Performance:
    """One demo, from an empty data directory to the table."""

    def __init__(self, settings: Settings, campaign: Campaign, tips: tuple[Tip, ...], seed: str) -> None:
        self._supervisor = Supervisor(settings, say, prepared=self._set_the_stage)
        self._settings = settings
        self._campaign = campaign
        self._tips = tips
        self._seed = seed
        self._stage: Stage | None = None
        self._outcome: Outcome | None = None

    async def run(self, *, once: bool, as_json: bool) -> int:
        """Play, print, stay or stop."""
        told_to_stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
        try:
            await self._supervisor.start()
            playing = asyncio.ensure_future(_in_a_thread(lambda: self._play(as_json=as_json)))
            stopping = asyncio.ensure_future(told_to_stop.wait())
            await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                self._outcome = playing.result()
                if not once:
                    print(f"ready {self._settings.url}", flush=True)
                    accounts = str(accounts_file(self._supervisor.layout))
                    show_tour(self._settings.url, accounts, self._outcome.showpiece)
                    await stopping
        except (*USED_WRONGLY, AlreadyPlayed) as error:
            say(str(error))
            return 2
        except (*FAILED, NotQuiet, Unanswered) as error:
            say(str(error))
            return 1
        finally:
            await self._supervisor.stop()
        return 0 if self._outcome is not None and self._outcome.held else 1

    def _set_the_stage(self, supervisor: Supervisor) -> None:
        postgres = supervisor.postgres
        stage = Stage({name: postgres.dsn(f"bihuan_{name}") for name in SERVICES}, postgres.dsn("bihuan_access"))
        if stage.holds_tips():
            raise AlreadyPlayed(
                f"{self._settings.data} 里已有数据，请换空目录 / holds data already: take an empty directory, or "
                f"open the console over this one: ./bihuan up --data {self._settings.data}"
            )
        self._supervisor.layout.simulated.touch()
        open_stage(stage, self._campaign)
        self._stage = stage

    def _play(self, *, as_json: bool) -> Outcome:
        assert self._stage is not None
        key = (self._supervisor.layout.secrets / "cases" / "session_private.pem").read_bytes()
        cast = Cast(self._settings.url, self._campaign, SessionSigner(key, ROLES))
        try:
            return perform(self._stage, cast, self._campaign, self._tips, self._seed, as_json=as_json)
        finally:
            self._stage.close()


async def _in_a_thread(work) -> Outcome:  # type: ignore[no-untyped-def]
    """In a thread of its own, which does not keep the process from ending when it is told to stop."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Outcome] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 – handed on
            _tell(loop, done.set_exception, error)
        else:
            _tell(loop, done.set_result, result)

    threading.Thread(target=run, name="play", daemon=True).start()
    return await done


def _tell(loop: asyncio.AbstractEventLoop, tell, value) -> None:  # type: ignore[no-untyped-def]
    if not loop.is_closed():
        loop.call_soon_threadsafe(tell, value)
