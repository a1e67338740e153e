"""Where OpenSSL finds the authorities to trust, if the layer's Python looks in another place.

Its OpenSSL was built for another distribution than provided.al2023, whose bundle it would miss:
every HTTPS request would fail. `ssl` itself is not imported here (a start has no use for it).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping

VARIABLE = "SSL_CERT_FILE"  # read by OpenSSL, https://docs.openssl.org/3.0/man7/openssl-env/

BUNDLES = (
    "/etc/pki/tls/certs/ca-bundle.crt",  # AL2023: Lambda's image
    "/etc/ssl/certs/ca-bundle.crt",  # AL2023 as well
    "/etc/ssl/certs/ca-certificates.crt",  # Debian: a developer's machine
)


def set_bundle(environ: MutableMapping[str, str], bundles: tuple[str, ...] = BUNDLES) -> None:
    """Sets SSL_CERT_FILE to the first bundle that exists, unless the function has set it."""
    if VARIABLE in environ:
        return
    for bundle in bundles:
        if os.path.exists(bundle):  # noqa: PTH110  # pathlib costs more than the whole start
            environ[VARIABLE] = bundle
            return
