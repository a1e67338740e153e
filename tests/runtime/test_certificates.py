"""Which certificates OpenSSL is pointed to."""

from pathlib import Path

import pytest

from streambda_runtime.certificates import BUNDLES, set_bundle


@pytest.fixture
def bundles(tmp_path: Path) -> tuple[str, ...]:
    """Three places, of which the last two have a file."""
    paths = [tmp_path / name for name in ("missing", "second", "third")]
    for path in paths[1:]:
        path.touch()
    return tuple(map(str, paths))


def test_the_first_bundle_that_exists_is_named(bundles: tuple[str, ...]) -> None:
    environ: dict[str, str] = {}

    set_bundle(environ, bundles)

    assert environ == {"SSL_CERT_FILE": bundles[1]}


@pytest.mark.parametrize("own", ["/mine.pem", ""])
def test_the_functions_own_choice_stays(bundles: tuple[str, ...], own: str) -> None:
    environ = {"SSL_CERT_FILE": own}

    set_bundle(environ, bundles)

    assert environ == {"SSL_CERT_FILE": own}


def test_without_a_bundle_openssl_is_left_to_itself(bundles: tuple[str, ...]) -> None:
    environ: dict[str, str] = {}

    set_bundle(environ, bundles[:1])

    assert environ == {}


def test_lambdas_image_comes_before_a_developers_machine() -> None:
    assert BUNDLES[0] == "/etc/pki/tls/certs/ca-bundle.crt"
    assert BUNDLES[-1] == "/etc/ssl/certs/ca-certificates.crt"
