"""./bihuan up: starts everything on this machine, says when it is ready, and stays until it is told to stop.

Progress goes to standard error; standard output gets one line, `ready URL`, for scripts that wait for it. Exit 0
after a stop, 1 if something did not come up, 2 if it could not be tried (port taken, directory in use, no such
campaign, or one that cannot be).
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from deploy.local.layout import DirectoryInUse, DirectoryUnusable, Layout
from deploy.local.nats import NatsFailed
from deploy.local.postgres import PostgresFailed
from deploy.local.privileges import CannotLeaveRoot
from deploy.local.programs import ProgramMissing
from deploy.local.services import DEFAULT_CAMPAIGN, Settings
from deploy.local.supervisor import PortTaken, StartFailed, Supervisor
from shared.kernel.campaign import CampaignError, load

USED_WRONGLY = (PortTaken, DirectoryInUse, DirectoryUnusable)
FAILED = (StartFailed, PostgresFailed, NatsFailed, CannotLeaveRoot, ProgramMissing)
DEFAULT_DATA = Path(".bihuan")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./bihuan up", description="启动全部服务 / start everything on this machine")
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="数据目录 / data directory (%(default)s)"
    )
    parser.add_argument("--port", type=int, default=8080, metavar="N", help="端口 / port of the pages (%(default)s)")
    parser.add_argument("--campaign", type=Path, default=DEFAULT_CAMPAIGN, metavar="FILE", help="行动定义 / campaign")
    options = parser.parse_args(argv)
    if not 0 < options.port < 65536:
        parser.error(f"--port {options.port}: 端口为 1 至 65535 / a port is 1 to 65535")
    if not options.campaign.is_file():
        parser.error(f"--campaign {options.campaign}: 没有这个文件 / there is no such file")
    try:
        load(options.campaign)
    except CampaignError as error:  # before anything is started, or made in the data directory
        say(str(error))
        return 2
    clock = "row" if Layout.of(options.data).simulated.exists() else "system"
    return asyncio.run(run(Supervisor(Settings(options.data, options.port, options.campaign, clock), say)))


def say(sentence: str) -> None:
    with contextlib.suppress(OSError):  # the terminal or pipe has gone: what runs goes on
        print(sentence, file=sys.stderr, flush=True)


async def run(supervisor: Supervisor) -> int:
    """Start, print `ready URL`, wait for SIGINT, SIGTERM or SIGHUP, stop. Returns the exit code."""
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    starting = asyncio.ensure_future(supervisor.start())
    waiting = asyncio.ensure_future(told_to_stop.wait())
    try:
        await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            print(f"ready {supervisor.settings.url}", flush=True)
            await waiting
        say("正在停止 / stopping")
    except USED_WRONGLY as error:
        say(str(error))
        return 2
    except FAILED as error:
        say(str(error))
        return 1
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await supervisor.stop()
        waiting.cancel()
    return 0
