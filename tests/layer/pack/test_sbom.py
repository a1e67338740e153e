from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streambda.layer.architecture import Architecture
from streambda.layer.components import Component, cpython_component
from streambda.layer.errors import LayerError
from streambda.layer.pack.sbom import write_sbom
from streambda.layer.sources.debian.deb import Deb
from streambda.layer.sources.debian.source import package_components

LIBX = Component(
    kind="library",
    name="libx",
    version="1.0",
    purl="pkg:deb/debian/libx@1.0",
    sha256="b" * 64,
    licence_file="licenses/libx.txt",
)


def _write(folder: Path, *given: Component) -> bytes:
    write_sbom(folder, given, properties={"source": "pbs", "architecture": Architecture.ARM64})
    return (folder / "sbom.cdx.json").read_bytes()


def _document(folder: Path, *given: Component) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_write(folder, *given))
    return document


def test_it_is_cyclonedx_without_a_time_or_serial_number(tmp_path: Path) -> None:
    document = _document(tmp_path, LIBX)

    assert list(document) == [
        "$schema",
        "bomFormat",
        "specVersion",
        "version",
        "metadata",
        "components",
    ]
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["properties"] == [
        {"name": "streambda:source", "value": "pbs"},
        {"name": "streambda:architecture", "value": "arm64"},
    ]


def test_the_same_components_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    python = cpython_component("3.13.1", "a" * 64)

    assert _write(tmp_path, LIBX, python) == _write(tmp_path, python, LIBX)


def test_a_download_is_named_with_its_hash(tmp_path: Path) -> None:
    document = _document(
        tmp_path, cpython_component("3.13.1", "a" * 64, url="https://a.test/x.tar.gz")
    )

    hashes = [{"alg": "SHA-256", "content": "a" * 64}]
    assert document["components"] == [
        {
            "type": "application",
            "bom-ref": "pkg:generic/cpython@3.13.1",
            "name": "CPython",
            "version": "3.13.1",
            "hashes": hashes,
            "purl": "pkg:generic/cpython@3.13.1",
            "externalReferences": [
                {"type": "license", "url": "LICENSE.txt"},
                {"type": "distribution", "url": "https://a.test/x.tar.gz", "hashes": hashes},
            ],
        }
    ]


def _deb(name: str, version: str) -> Deb:
    return Deb(path=Path("x.deb"), name=name, version=version, sha256="c" * 64)


def test_a_package_has_its_purl_hash_and_licence(tmp_path: Path) -> None:
    (tmp_path / "zlib1g-dev").mkdir()
    (tmp_path / "zlib1g-dev/copyright").write_text("text")

    (found,) = package_components(
        [_deb("zlib1g-dev", "1:1.2.13+dfsg~1")], tmp_path, Architecture.X86_64
    )

    assert found == Component(
        kind="library",
        name="zlib1g-dev",
        version="1:1.2.13+dfsg~1",
        purl="pkg:deb/debian/zlib1g-dev@1:1.2.13%2Bdfsg~1?arch=amd64&distro=bookworm",
        sha256="c" * 64,
        licence_file="licenses/zlib1g-dev.txt",
    )


def test_a_package_that_shares_documents_has_the_licence_of_the_other_package(
    tmp_path: Path,
) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c/copyright").write_text("text")
    (tmp_path / "b").symlink_to("c")
    (tmp_path / "a").symlink_to("b")

    (found,) = package_components([_deb("a", "1")], tmp_path, Architecture.ARM64)

    assert found.licence_file == "licenses/c.txt"


def test_a_package_without_licence_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("gone")

    with pytest.raises(
        LayerError, match="a: no copyright file; add the package that has it to the lock"
    ):
        package_components([_deb("a", "1")], tmp_path, Architecture.ARM64)


def test_the_document_says_what_it_does_not_list(tmp_path: Path) -> None:
    python = cpython_component("3.13.1", "a" * 64)
    write_sbom(tmp_path, [python], properties={"source": "pbs"}, unlisted="linked-in libraries")
    document = json.loads((tmp_path / "sbom.cdx.json").read_text())

    assert document["metadata"]["properties"][-1] == {
        "name": "streambda:unlisted",
        "value": "linked-in libraries",
    }
    assert document["compositions"] == [{"aggregate": "incomplete", "assemblies": [python.purl]}]


def test_a_package_without_hash_or_licence_file_has_the_name_of_its_licence(tmp_path: Path) -> None:
    purl = "pkg:rpm/amzn/expat@2.6.3-1?arch=x86_64&distro=amzn-2023"
    expat = Component(
        kind="library", name="expat", version="2.6.3-1", purl=purl, licence_name="MIT"
    )

    assert _document(tmp_path, expat)["components"] == [
        {
            "type": "library",
            "bom-ref": purl,
            "name": "expat",
            "version": "2.6.3-1",
            "licenses": [{"license": {"name": "MIT"}}],
            "purl": purl,
        }
    ]
