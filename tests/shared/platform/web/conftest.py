"""A throw-away signing key, an application with a few routes, and a browser-like client without a network."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import httpx
import pytest
import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from prometheus_client import CollectorRegistry
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from deploy.local.services import DEFAULT_CAMPAIGN
from shared.kernel.campaign import load
from shared.kernel.composition import look_of
from shared.kernel.roles import ROLES
from shared.platform.web.pages import render
from shared.platform.web.problems import Refused
from shared.platform.web.service import create_service_app
from shared.platform.web.session import MaybeViewer, SessionSigner, SessionVerifier, SignedIn

ORIGIN = "http://bihuan.example"


class Keys:
    def __init__(self) -> None:
        key = Ed25519PrivateKey.generate()
        self.private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


class Tip(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=2, max_length=20)
    kind: Literal["tip", "complaint", "enquiry"] = "tip"
    occurred_at: AwareDatetime | None = None
    people: list[int] = []


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def signer(keys: Keys) -> SessionSigner:
    return SessionSigner(keys.private, ROLES)


@pytest.fixture
def token(signer: SessionSigner) -> Callable[..., str]:
    """token(role, unit, kind="session", life=…)"""

    def make(role: str = "county", unit: str = "140525", **more: object) -> str:
        return signer.sign("p-1", role, unit, **{"life": timedelta(minutes=5), **more})  # type: ignore[arg-type]

    return make


@pytest.fixture
def app(keys: Keys, tmp_path: Path) -> FastAPI:
    (tmp_path / "greeting.html").write_text(
        '{% extends "shell.html" %}{% block title %}问候{% endblock %}'
        "{% block main %}<p>{{ words }}</p><form method=post>{{ csrf_field() }}</form>{% endblock %}"
    )
    (tmp_path / "careless.html").write_text("{{ never_given }}")
    application = create_service_app(
        "Trial",
        "1",
        verifier=SessionVerifier(keys.public, ROLES),
        registry=CollectorRegistry(),
        public_url=ORIGIN,
        template_directories=[tmp_path],
        look=look_of(load(DEFAULT_CAMPAIGN)),
        larger_bodies={"/uploads/{name}": 4096 * 1024},
    )
    _add_routes(application)
    return application


def _add_routes(app: FastAPI) -> None:
    @app.post("/tips")
    async def tip(tip: Tip) -> Tip:
        return tip

    @app.get("/desk")
    async def desk(viewer: SignedIn) -> str:
        return f"{viewer.id} {viewer.role} {viewer.unit} {viewer.kind}"

    @app.get("/board")
    async def board(viewer: MaybeViewer) -> str:
        return viewer.id if viewer else "visitor"

    @app.post("/change")
    async def change(viewer: SignedIn, request: Request) -> int:
        return len(await request.body())

    @app.post("/mark")
    async def mark(viewer: SignedIn) -> str:
        return viewer.id

    @app.post("/uploads/{name}")
    async def upload(request: Request) -> int:
        return len(await request.body())

    @app.post("/deaf")
    async def deaf() -> str:
        return "never read the body"

    @app.get("/greeting")
    async def greeting(request: Request, words: str = "你好") -> HTMLResponse:
        return render(request, "greeting.html", words=words)

    @app.get("/careless")
    async def careless(request: Request) -> HTMLResponse:
        return render(request, "careless.html")

    @app.get("/receipts/{code}")
    async def receipt(code: str) -> str:
        return "ok"

    @app.get("/defect")
    async def defect() -> None:
        raise KeyError("林知远 13300001002")

    @app.get("/late")
    async def late() -> None:
        raise Refused("已超过 {days} 个工作日。", values={"days": 2}, rule="return_in_time", clause="通知六（一）")


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as opened:
        yield opened


@pytest.fixture
def logs_to_stdout() -> Iterator[None]:
    """Lets a test configure logging for real, and undoes it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
