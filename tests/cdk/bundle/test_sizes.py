import os
import zipfile
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.bundle import sizes as bundle_sizes
from streambda.cdk.bundle import sizes
from tests.cdk.conftest import MakeFunction

KB = 1024


@pytest.fixture(autouse=True)
def _small_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of many megabytes would take long: the limits are a hundredth of Lambda's."""
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(bundle_sizes, "LAMBDA_UNZIPPED_BYTES", 2500 * KB)
    monkeypatch.setattr(sizes, "LAMBDA_DIRECT_UPLOAD_BYTES", 500 * KB)


def fill(path: Path, kilobytes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(kilobytes * KB))


def notes_of(stack: cdk.Stack) -> list[str]:
    return [
        str(entry.data)
        for construct in stack.node.find_all()
        for entry in construct.node.metadata
        if entry.type == "aws:cdk:info"
    ]


def test_too_much_code_is_an_error_that_names_the_ten_largest(
    entry: Path, make_function: MakeFunction
) -> None:
    for number in range(12):
        fill(entry / f"package{number:02}/__init__.py", 200 + number)
    fill(entry / "package11.libs/x.so", 400)
    fill(entry / "package11-1.0.dist-info/METADATA", 1)
    fill(entry / "google/cloud/__init__.py", 201)

    with pytest.raises(
        ValueError, match=r"Hello/Function has 3 MB of code and layers, unz"
    ) as raised:
        make_function()

    named = str(raised.value).partition("The largest: ")[2].split(", ")
    assert len(named) == 10
    assert named[0] == "package11 612 KB"
    packages = [one.split()[0] for one in named if one.startswith("package")]
    assert packages == [f"package{one:02}" for one in range(11, 11 - len(packages), -1)]


def test_a_folder_for_several_packages_counts_each(
    entry: Path, make_function: MakeFunction
) -> None:
    fill(entry / "google/cloud/__init__.py", 1400)
    fill(entry / "google/auth/__init__.py", 1300)

    with pytest.raises(ValueError, match=r"The largest: google/cloud 1 MB, google/auth 1 MB"):
        make_function()


def test_layers_count_as_well(
    entry: Path, stack: cdk.Stack, tmp_path: Path, make_function: MakeFunction
) -> None:
    fill(entry / "data.bin", 1300)
    with zipfile.ZipFile(tmp_path / "more.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("python/big.py", bytes(1300 * KB))
    code = lambda_.Code.from_asset(str(tmp_path / "more.zip"))
    layer = lambda_.LayerVersion(stack, "More", code=code)
    make_function("Alone")

    with pytest.raises(ValueError, match=r"The largest: (data\.bin|layer More) 1 MB"):
        make_function("Both", layers=[layer])


def test_a_layer_of_which_only_the_arn_is_known_counts_as_nothing(
    entry: Path, stack: cdk.Stack, make_function: MakeFunction
) -> None:
    fill(entry / "data.bin", 1300)
    arn = "arn:aws:lambda:eu-west-1:123456789012:layer:theirs:1"
    layer = lambda_.LayerVersion.from_layer_version_arn(stack, "Theirs", arn)

    make_function(layers=[layer])


@pytest.mark.parametrize(("text", "noted"), [(b"", 1), (bytes(600 * KB), 0)])
def test_a_large_zip_is_noted(
    entry: Path, stack: cdk.Stack, make_function: MakeFunction, text: bytes, noted: int
) -> None:
    (entry / "data.bin").write_bytes(text or os.urandom(600 * KB))

    make_function()

    found = [note for note in notes_of(stack) if "zip of its code has about" in note]
    assert len(found) == noted


def test_the_zip_is_measured_once(
    entry: Path, make_function: MakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(entry / "data.bin", 600)
    make_function("One")
    monkeypatch.setattr("zlib.compress", lambda *_: pytest.fail("measured again"))

    make_function("Two")
