"""A pylock.toml (PEP 751) is honoured."""

from hashlib import sha256
from pathlib import Path

import pytest

from streambda.bundle.package_target import PackageTarget
from streambda.layer import Architecture
from tests.bundle.conftest import Install
from tests.support.projects import write_package
from tests.support.wheels import make_wheel


def write_pylock(entry: Path, package: str, head: str = "") -> None:
    text = f'lock-version = "1.0"\ncreated-by = "test"\n{head}\n[[packages]]\n{package}\n'
    (entry / "pylock.toml").write_text(text)


@pytest.fixture
def locked(entry: Path) -> Path:
    wheel = make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": "1.0"})
    digest = sha256(wheel.read_bytes()).hexdigest()
    package = f'name = "tiny"\nversion = "1.0"\nwheels = [{{ url = "{wheel.as_uri()}", '
    write_pylock(
        entry, package + f'hashes = {{ sha256 = "{digest}" }} }}]', 'requires-python = ">=3.99"'
    )
    return entry


@pytest.mark.usefixtures("locked")
def test_what_is_locked_is_installed_for_any_python(install_for: Install) -> None:
    """uv would compare requires-python with the Python that runs it."""
    target = PackageTarget("3.99", Architecture.ARM64)

    assert (install_for(target).tree / "tiny.py").read_text() == "1.0"


@pytest.mark.usefixtures("locked")
def test_a_python_that_the_lock_is_not_for_is_refused(install_for: Install) -> None:
    with pytest.raises(
        ValueError, match=r"pylock\.toml requires Python >=3\.99, the function has 3"
    ):
        install_for()


@pytest.mark.usefixtures("locked")
def test_an_extra_that_the_lock_does_not_have_is_named(install_for: Install) -> None:
    with pytest.raises(ValueError, match=r"pylock\.toml has no extra 'more', it has: none$"):
        install_for(extras=["more"])


def test_code_on_this_machine_is_installed_and_part_of_the_key(
    entry: Path, install_for: Install
) -> None:
    lib = write_package(entry.parent / "lib", "lib")
    write_pylock(entry, 'name = "lib"\ndirectory = { path = "../lib", editable = true }')
    before = install_for()
    (lib / "lib.py").write_text("edited")

    after = install_for()

    assert (before.tree / "lib.py").read_text() == "NAME = 'lib'\n"
    assert (after.tree / "lib.py").read_text() == "edited"
    assert not list(after.tree.glob("*.pth"))
