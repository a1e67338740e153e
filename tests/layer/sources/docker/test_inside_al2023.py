"""The program that the docker source runs in the container, run here on a folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from streambda.layer.sources.docker.inside_al2023 import OWNERS, main
from tests.support.al2023_image import FILES, make_docker


def test_it_packs_what_a_layer_may_need_and_names_the_packages(
    programs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    image = tmp_path / "image"
    make_docker(programs, image=image)
    monkeypatch.setenv("PATH", str(programs / "bin"), prepend=":")

    main("3.13", image)

    with tarfile.open(fileobj=io.BytesIO(capfdbinary.readouterr().out)) as tar:
        names = tar.getnames()
        owners = tar.extractfile(OWNERS)
        assert owners is not None
        lines = owners.read().decode().splitlines()
        interpreter = tar.extractfile("usr/bin/python3.13")
        assert interpreter is not None
        assert interpreter.read() == (programs / "patched").read_bytes()
    assert names[-1] == OWNERS
    assert set(FILES) <= set(names)
    assert [line.split("\t")[4] for line in lines] == [
        "/usr/lib64/libexpat.so.1",
        "/usr/lib64/libexpat.so.1.10.0",
        "/usr/lib64/libmpdec.so.3",
        "/usr/lib64/libncursesw.so.6",
        "/usr/lib64/libssl.so.3",
        "/usr/bin/python3.13",
        "/usr/lib64/libpython3.13.so.1.0",
        "/usr/lib64/python3.13",
    ]
    # It runs on that interpreter: a file that is being run cannot be written.
    assert (image / "usr/bin/python3.13").read_bytes() == FILES["usr/bin/python3.13"]
