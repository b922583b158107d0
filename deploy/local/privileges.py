"""Decides how PostgreSQL, which refuses to run as root, is run by root.

A plain user runs it directly. Root cannot simply become another user: that one could not enter a data directory below
folders of mode 0700. So root runs it 1. in a user namespace, where root appears as user 1000 (files stay root's
outside), or, where that is forbidden or root does not
   own the folders above,
2. as user 65534 with the ambient capability to pass file permissions, which then owns the cluster's files.
Each way is tried on the very directory before it is chosen. unshare, setpriv and test are of util-linux and coreutils.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


class CannotLeaveRoot(Exception):
    """Root may use neither way on this machine."""


@dataclass(frozen=True)
class Privileges:
    """How to run a program of PostgreSQL: `prefix` before its argv, `owner` (a user id) of the cluster's files."""

    prefix: tuple[str, ...]
    owner: int

    def give(self, cluster: Path) -> None:
        """Hand the cluster's files to their owner, if another way of running it made them."""
        if cluster.stat().st_uid == self.owner:
            return
        for folder, _, files in os.walk(cluster):
            for path in [folder, *(os.path.join(folder, file) for file in files)]:
                os.chown(path, self.owner, self.owner, follow_symlinks=False)

    def work_on(self, cluster: Path, program: Path) -> bool:
        """Whether a process run this way may execute `program` and write to `cluster`."""
        for command in (["test", "-w", str(cluster)], [str(program), "--version"]):
            try:
                done = subprocess.run([*self.prefix, *command], capture_output=True, check=False)
            except FileNotFoundError:  # no unshare or setpriv on this machine
                return False
            if done.returncode != 0:
                return False
        return True


DIRECT = Privileges((), os.geteuid())
USER_NAMESPACE = Privileges(("unshare", "--user", "--map-user=1000", "--map-group=1000"), 0)
AMBIENT_CAPABILITY = Privileges(
    (
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        "--pdeathsig=QUIT",  # the change of user has cleared what launch.py set
    ),
    65534,
)

WAYS_OF_ROOT = (USER_NAMESPACE, AMBIENT_CAPABILITY)


def choose(cluster: Path, program: Path) -> Privileges:
    """The way for this user and this cluster directory, which exists. Raises CannotLeaveRoot."""
    if os.geteuid() != 0:
        return DIRECT
    for way in WAYS_OF_ROOT:
        way.give(cluster)
        if way.work_on(cluster, program):
            return way
    raise CannotLeaveRoot(
        "PostgreSQL refuses to run as root, and this machine allows neither a user namespace (unshare --user) nor an "
        "ambient capability (setpriv --ambient-caps). Run ./bihuan as a plain user, or allow one of the two."
    )
