"""CPython's own tests on the relinked interpreter: Debian's test package, laid into the layer."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from streambda.layer import Architecture
from streambda.layer.errors import SourceUnavailable
from streambda.layer.recipe import read_recipe, recipe_folder
from streambda.layer.sources.debian.apt import download_packages
from streambda.layer.sources.debian.deb import unpack_deb
from tests.support import real_layer

pytestmark = [
    pytest.mark.layer,
    pytest.mark.slow,
    real_layer.runs_x86_64,
    pytest.mark.timeout(300),
]

# What the relink can break: libm, the C library's strings and environment, threads, sockets, the
# archives that are linked in (zlib, expat), and the libraries that are bundled beside it.
# The slowest first.
MODULES = (
    "test_ssl", "test_subprocess", "test_socket", "test_asyncio.test_tasks", "test_threading",
    "test_os", "test_asyncio.test_streams", "test_asyncio.test_futures",
    "test_asyncio.test_locks", "test_asyncio.test_queues", "test_asyncio.test_taskgroups",
    "test_asyncio.test_timeouts", "test_math", "test_cmath", "test_float", "test_decimal",
    "test_zlib", "test_bz2", "test_lzma", "test_hashlib", "test_json",
    "test_struct", "test_urlparse", "test_httplib", "test_contextlib", "test_context",
    "test_ctypes", "test_pyexpat", "test_xml_etree", "test_uuid", "test_zoneinfo", "test_select",
    "test_generators", "test_asyncgen", "test_unicodedata", "test_multibytecodec", "test_codecs",
    "test_sys", "test_site", "test_locale", "test_mmap", "test_binascii", "test_re",
)  # fmt: skip
# Not in Debian's package: test_sqlite3.

# Pattern -> why it is left out.
EXCLUDED = {
    "ThreadedVSOCK*": (
        "waits for ever for a peer on virtual machines with a vsock device; "
        "so it does on Debian's own interpreter"
    ),
}

# The tests, and the modules that only they want (pruned from the layer).
PACKAGES = ("libpython3.11-testsuite", "libpython3.11-stdlib", "libpython3.11-minimal")
TESTS = ("test", "ctypes/test", "unittest/test", "lib-dynload")


@pytest.fixture
def python_with_tests(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer's interpreter, in a copy of the layer with the tests."""
    archive = real_layer.build_layer(tmp_path_factory.getbasetemp(), Architecture.X86_64)
    layer = real_layer.unpack_layer(archive, tmp_path / "layer")
    stdlib = layer / "python-rt/lib/python3.11"
    if "-debian-" not in archive.name or not stdlib.is_dir():
        pytest.skip("Debian's tests are for Debian's Python 3.11; this layer is another")
    for deb in _download(tmp_path):
        unpack_deb(deb, tmp_path / "debian")
    for name in TESTS:
        _add_missing(tmp_path / "debian/usr/lib/python3.11" / name, stdlib / name)
    return layer / real_layer.PYTHON


def _download(folder: Path) -> list[Path]:
    suites = read_recipe(recipe_folder()).lock.debian.suites
    try:
        return download_packages(list(PACKAGES), architecture="amd64", suites=suites, folder=folder)
    except SourceUnavailable as error:
        pytest.skip(f"no tests of CPython: {error}")


def _add_missing(source: Path, target: Path) -> None:
    """What the layer has stays the layer's."""
    for path in source.rglob("*"):
        copy = target / path.relative_to(source)
        if path.is_file() and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)  # with its mode: some are executable


def test_cpythons_own_tests_pass(python_with_tests: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    excluded = [word for pattern in EXCLUDED for word in ("-i", pattern)]
    # No -u: nothing beyond this machine is asked. Most of the time is waiting, so four at once.
    options = ["-j4", "-o", "--timeout", "120", *excluded]

    done = subprocess.run(
        # What is started in the background ignores Ctrl-C, and some of the tests press it.
        ["env", "--default-signal=INT", python_with_tests, "-m", "test", *options, *MODULES],
        env={"PATH": os.defpath, "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    # Also the number: a module that is skipped or not there is not "OK".
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert f"All {len(MODULES)} tests OK." in done.stdout
