"""What happens to a response in between: pieces, lost trailers, a deadline of another time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda.local import Faults
from streambda.local.faults.effects import Distortion, Gunzip, is_gzip, remove_gzip_headers
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.lifecycle import State, Step
from streambda.local.limits.limits import PRELUDE_BYTES

TOLD = Failure(code="Function.ValueError", details="{}")
CUT = Failure(code="Runtime.TruncatedResponse", details=None)


@given(chunks=st.lists(st.binary(max_size=40), max_size=10), size=st.none() | st.integers(1, 50))
def test_pieces_are_the_same_bytes(chunks: list[bytes], size: int | None) -> None:
    distortion = Distortion(Faults(split_prelude=size))

    pieces = [piece for chunk in chunks for piece in distortion.split(chunk)]

    assert b"".join(pieces) == b"".join(chunks)
    assert all(pieces), "an empty piece would be the end of a chunked body"
    if size:
        assert all(len(piece) <= size for piece in pieces)


def test_only_the_beginning_is_cut_to_pieces() -> None:
    distortion = Distortion(Faults(split_prelude=1000))

    sizes = [len(piece) for piece in distortion.split(b"x" * (PRELUDE_BYTES + 5000))]

    assert sizes == [1000] * 16 + [384, 5000]
    assert [len(piece) for piece in distortion.split(b"x" * 5000)] == [5000]


@pytest.mark.parametrize(
    ("state", "step", "failure", "end"),
    [
        (State.STREAMING, Step.FAIL, TOLD, (Step.COMPLETE, None)),
        (State.STREAMING, Step.FAIL, CUT, (Step.FAIL, CUT)),
        (State.SENT, Step.FAIL, TOLD, (Step.FAIL, TOLD)),
        (State.SENT, Step.REPORT, TOLD, (Step.REPORT, TOLD)),
        (State.STREAMING, Step.TIME_OUT, TOLD, (Step.TIME_OUT, TOLD)),
        (State.STREAMING, Step.COMPLETE, None, (Step.COMPLETE, None)),
    ],
)
def test_only_what_trailers_told_is_lost_with_them(
    state: State, step: Step, failure: Failure | None, end: tuple[Step, Failure | None]
) -> None:
    assert Distortion(Faults(trailer_loss=True)).change_end(state, step, failure) == end
    assert Distortion(Faults(gunzip=True)).change_end(state, step, failure) == (step, failure)


def test_deadline_of_another_time() -> None:
    assert Distortion(Faults(clock_skew=-1.5)).shift_deadline(10_000) == 8_500


def test_gunzip_lets_pass_what_is_none() -> None:
    unpack = Gunzip()

    assert [unpack(b"pl"), unpack(b"ain")] == [b"pl", b"ain"]


def test_headers_of_a_packed_body() -> None:
    packed = [(b"content-encoding", b"gzip"), (b"x-amzn-remapped-content-length", b"9")]

    assert is_gzip(packed)
    assert remove_gzip_headers([*packed, (b"x-a", b"b")]) == [(b"x-a", b"b")]
    assert not is_gzip([(b"content-encoding", b"br")])
