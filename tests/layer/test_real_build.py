"""Real layers from the first source that works; skipped, with the reason, where none works."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.util import source_from_cache
from pathlib import Path

import pytest

from streambda.layer import Architecture
from streambda.layer.check.check_layer import find_problems
from streambda.layer.recipe import read_recipe, recipe_folder
from tests.support import arm64_emulation, real_layer
from tests.support.layer_files import write_layer_zip
from tests.support.templates import ROOT

pytestmark = pytest.mark.layer

MODULES = "ssl, sqlite3, json, asyncio, ctypes, hashlib, lzma, bz2, zoneinfo, uuid, pyexpat, zlib"
DEBIANS_OWN = Path("/usr/bin/python3.11")
# Imported only where the module in C is missing, which it is not.
STAND_INS = {"_pydatetime", "_pydecimal", "_pyio"}

Layers = Callable[[Architecture], Path]


@pytest.fixture(scope="session")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Layers:
    return lambda architecture: real_layer.build_layer(tmp_path_factory.getbasetemp(), architecture)


@pytest.fixture(scope="session")
def unpacked(layers: Layers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The x86_64 layer in a folder whose name is not /opt and has a space."""
    folder = tmp_path_factory.mktemp("some where")
    return real_layer.unpack_layer(layers(Architecture.X86_64), folder)


def _run(folder: Path, *arguments: str, **environment: str) -> str:
    """Runs the layer's interpreter from another folder, with no environment but the given."""
    done = subprocess.run(
        [folder / real_layer.PYTHON, *arguments],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def _base() -> frozenset[str]:
    return read_recipe(recipe_folder()).base_image_libraries


@pytest.mark.parametrize("architecture", list(Architecture))
def test_the_layer_would_run_on_the_base_image(layers: Layers, architecture: Architecture) -> None:
    path = layers(architecture)

    assert find_problems(path, architecture, _base()) == []


def test_the_same_sources_give_the_same_bytes(layers: Layers, tmp_path: Path) -> None:
    """In another folder, with another umask, locale and time zone, and an empty cache."""
    first, again = layers(Architecture.X86_64), tmp_path / "again.zip"
    build = ["build", "--arch", "x86_64", "--fallback", real_layer.FALLBACK, "--out", str(again)]

    subprocess.run(
        [sys.executable, "-m", "streambda.layer", *build],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "STREAMBDA_CACHE_DIR": str(tmp_path / "cache"),
            "LC_ALL": "C",
            "TZ": "Asia/Kathmandu",
        },
        umask=0o077,
        capture_output=True,
        timeout=100,
        check=True,
    )

    assert again.read_bytes() == first.read_bytes()


def test_the_layer_holds_plain_files_only(layers: Layers) -> None:
    with zipfile.ZipFile(layers(Architecture.X86_64)) as archive:
        modes = {entry.external_attr >> 16 for entry in archive.infolist()}

    assert modes <= {0o100644, 0o100755, 0o040755}


@pytest.mark.parametrize("architecture", list(Architecture))
def test_the_bill_of_materials_names_what_was_download(
    layers: Layers, architecture: Architecture
) -> None:
    path = layers(architecture)
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("python-rt/sbom.cdx.json"))
        bytes_of_the_interpreter = archive.read("python-rt/bin/python3")

    python, *packages = document["components"]
    assert python["name"] == "CPython"
    if "-debian-" in path.name:
        lock = read_recipe(recipe_folder()).lock.debian
        assert {package["name"] for package in packages} == set(lock.packages)
        found = hashlib.sha256(bytes_of_the_interpreter).hexdigest()
        assert python["hashes"] == [{"alg": "SHA-256", "content": found}]


@real_layer.runs_x86_64
def test_the_modules_import_wherever_the_layer_is(unpacked: Path) -> None:
    place = _run(unpacked, "-c", f"import {MODULES}, sys; print(sys.prefix)")

    assert place == str(unpacked / "python-rt")


@real_layer.runs_x86_64
def test_nothing_of_the_machine_is_on_the_path(unpacked: Path) -> None:
    path = _run(unpacked, "-I", "-c", "import sys; print('\\n'.join(sys.path))").splitlines()

    assert path
    assert all(entry.startswith(str(unpacked)) for entry in path)


@real_layer.runs_x86_64
def test_the_interpreter_starts_without_site(unpacked: Path) -> None:
    assert _run(unpacked, "-I", "-S", "-c", "import sys; print('site' in sys.modules)") == "False"


@real_layer.runs_x86_64
def test_floating_point_is_glibcs(unpacked: Path) -> None:
    assert _run(unpacked, "-c", "import math; print(math.log2(2**-1065))") == "-1065.0"


@real_layer.runs_x86_64
def test_the_environment_arrives(unpacked: Path) -> None:
    code = "import os; print(os.environ['FRUIT'], os.getenv('FRUIT'))"

    assert _run(unpacked, "-c", code, FRUIT="orange") == "orange orange"


@real_layer.runs_x86_64
def test_the_environment_is_one_for_python_and_c(unpacked: Path) -> None:
    code = """if True:
        import ctypes, os
        os.environ.update({f"NAME_{n}": "x" for n in range(99)})
        me = ctypes.CDLL(None)
        names = ("environ", "__environ")
        print(len({ctypes.c_void_p.in_dll(me, name).value for name in names}))
        me.getenv.restype = ctypes.c_char_p
        print(me.getenv(b"NAME_98"))"""

    assert _run(unpacked, "-c", code).splitlines() == ["1", "b'x'"]


