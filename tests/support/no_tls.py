"""For httpx on loopback: reading the certificates that nobody asks for takes 40 ms a client."""

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
