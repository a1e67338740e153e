"""The wrapper in a managed runtime's place: the real scripts, called as Lambda calls them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from streambda_runtime.platform import managed_runtime
from tests.support.events import DIRECT
from tests.support.fake_runtime_api import WAIT_S, FakeRuntimeApi
from tests.support.managed_image import VERSION, WRAPPER, ManagedImage, make_managed_image
from tests.support.managed_process import run_in_managed_image

LAYERS = (f"/opt/python/lib/python{VERSION}/site-packages", "/opt/python")
SITE_PACKAGES = f"/var/lang/lib/python{VERSION}/site-packages"

TELLS = """
import json, os, sys
def handler(event, context):
    return {
        "path": sys.path,
        "argv": sys.argv,
        "execution_env": os.environ["AWS_EXECUTION_ENV"],
        "pythonpath": os.environ["PYTHONPATH"],
        "certificates": os.environ.get("SSL_CERT_FILE"),
        "libraries": os.environ["LD_LIBRARY_PATH"],
    }
"""


@pytest.fixture
def image(tmp_path: Path) -> ManagedImage:
    return make_managed_image(tmp_path)


def told(image: ManagedImage, source: str, name: str = "mine", **environ: str) -> Any:
    """What the handler in module `name` returns."""
    image.write_module(f"{name}.py", source)
    with FakeRuntimeApi(DIRECT) as fake:
        done = run_in_managed_image(image, f"{name}.handler", fake, **environ)
    [post] = fake.posts()
    assert post.action == "response", (done.stderr, post.body)
    return json.loads(post.body)


def interpreters_own() -> list[str]:
    """The path of the standard library and of the interpreter's own site-packages."""
    command = [sys.executable, "-s", "-P", "-c", "import json, sys; print(json.dumps(sys.path))"]
    environ = {"PATH": os.defpath}
    done = subprocess.run(command, env=environ, capture_output=True, check=True, timeout=WAIT_S)
    path: list[str] = json.loads(done.stdout)
    return path


def test_the_path_is_that_of_lambdas_own_loop(image: ManagedImage) -> None:
    found = told(image, TELLS, LD_LIBRARY_PATH="/var/lang/lib:/lib64")

    own = interpreters_own()
    expected = [str(image.task), *LAYERS, SITE_PACKAGES, str(image.runtime), *own]
    assert found["path"][: len(expected)] == expected
    # addsitedir adds a folder once more that does not exist.
    assert set(found["path"]) == set(expected)
    assert found["argv"] == [str(image.runtime / "bootstrap.py")]
    assert found["execution_env"] == f"AWS_Lambda_python{VERSION}"
    assert found["pythonpath"] == str(image.runtime)
    assert found["libraries"] == "/var/lang/lib:/lib64"
    assert found["certificates"] is None  # the image's OpenSSL knows its own


def test_pythonpath_is_honoured_and_keeps_layers_out(image: ManagedImage) -> None:
    found = told(image, TELLS, PYTHONPATH="/one:/two", LD_LIBRARY_PATH="")

    expected = [str(image.task), str(image.runtime), "/one", "/two", *interpreters_own()]
    assert found["path"] == expected
    assert found["pythonpath"] == "/one:/two"


def test_modules_of_the_image_and_of_pth_files_are_found(image: ManagedImage) -> None:
    """The handler's module has the name of one of the runtime's: theirs is not on the path."""
    (image.task / "vendored").mkdir()
    image.write_module("vendored/inner.py", "NAME = 'vendored'\n")
    image.write_module("vendored.pth", "vendored\n")
    source = "import bundled_sdk, inner\ndef handler(e, c): return [bundled_sdk.NAME, inner.NAME]\n"

    assert told(image, source, "errors") == ["bundled", "vendored"]


def test_chunk_1_arrives_before_chunk_2_can_be_made(image: ManagedImage, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    opener = os.open(gate, os.O_RDWR)  # both ends: neither side waits for the other to open
    image.write_module(
        "mine.py",
        "def handler(event, context):\n"
        "    yield 'first'\n"
        f"    with open({str(gate)!r}, 'rb', buffering=0) as gate:\n"
        "        gate.read(1)\n"
        "    yield 'second'\n",
    )

    def open_gate(data: bytes) -> None:
        os.write(opener, b".")

    with FakeRuntimeApi(DIRECT, on_data=open_gate) as fake:
        done = run_in_managed_image(image, "mine.handler", fake)
    os.close(opener)

    [post] = fake.posts()
    assert post.chunks == [b"first", b"second"]
    assert post.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert done.returncode == 1


def test_a_child_process_does_not_start_a_second_runtime(image: ManagedImage) -> None:
    """`spawn`, near to the default of Python 3.14, imports the file that the process began with."""
    source = (
        "import multiprocessing\n"
        "def work(end): end.send('done')\n"
        "def handler(event, context):\n"
        "    spawn = multiprocessing.get_context('spawn')\n"
        "    mine, theirs = spawn.Pipe()\n"
        "    child = spawn.Process(target=work, args=(theirs,))\n"
        "    child.start()\n"
        "    child.join(10)\n"
        "    child.kill()\n"
        "    return mine.recv() if mine.poll() else 'nothing'\n"
    )

    assert told(image, source) == "done"


def test_a_wrapper_that_is_not_called_as_one_says_so(image: ManagedImage) -> None:
    done = subprocess.run(
        [image.task / WRAPPER], capture_output=True, text=True, check=False, timeout=WAIT_S
    )

    assert done.returncode == 127
    assert done.stderr == (
        "streambda: streambda-wrapper got 0 arguments, expected an interpreter and its "
        "bootstrap.py\n"
    )


@pytest.mark.parametrize(
    ("environ", "expected"),
    [({}, ["layer", "image", "runtime", "linked"]), ({"PYTHONPATH": ""}, ["runtime"])],
)
def test_layers_are_sites_unless_pythonpath_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environ: dict[str, str], expected: list[str]
) -> None:
    folders = {name: tmp_path / name for name in ("task", "layer", "image", "runtime", "linked")}
    for folder in folders.values():
        folder.mkdir()
    (folders["layer"] / "more.pth").write_text(f"{folders['linked']}\n")
    task, layer, image, runtime, _ = map(str, folders.values())
    monkeypatch.setattr(sys, "path", [task])
    monkeypatch.setattr(sys, "argv", [])

    managed_runtime.set_up(environ, [f"{runtime}/bootstrap.py"], (layer,), image)

    assert sys.path == [task, *(str(folders[name]) for name in expected)]