@real_layer.runs_x86_64
def test_the_time_zone_is_one_for_python_and_c(unpacked: Path) -> None:
    code = "import time; print(time.timezone, time.tzname[0], time.localtime(0).tm_hour)"

    assert _run(unpacked, "-c", code, TZ="FAR-9") == "-32400 FAR 9"


@real_layer.runs_x86_64
def test_developers_tools_are_kept(unpacked: Path) -> None:
    _run(unpacked, "-c", "import doctest, pdb, pydoc, unittest, cProfile")


@real_layer.runs_x86_64
def test_the_layers_libraries_win_over_the_library_path(unpacked: Path, tmp_path: Path) -> None:
    """Lambda sets LD_LIBRARY_PATH to start with /lib64."""
    for name in ("libssl.so.3", "libcrypto.so.3", "libffi.so.8"):
        (tmp_path / name).write_text("not a library")

    _run(unpacked, "-c", "import ssl, ctypes", LD_LIBRARY_PATH=str(tmp_path))


@real_layer.runs_x86_64
def test_the_interpreter_exports_no_other_librarys_names(unpacked: Path) -> None:
    """A wheel with its own zlib, expat or OpenSSL must get that one."""
    names = "inflate XML_ParserCreate SSL_new arc4random_buf"
    lookup = f"import ctypes; me = ctypes.CDLL(None); print([n for n in '{names}'.split()"
    own = f"{lookup} if hasattr(me, n)])"

    # glibc has arc4random_buf since 2.36; the interpreter's own copy must not show before that.
    assert _run(unpacked, "-c", own) in {"[]", "['arc4random_buf']"}


@pytest.mark.parametrize("architecture", list(Architecture))
def test_all_bytecode_is_used_without_a_look_at_the_source(
    layers: Layers, architecture: Architecture
) -> None:
    with zipfile.ZipFile(layers(architecture)) as archive:
        compiled = [name for name in archive.namelist() if name.endswith(".pyc")]
        kinds = {archive.read(name)[4:8] for name in compiled}

    if not compiled:
        pytest.skip("no Python of the layer's version runs here: the layer has no .pyc files")
    assert kinds == {b"\x01\x00\x00\x00"}


@real_layer.runs_x86_64
def test_bytecode_is_used_as_it_is(unpacked: Path) -> None:
    code = "import json; print(json.__cached__); print(json.dumps.__code__.co_filename)"

    cached, source = _run(unpacked, "-c", code).splitlines()

    assert Path(cached).read_bytes()[4:8] == b"\x01\x00\x00\x00"
    assert source == str(unpacked / Path(source).relative_to(unpacked))


@real_layer.runs_x86_64
def test_only_what_is_frozen_or_a_stand_in_has_no_bytecode(unpacked: Path) -> None:
    (stdlib,) = (unpacked / "python-rt/lib").glob("python3.*")
    sources = set(stdlib.rglob("*.py"))
    compiled = {source_from_cache(str(path)) for path in stdlib.rglob("*.pyc")}
    if not compiled:
        pytest.skip("no Python of the layer's version runs here: the layer has no .pyc files")
    names = {
        ".".join(path.relative_to(stdlib).with_suffix("").parts)
        for path in sources
        if str(path) not in compiled
    } - STAND_INS

    code = f"""if True:
        from importlib import import_module
        origins = {{name: import_module(name).__spec__.origin for name in {sorted(names)}}}
        print([name for name, origin in origins.items() if origin != "frozen"])"""

    assert "os" in names
    assert _run(unpacked, "-c", code) == "[]"


@pytest.mark.skipif(not DEBIANS_OWN.is_file(), reason=f"no {DEBIANS_OWN}")
def test_debians_own_interpreter_is_refused(tmp_path: Path) -> None:
    files = {
        "python-rt/bin/python3": DEBIANS_OWN.read_bytes(),
        "python-rt/lib/python3.11/os.py": b"",
    }
    architecture = Architecture("x86_64" if platform.machine() == "x86_64" else "arm64")

    problems = find_problems(write_layer_zip(tmp_path / "x.zip", files), architecture, _base())

    assert any("needs GLIBC_2.3" in problem for problem in problems)
    assert any("libexpat.so.1, which is missing" in problem for problem in problems)


@arm64_emulation.needs_qemu
def test_the_arm64_layer_runs_under_emulation(layers: Layers, tmp_path: Path) -> None:
    folder = real_layer.unpack_layer(layers(Architecture.ARM64), tmp_path / "layer")
    root = arm64_emulation.install_libraries(arm64_emulation.C_LIBRARY, tmp_path / "arm64")
    python = arm64_emulation.write_program(folder / real_layer.PYTHON, root, tmp_path / "python3")
    code = (
        f"import {MODULES}, math, os, platform;"
        "print(platform.machine(), math.log2(2**-1065), os.environ['FRUIT'])"
    )

    done = subprocess.run(
        [python, "-c", code],
        env={"PATH": os.environ["PATH"], "FRUIT": "orange"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout.strip(), done.stderr) == ("aarch64 -1065.0 orange", "")
