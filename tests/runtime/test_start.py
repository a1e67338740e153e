"""The start of the process: the real `bootstrap`, run as Lambda runs it, and `main` by itself."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streambda_runtime import start
from streambda_runtime.certificates import BUNDLES
from tests.support.events import DIRECT
from tests.support.fake_runtime_api import WAIT_S, FakeRuntimeApi

ROOT = Path(__file__).parents[2]
BOOTSTRAP = ROOT / "lambda_src" / "bootstrap"


@pytest.fixture
def task_root(tmp_path: Path) -> Path:
    (tmp_path / "bootstrap").symlink_to(BOOTSTRAP)
    (tmp_path / "streambda_runtime").symlink_to(BOOTSTRAP.parent / "streambda_runtime")
    return tmp_path


def run_bootstrap(
    task_root: Path, handler: str, address: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    variables = {"AWS_LAMBDA_RUNTIME_API": address, "_HANDLER": handler, "PATH": os.defpath}
    return subprocess.run(
        [task_root / "bootstrap"],
        env=variables | {"STREAMBDA_PYTHON": sys.executable} | environ,
        cwd=task_root,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def test_bootstrap_serves_and_its_exit_is_never_0(task_root: Path) -> None:
    (task_root / "mine.py").write_text(
        "import helper\n"
        "def handler(event, context):\n"
        "    print('handling')\n"
        "    yield helper.greet(event)\n"
    )
    (task_root / "helper.py").write_text("def greet(event): return event['sentence'].upper()\n")

    with FakeRuntimeApi(DIRECT) as fake:
        done = run_bootstrap(task_root, "mine.handler", fake.address)

    assert done.returncode == 1
    assert done.stdout == "handling\n"
    assert done.stderr.startswith("[streambda] GET /2018-06-01/runtime/invocation/next")
    assert [post.body for post in fake.posts()] == [b"HELLO WORLD"]


def test_sigterm_ends_gracefully(task_root: Path) -> None:
    """The handler kills its own process politely: its `finally` and exit hooks still run."""
    (task_root / "mine.py").write_text(
        "import atexit, os, signal\n"
        "atexit.register(print, 'hook')\n"
        "def handler(event, context):\n"
        "    try:\n"
        "        yield 'part'\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        yield 'never'\n"
        "    finally:\n"
        "        print('finally')\n"
    )

    with FakeRuntimeApi(DIRECT) as fake:
        done = run_bootstrap(task_root, "mine.handler", fake.address)

    (post,) = fake.posts()
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stdout == "finally\nhook\n"
    assert post.body == b"part"
    assert post.trailers["lambda-runtime-function-error-type"] == "Function.SystemExit"


@pytest.mark.parametrize("own", [{}, {"SSL_CERT_FILE": "/mine.pem"}])
def test_openssl_is_told_where_the_certificates_are(task_root: Path, own: dict[str, str]) -> None:
    (task_root / "mine.py").write_text(
        "import os\ndef handler(event, context): return os.environ.get('SSL_CERT_FILE')\n"
    )
    here = next((path for path in BUNDLES if Path(path).exists()), None)

    with FakeRuntimeApi(DIRECT) as fake:
        run_bootstrap(task_root, "mine.handler", fake.address, **own)

    assert [json.loads(post.body) for post in fake.posts()] == [own.get("SSL_CERT_FILE", here)]


def test_packages_of_layers_where_they_lie(task_root: Path) -> None:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    opt = task_root / "opt"
    folders = {"one": opt / f"python/lib/{version}/site-packages", "two": opt / "python"}
    for name, folder in folders.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.py").write_text(f"NAME = {name!r}\n")
        (folder / "both.py").write_text(f"NAME = {name!r}\n")
    (task_root / "mine.py").write_text(
        "import one, two, both\n"
        "def handler(event, context): return [one.NAME, two.NAME, both.NAME]\n"
    )

    with FakeRuntimeApi(DIRECT) as fake:
        run_bootstrap(task_root, "mine.handler", fake.address, STREAMBDA_OPT=str(opt))

    assert [json.loads(post.body) for post in fake.posts()] == [["one", "two", "one"]]


def test_bootstrap_names_the_python_that_is_missing(task_root: Path) -> None:
    done = run_bootstrap(task_root, "mine.handler", "127.0.0.1:1", STREAMBDA_PYTHON="/none/python3")

    assert done.returncode == 127
    assert done.stderr == (
        "streambda: no Python at /none/python3; attach the Python layer or set STREAMBDA_PYTHON\n"
    )


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("SSL_CERT_FILE", "")  # or `main` would set it for all later tests
    return monkeypatch  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("source", "error_type", "in_stack"),
    [
        ("def other(): pass", "Runtime.HandlerNotFound", None),
        ("1/0", "Runtime.ImportModuleError", "1/0"),
        ("raise SystemExit(0)", "Runtime.ImportModuleError", "raise SystemExit(0)"),
    ],
)
def test_an_init_failure_is_posted_and_the_exit_is_1(
    environ: pytest.MonkeyPatch, tmp_path: Path, source: str, error_type: str, in_stack: str | None
) -> None:
    name = f"start_{abs(hash(source))}"
    (tmp_path / f"{name}.py").write_text(source)
    with FakeRuntimeApi() as fake:
        environ.setenv("AWS_LAMBDA_RUNTIME_API", fake.address)
        environ.setenv("_HANDLER", f"{name}.handler")
        status = start.main()

    (post,) = fake.posts()
    report = json.loads(post.body)
    assert status == 1
    assert post.target == "/2018-06-01/runtime/init/error"
    assert post.headers["lambda-runtime-function-error-type"] == error_type
    assert (in_stack is None) == (report["stackTrace"] == [])
    assert in_stack is None or in_stack in "".join(report["stackTrace"])


def test_a_missing_runtime_api_is_one_line(
    environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)

    assert start.main() == 1
    assert capsys.readouterr().err == (
        "[streambda] AWS_LAMBDA_RUNTIME_API is '', expected host:port\n"
    )


def test_a_stream_that_cannot_be_reconfigured_is_left_alone(
    environ: pytest.MonkeyPatch,
) -> None:
    environ.setattr(sys, "stdout", object())
    environ.setenv("AWS_LAMBDA_RUNTIME_API", "")

    assert start.main() == 1
