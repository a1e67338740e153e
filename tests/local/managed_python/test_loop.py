"""Functions of plain managed Python, in the process that they get: events in, answers out."""

import json
from pathlib import Path

import pytest

from tests.support.events import DIRECT
from tests.support.fake_runtime_api import REQUEST_ID, FakeRuntimeApi, next_headers
from tests.support.managed_python_process import ENDED, run_managed_python

ANSWER = f"/2018-06-01/runtime/invocation/{REQUEST_ID}"


@pytest.mark.slow
@pytest.mark.parametrize("handler", ["app.handler", "pkg/app.handler", "pkg.app.handler"])
def test_events_are_answered_one_after_another(tmp_path: Path, handler: str) -> None:
    source = "def handler(event, context): return {'said': event['sentence'], 'né': (1, None)}\n"
    (tmp_path / "pkg").mkdir()
    for folder in (tmp_path, tmp_path / "pkg"):
        (folder / "app.py").write_text(source)
    headers = next_headers(invocation_id="nonce")

    with FakeRuntimeApi(DIRECT, b'{"sentence": 2}', headers=headers) as fake:
        done = run_managed_python(
            tmp_path, handler, fake, {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}
        )

    one, two = fake.posts()
    assert (done.returncode, done.stdout, done.stderr) == (1, "", ENDED)
    assert one.target == f"{ANSWER}/response"
    assert one.headers["content-type"] == "application/json"
    assert one.headers["lambda-runtime-invocation-id"] == "nonce"
    assert one.body.decode() == '{"said": "Hello world", "né": [1, null]}'
    assert json.loads(two.body)["said"] == 2
    assert fake.connections == 1


def test_bytes_are_sent_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context): return b'\\xff'\n")

    with FakeRuntimeApi(DIRECT) as fake:
        run_managed_python(tmp_path, "app.handler", fake)

    [post] = fake.posts()
    assert (post.body, post.headers["content-type"]) == (b"\xff", "application/unknown")


def test_what_a_handler_finds(tmp_path: Path) -> None:
    """Its code first, then its layers; none of this runtime's own modules, nor of ours."""
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "app.py").write_text(
        "import os, sys\n"
        "import of_layer\n"
        "def handler(event, context):\n"
        "    found = [__import__('importlib').util.find_spec(name) is not None\n"
        "             for name in ('context', 'marshalling')] + ['streambda' in sys.modules]\n"
        "    return [sys.path[:2], of_layer.NAME, os.environ['_X_AMZN_TRACE_ID'], os.getcwd(),\n"
        "            os.environ['PYTHONPATH'], found]\n"
    )
    python = tmp_path / "opt" / "python"
    python.mkdir(parents=True)
    (python / "of_layer.py").write_text("NAME = 'layer'\n")
    task = str(tmp_path / "task")

    with FakeRuntimeApi(DIRECT, headers=next_headers(trace_id="Root=1")) as fake:
        run_managed_python(tmp_path / "task", "app.handler", fake, opt=tmp_path / "opt")

    path, layer, trace, folder, inherited, found = json.loads(fake.posts()[0].body)
    assert path == [task, str(python)]
    assert (layer, trace, folder, inherited) == ("layer", "Root=1", task, "/var/runtime")
    assert found == [False, False, False]


def test_packages_of_the_image_come_last(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import of_image, six\ndef handler(event, context): return [of_image.NAME, six.NAME]\n"
    )
    (tmp_path / "six.py").write_text("NAME = 'its own'\n")
    image = tmp_path / "image"
    image.mkdir()
    for name in ("of_image", "six"):
        (image / f"{name}.py").write_text("NAME = 'of the image'\n")

    with FakeRuntimeApi(DIRECT) as fake:
        run_managed_python(tmp_path, "app.handler", fake, {"STREAMBDA_IMAGE": str(image)})

    assert json.loads(fake.posts()[0].body) == ["of the image", "its own"]


def test_a_pythonpath_of_its_own_hides_its_layers(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import sys\ndef handler(event, context): return sys.path\n")

    (tmp_path / "opt" / "python").mkdir(parents=True)

    with FakeRuntimeApi(DIRECT) as fake:
        run_managed_python(
            tmp_path, "app.handler", fake, {"PYTHONPATH": "/mine"}, opt=tmp_path / "opt"
        )

    path = json.loads(fake.posts()[0].body)
    assert path[:2] == [str(tmp_path), "/mine"]
    assert str(tmp_path / "opt" / "python") not in path


FAILURES = [
    ("raise ValueError('no')", "ValueError", "no"),
    ("return (x for x in ())", "Runtime.MarshalError",
     "Unable to marshal response: Object of type generator is not JSON serializable"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "error_type", "message"), FAILURES)
def test_a_failure_is_reported_and_the_next_event_is_served(
    tmp_path: Path, body: str, error_type: str, message: str
) -> None:
    (tmp_path / "app.py").write_text(
        f"def handler(event, context):\n    if event: {body}\n    return 'well'\n"
    )

    with FakeRuntimeApi(DIRECT, b"{}") as fake:
        done = run_managed_python(tmp_path, "app.handler", fake)

    failed, well = fake.posts()
    report = json.loads(failed.body)
    assert failed.target == f"{ANSWER}/error"
    assert failed.headers["lambda-runtime-function-error-type"] == error_type
    assert (report["errorType"], report["errorMessage"]) == (error_type, message)
    assert report["requestId"] == REQUEST_ID
    assert done.stdout.startswith(
        f"[ERROR] {error_type}: {message}\nTraceback (most recent call last):\n"
    )
    assert well.body == b'"well"'


def test_a_stack_has_the_users_frames_alone(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context):\n    1/0\n")

    with FakeRuntimeApi(DIRECT) as fake:
        done = run_managed_python(tmp_path, "app.handler", fake)

    [frame] = json.loads(fake.posts()[0].body)["stackTrace"]
    assert frame == f'  File "{tmp_path}/app.py", line 2, in handler\n    1/0\n'
    assert done.stdout.endswith(
        f'\n\xa0\xa0File "{tmp_path}/app.py", line 2, in handler\n\xa0\xa0\xa0\xa01/0\n'
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("event", "headers", "error_type"),
    [
        (b"{no", {}, "Runtime.UnmarshalError"),
        (b"{}", {"client_context": "{no"}, "Runtime.LambdaContextUnmarshalError"),
        (b"{}", {"cognito_identity": "{no"}, "Runtime.LambdaContextUnmarshalError"),
    ],
)
def test_what_cannot_be_read_fails_the_invocation(
    tmp_path: Path, event: bytes, headers: dict[str, str], error_type: str
) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context): pass\n")

    with FakeRuntimeApi(event, headers=next_headers(**headers)) as fake:
        run_managed_python(tmp_path, "app.handler", fake)

    [post] = fake.posts()
    assert json.loads(post.body)["errorType"] == error_type


def test_an_exit_ends_the_process(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import sys\ndef handler(event, context): sys.exit(3)\n")

    with FakeRuntimeApi(DIRECT) as fake:
        done = run_managed_python(tmp_path, "app.handler", fake)

    assert (done.returncode, fake.posts()) == (3, [])


def test_an_answer_that_is_refused_ends_the_process(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context): return 'much'\n")

    with FakeRuntimeApi(DIRECT, DIRECT, answers={"response": (413, b"too large")}) as fake:
        done = run_managed_python(tmp_path, "app.handler", fake)

    assert done.returncode == 1
    assert done.stderr == f"[ERROR] POST {ANSWER}/response was answered 413: too large\n"
    assert len(fake.posts()) == 1
