"""The certificate by which the bus is known, and the authority of this one installation that vouches for it.

Keys are made once and kept. A certificate is made anew, from the same key, when less than a third of its time is left
or when it no longer says what it should: who trusts the authority by an earlier certificate goes on trusting, until
that one's own end. The server's ends before the authority's, because it has been renewed in time first.
"""

from datetime import datetime, timedelta
from ipaddress import IPv4Address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE, SERVER_LIFE = timedelta(days=3650), timedelta(days=1095)
CLOCKS_DIFFER = timedelta(hours=1)
NAMES = (x509.DNSName("nats"), x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1")))
_AUTHORITY, _SERVER = "Bihuan bus authority", "Bihuan bus"


def new_key() -> bytes:
    """A private key (P-256, which every client library takes), as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def authority(key: bytes, existing: bytes, now: datetime) -> bytes:
    """The authority's certificate as PEM: `existing`, empty at first, while it will do, else a new one."""
    own = _load(key)
    public = own.public_key()
    certificate = (
        _begun(_AUTHORITY, public, now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(own, SHA256())
    )
    return _kept_or_new(existing, certificate, now)


def server(key: bytes, authority_key: bytes, existing: bytes, now: datetime) -> bytes:
    """The server's certificate as PEM, for NAMES, likewise."""
    signer = _load(authority_key)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    certificate = (
        _begun(_SERVER, _load(key).public_key(), now, now + SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
        .add_extension(issuer, critical=False)
        .sign(signer, SHA256())
    )
    return _kept_or_new(existing, certificate, now)


def _load(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey), "it is one of new_key"
    return key


def _begun(name: str, public: ec.EllipticCurvePublicKey, now: datetime, end: datetime) -> x509.CertificateBuilder:
    """What both have; with key identifiers, which strict verifiers ask for (RFC 5280, 4.2.1.1 and 4.2.1.2)."""
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(_AUTHORITY))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=key_cert_sign, crl_sign=crl_sign, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _kept_or_new(existing: bytes, new: x509.Certificate, now: datetime) -> bytes:
    """Their extensions name both keys, the own and the authority's: equal ones mean equal keys."""
    if existing:
        old = x509.load_pem_x509_certificate(existing)
        life, left = old.not_valid_after_utc - old.not_valid_before_utc, old.not_valid_after_utc - now
        if left >= life / 3 and list(old.extensions) == list(new.extensions):
            return existing
    return new.public_bytes(Encoding.PEM)
