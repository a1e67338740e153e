"""Functions, wrappers and extensions with Lambda's paths in their text, run as they are."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from streambda.local.environments import lambda_folders
from streambda.local.environments.lambda_folders import find_obstacle
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.model.functions import LocalFunction
from tests.support.local_assembly import write_bootstrap
from tests.support.local_functions import WORDS
from tests.support.pools import PoolLog, new_request, run_pool

permitted = pytest.mark.skipif(bool(find_obstacle()), reason=f"not permitted: {find_obstacle()}")

EXTENSION = Path(__file__).parents[2] / "support" / "extension.py"
WRAPPER = '#!/bin/sh\n/opt/bin/say wrapper\nexec "$@"\n'
NODE_HANDLER = 'exports.handler = async () => require("/opt/nodejs/words").text;\n'
PYTHON_HANDLER = 'def handler(event, context):\n    return open("/opt/data/words").read()\n'


def write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def write_layer(folder: Path) -> Path:
    write(folder / "bin/say", '#!/bin/sh\necho "$1 sees /opt"\n', 0o755)
    write(folder / "bootstrap", WRAPPER, 0o755)
    write(folder / "bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n', 0o755)
    return folder


async def answer(function: LocalFunction, folder: Path) -> tuple[bytes, PoolLog]:
    async with run_pool(function, folder / "files", EnvironmentOptions()) as (pool, log):
        stream = pool.invoke(new_request())
        data = b"".join([chunk async for chunk in stream])
        await stream.released.wait()
    return data, log


@permitted
async def test_an_extension_in_opt_is_started_with_a_program_of_its_layer(tmp_path: Path) -> None:
    layer = write_layer(tmp_path / "layer")
    text = f"#!/opt/bin/python\n{EXTENSION.read_text()}"
    # A kernel takes no script for the program of another's first line.
    (layer / "bin/python").unlink()
    (layer / "bin/python").symlink_to(sys.executable)
    write(layer / "extensions/logger", text, 0o755)
    code = write_bootstrap(tmp_path / "code")

    data, log = await answer(replace(WORDS, code=code, layers=(layer,), timeout_s=30), tmp_path)

    assert data == b"one two"
    assert "logger INVOKE r" in log.texts
    assert "logger SHUTDOWN spindown" in log.texts


@permitted
@pytest.mark.parametrize(
    ("runtime", "handler", "module", "text"),
    [
        ("python3.11", "index.handler", "index.py", PYTHON_HANDLER),
        ("nodejs22.x", "index.handler", "index.js", NODE_HANDLER),
    ],
)
@pytest.mark.parametrize("wrapper", [None, "/opt/bootstrap"])
async def test_a_managed_function_that_names_opt(
    runtime: str, handler: str, module: str, text: str, wrapper: str | None, tmp_path: Path
) -> None:
    layer = write_layer(tmp_path / "layer")
    write(layer / "data/words", "one two")
    write(layer / "nodejs/words.js", 'exports.text = "one two";\n')
    write(tmp_path / "code" / module, text)
    function = replace(
        WORDS,
        runtime=runtime,
        handler=handler,
        code=tmp_path / "code",
        layers=(layer,),
        timeout_s=30,
        environment={"AWS_LAMBDA_EXEC_WRAPPER": wrapper} if wrapper else {},
    )

    data, log = await answer(function, tmp_path)

    assert data == b'"one two"'
    assert ("wrapper sees /opt" in log.texts) is bool(wrapper)


@permitted
async def test_a_bootstrap_that_names_its_own_folder_and_lambdas(tmp_path: Path) -> None:
    code = write_bootstrap(tmp_path / "code")
    (code / "bootstrap").rename(code / "runtime")
    write(code / "bootstrap", "#!/bin/sh\nexec /var/task/runtime\n", 0o755)

    data, _ = await answer(replace(WORDS, code=code, timeout_s=30), tmp_path)

    assert data == b"one two"


async def test_a_log_tells_of_an_extension_that_does_not_find_opt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_folders, "find_obstacle", lambda: "unshare: not permitted")
    layer = write_layer(tmp_path / "layer")
    write(layer / "extensions/bad", "#!/bin/sh\nexec /opt/bin/say bad\n", 0o755)
    code = write_bootstrap(tmp_path / "code")

    _, log = await answer(replace(WORDS, code=code, layers=(layer,), timeout_s=30), tmp_path)

    named = "it names /opt/bin/say, which is $STREAMBDA_OPT/bin/say here: unshare: not permitted"
    assert f"starts the extension bad ({named})" in log.texts
    assert any(text.endswith("bad: exit code 127") for text in log.texts)
