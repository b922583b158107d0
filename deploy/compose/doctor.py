"""`docker compose run --rm doctor [--json]`: see deploy.cli.doctor. Needs PGHOST and BIHUAN_CAMPAIGN.

It sees every volume of the installation, to read alone, and the newest backup. It is not on the network by which mail
goes out, because it sees every key: whether mail arrives it knows from what became of the last ones.
"""

import argparse
import os
import sys
from pathlib import Path

from deploy.cli import doctor
from deploy.cli.examination import Patient, examine, smtp_url
from deploy.cli.judging import COMPOSED
from deploy.compose.backup import FOLDERS
from deploy.compose.installation import Composed
from deploy.compose.nightly import interval
from deploy.compose.volumes import AUTHORITY_FILE, LAYOUT, configuration, dsn
from deploy.local import backups, probe
from deploy.local.credentials import role_password_file
from deploy.postgres.server import ADMINISTRATOR
from shared.kernel.contracts import SERVICES

POSTGRES_VOLUME, BACKUPS = Path("/var/lib/postgresql"), Path(FOLDERS[0])
OWN_CERTIFICATE = Path("/certificate/tls.crt")


def main() -> int:
    """The exit code of ./bihuan doctor."""
    parser = argparse.ArgumentParser(
        prog="docker compose run --rm doctor", description="检查毛病，并说明怎么办 / what is wrong, and what to type"
    )
    parser.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    options = parser.parse_args(sys.argv[2:])
    if not role_password_file(LAYOUT, ADMINISTRATOR).is_file():
        print(f"还没有安装，请先启动 / nothing is installed yet. First: {COMPOSED.start}", file=sys.stderr)
        return 2
    try:
        every = interval(os.environ["BIHUAN_BACKUP_EVERY"])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    installation = Composed()
    complete = backups.complete_in(BACKUPS)
    patient = Patient(
        layout=LAYOUT,
        disks=(POSTGRES_VOLUME, LAYOUT.nats, BACKUPS),
        campaign=installation.campaign,
        simulated=os.environ["BIHUAN_CLOCK"] == "row",
        used=True,
        administrator=dsn("postgres", ADMINISTRATOR),
        ready={name: probe.status(f"{installation.url(name)}/ready") == 200 for name in SERVICES},
        certificates=(
            configuration(LAYOUT, "nats") / "server.pem",
            LAYOUT.secrets / "nats" / AUTHORITY_FILE,
            *([OWN_CERTIFICATE] if OWN_CERTIFICATE.exists() else []),
        ),
        smtp_url=lambda: smtp_url(os.environ),
        reaches_mail=False,
        backup=complete[-1] if complete else None,
        every=every,
        typed=COMPOSED,
    )
    return doctor.tell(examine(patient), as_json=options.json)
