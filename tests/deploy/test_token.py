"""./bihuan token: an administrator gives a script its identity."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.cli.token import main
from shared.kernel.campaign import load
from shared.kernel.roles import ROLES
from shared.platform.web.session import SessionVerifier

COUNTIES = ("140502", "140525", "140581", "140522", "140524", "140521", "140571")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    key = Ed25519PrivateKey.generate()
    folder = tmp_path / "secrets" / "cases"
    folder.mkdir(parents=True)
    (folder / "session_private.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "session_public.pem").write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return tmp_path


def unit_for(role: str) -> list[str]:
    if role in ("county", "principal", "station"):
        return ["--unit", "140525"]
    return {"group": ["--unit", "g1"], "enterprise": ["--unit", "e-1"]}.get(role, [])


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_gets_a_token_that_the_services_believe(
    role: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--role", role, "--data", str(data), *unit_for(role)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    verifier = SessionVerifier((data / "secrets/cases/session_public.pem").read_bytes(), ROLES)
    viewer = verifier.verify(printed.strip())
    assert (viewer.role, viewer.kind) == (role, "api")
    assert viewer.unit == (unit_for(role) or ["", "city"])[1]


def test_the_token_speaks_for_somebody_who_really_holds_the_post(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--role", "county", "--unit", "140525", "--data", str(data), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["person"], shown["hours"]) == ("p-zezhou-1", 12)


def test_a_groups_token_is_not_that_of_a_leader_with_a_second_seat(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = []
    for arguments in (["--role", "director"], ["--role", "group", "--unit", "g1"]):
        main([*arguments, "--data", str(data), "--json"])
        people.append(json.loads(capsys.readouterr().out)["person"])
    assert people[0] != people[1]


def test_a_county_token_without_a_unit_is_refused_with_the_units_that_exist(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--role", "county", "--data", str(data)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert all(code in told.err for code in COUNTIES)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--role", "group", "--unit", "g9"], "g1"),
        (["--role", "office", "--unit", "140525"], "city"),
        (["--role", "station", "--unit", "g1"], "140571"),
        (["--role", "enterprise"], "--unit"),
        (["--role", "office", "--hours", "0"], "--hours"),
    ],
)
def test_what_cannot_be_minted_is_answered_with_what_to_type(
    arguments: list[str], told: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--data", str(data)]) == 2
    assert told in capsys.readouterr().err


def test_a_data_directory_without_an_installation_is_told_how_to_get_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--role", "office", "--data", str(tmp_path)]) == 2
    assert f"./bihuan up --data {tmp_path}" in capsys.readouterr().err


def test_the_units_are_those_of_the_campaign_that_the_installation_runs(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path(__file__).parents[2]
    (other,) = (root / "tests/support/campaigns").glob("*.yaml")
    (data / "run").mkdir()
    (data / "run/state.json").write_text(json.dumps({"campaign": str(other)}))
    assert main(["--role", "county", "--unit", "140525", "--data", str(data)]) == 2
    told = capsys.readouterr().err
    assert all(f"  {county.code}  " in told for county in load(other).units)
    assert "  140525  " not in told
