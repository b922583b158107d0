"""How the PostgreSQL server is to run, embedded or in docker compose; where it listens and has its files, each says."""

from collections.abc import Mapping

ADMINISTRATOR = "postgres"
SETTINGS = {
    "shared_buffers": "128MB",
    "max_connections": "240",  # two processes of every service, each with up to twenty-odd
    "wal_level": "replica",
    "fsync": "on",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "log_line_prefix": "%m [%p] %d %u ",
    "log_checkpoints": "off",
}
INITDB = (
    "--encoding=UTF8",
    # sorts by code point: the same order on every machine, whatever its C library
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
)


def render(settings: Mapping[str, str]) -> str:
    """A postgresql.conf of these settings and nothing else. Values must hold no quote."""
    return "".join(f"{name} = '{value}'\n" for name, value in settings.items())
