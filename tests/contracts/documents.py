"""How the services describe themselves, as it is committed in `docs/api`: of no installation, so addresses are paths.

`python -m tests.contracts.make` writes the files.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from deploy.local.credentials import make_secrets
from deploy.local.layout import Layout
from deploy.local.nats import EmbeddedNats
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.services import Settings, service_environment
from shared.kernel.contracts import SERVICES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "api"
KINDS = ("openapi", "asyncapi")


def application(service: str) -> FastAPI:
    """The application of a service as it is composed, never started."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        layout = Layout.of(data)
        layout.create()
        make_secrets(layout)
        settings = Settings(data=data, port=1)
        environment = service_environment(service, 1, settings, EmbeddedPostgres(data), EmbeddedNats(data))
        config = importlib.import_module(f"services.{service}.config").read(environment)
        common = replace(config.settings, public_url="", clock="system")
        app: FastAPI = importlib.import_module(f"services.{service}.app").create_app(replace(config, settings=common))
    return app


@cache
def of_today() -> dict[str, dict[str, Any]]:
    """File name → document, of all services."""
    return asyncio.run(_asked())


async def _asked() -> dict[str, dict[str, Any]]:
    found = {}
    for service in SERVICES:
        transport = httpx.ASGITransport(app=application(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://nowhere.example") as client:
            for kind in KINDS:
                found[f"{service}.{kind}.json"] = (await client.get(f"/{kind}.json")).json()
    return found


def as_file(document: dict[str, Any]) -> str:
    """A document as it is committed."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
