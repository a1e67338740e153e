"""What faults do to a request and to the bytes of a response: one class for each. No I/O."""

import zlib
from collections.abc import Iterator
from random import Random

from streambda.local.faults.faults import NO_FAULTS, Faults
from streambda.local.http.headers import CONTENT_LENGTH, RawHeaders
from streambda.local.invocation.failures import ErrorType, Failure
from streambda.local.invocation.lifecycle import State, Step
from streambda.local.limits.limits import PRELUDE_BYTES

# zlib's number for "gzip, with the largest window".
GZIP = 16 + zlib.MAX_WBITS

ENCODING = (b"content-encoding", b"gzip")
LENGTHS = frozenset({CONTENT_LENGTH, b"x-amzn-remapped-content-length"})


class Throttle:
    """`throttle`: decides which requests of an endpoint are answered with 429."""

    def __init__(self) -> None:
        self._faults = NO_FAULTS
        self._random = Random(NO_FAULTS.seed)

    def refuses_next(self, faults: Faults) -> bool:
        """For one request; other faults than before begin a new series of decisions."""
        if faults is not self._faults and faults != self._faults:
            self._faults, self._random = faults, Random(faults.seed)
        return faults.throttle > 0 and self._random.random() < faults.throttle


class Distortion:
    """`split_prelude`, `trailer_loss` and `clock_skew` of one response, as
    `invocation.stream.ResponseDistortion`."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._seen = 0

    def shift_deadline(self, deadline_ms: int) -> int:
        return deadline_ms + round(self._faults.clock_skew * 1000)

    def split(self, data: bytes) -> Iterator[bytes]:
        """Only where a prelude can be: the rest comes as it is."""
        size = self._faults.split_prelude
        near = max(0, PRELUDE_BYTES - self._seen) if size else 0
        self._seen += len(data)
        for at in range(0, min(near, len(data)), size or 1):
            yield data[at : min(at + (size or 1), near)]
        if rest := data[near:]:
            yield rest

    def change_end(
        self, state: State, step: Step, failure: Failure | None
    ) -> tuple[Step, Failure | None]:
        """An error that only the trailers report is lost; a truncated body stays truncated."""
        lossy = self._faults.trailer_loss and (state, step) == (State.STREAMING, Step.FAIL)
        if lossy and failure and failure.code != ErrorType.TRUNCATED_RESPONSE:
            return Step.COMPLETE, None
        return step, failure


class Gunzip:
    """`gunzip`: unpacks a body piece by piece; what is not gzip passes as it is."""

    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(GZIP)
        self._broken = False

    def __call__(self, data: bytes) -> bytes:
        if self._broken:
            return data
        try:
            return self._decompressor.decompress(data)
        except zlib.error:
            self._broken = True
            return data


def is_gzip(headers: RawHeaders) -> bool:
    return ENCODING in headers


def remove_gzip_headers(headers: RawHeaders) -> RawHeaders:
    """Without the encoding, and without a length that counted packed bytes."""
    return [pair for pair in headers if pair != ENCODING and pair[0] not in LENGTHS]
