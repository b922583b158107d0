"""Becomes another program that dies with the process that asked for it.

    python -I -S launch.py SIGNAL PARENT PROGRAM [ARGUMENT …]

Linux sends SIGNAL when the *thread* that started this process ends (PR_SET_PDEATHSIG); the setting survives execve
and unshare, but not a change of user, which must set it again (see privileges.AMBIENT_CAPABILITY). The parent may
have died before the setting was made: then nothing is started. A stand-alone script with the standard library only,
because it replaces a preexec_fn, which is not safe in a process with threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    death_signal, parent, program = int(arguments[0]), int(arguments[1]), arguments[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        sys.exit(f"prctl(PR_SET_PDEATHSIG): {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the process that asked for this one has ended")
    os.execvp(program[0], program)  # noqa: S606 - to become the program is the purpose; no shell


if __name__ == "__main__":
    main(sys.argv[1:])
