"""Which bus a client talks to: where the certificate of an authority is given, to one that it vouches for, never in
plain.

A NATS server says in plain, before anything is encrypted, whether it wants TLS, and the client library believes it:
who sits between them says no, and is given the credentials. So the handshake has to come first, before any word of the
server and whatever the scheme of its URL: connect with tls_handshake_first=True.
"""

import ssl
from pathlib import Path

from shared.platform.messaging.settings import SettingMissing


def verifying(authority: Path | None) -> ssl.SSLContext | None:
    """A context that trusts this authority (a PEM file) alone and looks at the server's name; None without one.

    Raises SettingMissing.
    """
    if authority is None:
        return None
    try:
        context = ssl.create_default_context(cafile=authority)
    except OSError as error:  # an ssl.SSLError, which a file without a certificate brings, is one
        raise SettingMissing(f"BIHUAN_NATS_CA: {authority} cannot be read as certificates in PEM: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
