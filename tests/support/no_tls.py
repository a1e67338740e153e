"""A TLS context for httpx on loopback: reading the certificates would take 40 ms per client."""

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
