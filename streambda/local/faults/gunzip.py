"""What was reported of function URLs: a body packed with gzip is unpacked on its way. No I/O."""

import zlib

from streambda.local.http.headers import RawHeaders

# zlib's number for "gzip, with the largest window".
GZIP = 16 + zlib.MAX_WBITS

ENCODING = (b"content-encoding", b"gzip")
LENGTHS = frozenset({b"content-length", b"x-amzn-remapped-content-length"})


class Gunzip:
    """Unpacks piece by piece; what is no gzip after all passes as it is."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(GZIP)
        self._broken = False

    def __call__(self, data: bytes) -> bytes:
        if self._broken:
            return data
        try:
            return self._unpacker.decompress(data)
        except zlib.error:
            self._broken = True
            return data


def is_packed(headers: RawHeaders) -> bool:
    return ENCODING in headers


def unpacked(headers: RawHeaders) -> RawHeaders:
    return [pair for pair in headers if pair != ENCODING and pair[0] not in LENGTHS]
