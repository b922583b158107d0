"""Where the volumes are in a container of ours: below /bihuan, laid out like a data directory (deploy.local.layout)."""

from pathlib import Path
from urllib.parse import quote

from deploy.local.credentials import role_password
from deploy.local.layout import Layout

LAYOUT = Layout(Path("/bihuan"))
NOTED = Layout(Path("/bihuan/noted"))
"""Where `backup` leaves word of what it completed, for the keeper."""
ADMINISTRATOR_FILE = "admin"
"""The file with the password of the bus's administrator, beside its configuration."""
AUTHORITY_FILE = "authority.pem"
"""The certificate of the authority that vouches for the bus, beside it."""


def dsn(database: str, role: str, layout: Layout = LAYOUT) -> str:
    """A connection with the role's password, for containers that see `administration`. Without a host: libpq takes
    PGHOST."""
    return f"postgresql://{role}:{quote(role_password(layout, role))}@/{database}"


def configuration(layout: Layout, server: str) -> Path:
    """The folder that the server `server` is given to read, and nothing else of ours."""
    return layout.data / "configuration" / server
