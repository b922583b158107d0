"""Where the volumes are in a container of ours: below /bihuan, laid out like a data directory (deploy.local.layout)."""

from pathlib import Path

from deploy.local.layout import Layout

LAYOUT = Layout(Path("/bihuan"))


def configuration(layout: Layout, server: str) -> Path:
    """The folder that the server `server` is given to read, and nothing else of ours."""
    return layout.data / "configuration" / server
