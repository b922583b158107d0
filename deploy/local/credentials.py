"""Every secret of an installation: where in its data directory it lies, made at first use and kept from then on.

    secrets/<service>/          keys and peppers, the session keys, the nkey seed by which it enters the bus, the keys
                                that make its events its own
    secrets/postgres/<role>     a password for each database role and the administrator
    secrets/nats/admin          the password of the administrator of the bus
    secrets/accounts.tsv        names and passwords of the first accounts, written by migrations

Every file is 0600, see secret_files. Docker compose has the same folders, each service's in a volume of its own.
"""

import os
import secrets
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path

import nkeys  # type: ignore[import-untyped]  # it ships neither types nor stubs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.local.layout import Layout
from deploy.local.secret_files import make_again, make_once, password
from shared.kernel.contracts import SERVICES
from shared.platform.messaging import seals

# 32 random bytes each: vault_kek wraps reporters' keys, the peppers make receipt codes and address marks unguessable
RANDOM_SECRETS: Mapping[str, tuple[str, ...]] = {
    "intake": ("vault_kek", "receipt_pepper", "receipt_lookup_pepper", "address_pepper"),
    "cases": ("address_pepper",),
    "assessment": ("address_pepper",),
    "notify": ("address_pepper",),
}


def make_secrets(layout: Layout) -> None:
    """The keys and peppers of the four services. Sessions are signed by cases; the others only verify, each with a copy
    of the public half, which is what follows from the private one, whatever was there."""
    for service, names in RANDOM_SECRETS.items():
        for name in names:
            make_once(layout.secrets / service / name, secrets.token_bytes(32))
    fresh = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private_pem = make_once(layout.secrets / "cases" / "session_private.pem", fresh)
    public_key = load_pem_private_key(private_pem, password=None).public_key()
    public_pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for service in SERVICES:
        make_again(layout.secrets / service / "session_public.pem", public_pem)
    make_event_keys(layout)


def make_event_keys(layout: Layout) -> None:
    """The key that each service shares with each other one that reads its events (see messaging.seals)."""
    for producer, reader in permutations(SERVICES, 2):
        key = make_once(layout.secrets / producer / f"{seals.TO}{reader}", secrets.token_bytes(32))
        make_once(layout.secrets / reader / f"{seals.FROM}{producer}", key)


def role_password_file(layout: Layout, role: str) -> Path:
    """Where the password of a database role is, once `role_password` was asked for it."""
    return layout.secrets / "postgres" / role


def role_password(layout: Layout, role: str) -> str:
    """The password of a database role of deploy.postgres.roles, or of the administrator."""
    return password(role_password_file(layout, role))


def bus_password(layout: Layout) -> str:
    """The password of the administrator of the bus."""
    return password(layout.secrets / "nats" / "admin")


def nkey_seed_file(layout: Layout, service: str) -> Path:
    """The service's nkey seed."""
    path = layout.secrets / service / "nats.nk"
    make_once(path, nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
    return path


def nkey_public_keys(layout: Layout) -> dict[str, str]:
    """By service, what the bus must know of its nkey (U…)."""
    seeds = {service: nkey_seed_file(layout, service).read_bytes() for service in SERVICES}
    return {service: bytes(nkeys.from_seed(bytearray(seed)).public_key).decode() for service, seed in seeds.items()}


def accounts_file(layout: Layout) -> Path:
    """Where migrations write the names and passwords of the accounts that they make."""
    return layout.secrets / "accounts.tsv"
