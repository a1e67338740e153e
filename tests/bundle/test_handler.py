import re
from pathlib import Path

import pytest

from streambda.bundle.files import list_files
from streambda.bundle.handler import check_handler, check_is_packaged
from streambda.bundle.options import BundleOptions


@pytest.mark.parametrize("handler", ["", "app", ".handler", "app.", "a..b", "app.not-a-name"])
def test_a_handler_of_another_form_is_refused(entry: Path, handler: str) -> None:
    expected = f"handler is {handler!r}, expected 'module.function'"

    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        check_handler(entry, handler)


def test_a_missing_module_is_named(entry: Path) -> None:
    expected = f"handler is 'lib.web.handler', expected a module lib/web.py in {entry}"

    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        check_handler(entry, "lib.web.handler")


def test_a_missing_function_is_named(entry: Path) -> None:
    expected = f"handler is 'app.handle', expected {entry / 'app.py'} to define 'handle'"

    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        check_handler(entry, "app.handle")


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context): ...",
        "async def handler(event, context): yield b''",
        "class handler: ...",
        "handler = asgi(app)",
        "handler: Handler = asgi(app)",
        "handler, other = make()",
        "from app import handler",
        "from app import main as handler",
        "import handler.deep",
        "from app import *",
        "def __getattr__(name): ...",
        "try:\n  from fast import handler\nexcept ImportError:\n  handler = None",
        "if True:\n  def handler(event, context): ...",
        "with one() as handler: ...",
        "type A = int  # this file may be newer than the Python that runs the CDK\n(",
    ],
)
def test_whatever_can_bind_the_name_counts(entry: Path, source: str) -> None:
    (entry / "app.py").write_text(source)

    check_handler(entry, "app.handler")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "def other():\n  handler = 1\n  def handler(): ...",
        "class Other:\n  def handler(self): ...",
        "print(handler)",
        "from handler import main",
        "import app.handler",
    ],
)
def test_a_name_that_the_module_does_not_bind_is_refused(entry: Path, source: str) -> None:
    (entry / "app.py").write_text(source)

    with pytest.raises(ValueError, match="to define 'handler'"):
        check_handler(entry, "app.handler")


@pytest.mark.parametrize("handler", ["lib.web.handler", "lib/web.handler", "lib.handler"])
def test_modules_in_packages_are_found(entry: Path, handler: str) -> None:
    (entry / "lib").mkdir()
    (entry / "lib/__init__.py").write_text("from .web import handler")
    (entry / "lib/web.py").write_text("def handler(event, context): ...")

    check_handler(entry, handler)


@pytest.mark.parametrize("handler", ["lib.web.handler", "lib/web.handler"])
def test_a_module_that_is_left_out_of_the_zip_is_refused(entry: Path, handler: str) -> None:
    (entry / "lib").mkdir()
    (entry / "lib/web.py").write_text("def handler(event, context): ...")
    check_is_packaged(entry, handler, list_files(entry))
    expected = f"handler is {handler!r}, but its file {entry / 'lib/web.py'} is left out of the zip"

    with pytest.raises(ValueError, match=f"^{re.escape(expected)}"):
        check_is_packaged(entry, handler, list_files(entry, BundleOptions(exclude=["lib"])))
