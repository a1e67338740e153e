"""Which Python layer an app asks for, when it is built, and how its Python shows."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import PythonLayer, StreamingFunction
from streambda.cdk.runtime import layer_choice
from streambda.layer import Architecture, LayerError, LayerUnavailable
from streambda.layer.recipe import lock_path, recipe_folder
from streambda.layer.request import LayerRequest
from tests.cdk.conftest import MakeApp
from tests.support.layer_files import ARM64, X86_64, make_layer_files, write_layer_zip
from tests.support.templates import Template, only, resources, template_of

ARM_64 = lambda_.Architecture.ARM_64
MakeZip = Callable[..., Path]


@pytest.fixture
def make_zip(tmp_path: Path) -> MakeZip:
    """The zip of a layer as `streambda layer build` makes it, but for its content."""

    def make(python: str = "3.13", machine: int = ARM64) -> Path:
        path = tmp_path / f"{python}-{machine}.zip"
        return write_layer_zip(path, make_layer_files(machine, python))

    return make


class Builds:
    """In place of builds: what was asked for, and a zip for it."""

    def __init__(self, make_zip: MakeZip, patch: pytest.MonkeyPatch) -> None:
        self.asked: list[LayerRequest] = []
        self.pythons = ["3.11", "3.12", "3.13", "3.14", "3.15"]
        self._make_zip = make_zip
        patch.setattr(layer_choice, "ensure_requested_layer", self._build)

    def _build(self, _: Path, request: LayerRequest, report: Callable[[str], None]) -> Path:
        self.asked.append(request)
        report("building")
        machine = {Architecture.ARM64: ARM64, Architecture.X86_64: X86_64}[request.architecture]
        for python in (request.python, request.fallback):
            if python in self.pythons:
                return self._make_zip(python, machine)
        reasons = {"pbs": "cannot reach github.com"}
        raise LayerUnavailable(
            request.architecture, reasons, python=request.python or "", others=self.pythons
        )


@pytest.fixture
def builds(make_zip: MakeZip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Builds:
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tmp_path / "cache"))
    return Builds(make_zip, monkeypatch)


def bare_stack(make_app: MakeApp, **context: object) -> cdk.Stack:
    return cdk.Stack(make_app(**context), "Test")


def layer_outputs(template: Template) -> dict[str, str]:
    return {id: one["Value"] for id, one in template.get("Outputs", {}).items()}


def test_the_default_is_one_python_that_description_and_output_show(
    make_app: MakeApp, builds: Builds, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = bare_stack(make_app)
    PythonLayer.of(stack, lambda_.Architecture.X86_64)
    PythonLayer.of(stack, lambda_.Architecture.X86_64)

    [request] = builds.asked
    assert (request.architecture, request.python) == (Architecture.X86_64, "3.13")
    assert (request.fallback, request.lock, request.locked) == (None, None, False)
    assert request.sources == ("pbs", "debian", "docker")
    template = template_of(stack)
    layer = only(template, "AWS::Lambda::LayerVersion")
    assert layer["Description"] == "Python 3.13.2 for provided.al2023 on x86_64"
    assert layer_outputs(template) == {"PythonLayerx8664Python": "3.13.2"}
    # Not to stdout: `cdk synth` prints the template there.
    assert capsys.readouterr() == ("", "streambda: building\n")


def test_python_source_and_fallback_are_chosen(make_app: MakeApp, builds: Builds) -> None:
    stack = bare_stack(make_app)

    layer = PythonLayer(stack, "Layer", python="3.12", source="debian", fallback="3.11")

    [request] = builds.asked
    assert (request.python, request.fallback) == ("3.12", "3.11")
    assert request.sources == ("debian",)
    assert (layer.python, layer.architecture.name) == ("3.12", "arm64")


def test_a_lock_of_ones_own_is_passed_on(make_app: MakeApp, builds: Builds, tmp_path: Path) -> None:
    shipped = lock_path(recipe_folder()).read_text()
    lock = tmp_path / "own.lock"
    lock.write_text(shipped.replace('default = "3.13"', 'default = "3.14"', 1))

    PythonLayer(bare_stack(make_app), "Layer", lock=str(lock))

    [request] = builds.asked
    assert (request.python, request.lock, request.locked) == ("3.14", lock, True)


def test_functions_of_one_stack_can_have_different_layers(
    make_app: MakeApp, builds: Builds, entry: Path
) -> None:
    stack = bare_stack(make_app)
    for python in ("3.12", "3.14"):
        layer = PythonLayer(stack, f"Python{python}", python=python)
        StreamingFunction(stack, f"F{python}", entry=entry, handler="app.handler", layer=layer)

    template = template_of(stack)
    functions = resources(template, "AWS::Lambda::Function")
    assert [one["Layers"] for one in functions.values()] == [
        [{"Ref": id}] for id in resources(template, "AWS::Lambda::LayerVersion")
    ]
    # Code is compiled for the function's Python.
    assert len({one["Code"]["S3Key"] for one in functions.values()}) == 2


def test_without_the_python_it_is_an_error_unless_a_fallback_is_allowed(
    make_app: MakeApp, builds: Builds
) -> None:
    builds.pythons = ["3.11"]

    with pytest.raises(LayerUnavailable) as caught:
        PythonLayer(bare_stack(make_app), "Layer")
    assert str(caught.value) == (
        "no source for the arm64 Python 3.13 layer: pbs: cannot reach github.com. What helps: "
        "allow it for the whole app (-c streambda:python-fallback=3.11); or use "
        "runtime=ManagedPython('3.13'), which needs no layer"
    )

    stack = bare_stack(make_app)
    layer = PythonLayer(stack, "Layer", fallback="3.11")
    assert layer.python == "3.11"
    told = assertions.Match.string_like_regexp(
        r"^no available source has Python 3\.13: this layer has Python 3\.11\.2, the fallback"
    )
    assert len(assertions.Annotations.from_stack(stack).find_warning("*", told)) == 1
    assert only(template_of(stack), "AWS::Lambda::LayerVersion")["Description"] == (
        "Python 3.11.2 for provided.al2023 on arm64"
    )


def test_a_fallback_for_the_whole_app_is_context(make_app: MakeApp, builds: Builds) -> None:
    stack = bare_stack(make_app, **{"streambda:python-fallback": "3.11"})

    PythonLayer(stack, "Default")
    PythonLayer(stack, "Its", python="3.12", fallback="3.14")
    PythonLayer(stack, "Same", python="3.11")

    assert [one.fallback for one in builds.asked] == ["3.11", "3.14", None]


@pytest.mark.parametrize("value", [3.11, ["3.11"], True])
def test_a_fallback_of_the_context_is_a_string(
    make_app: MakeApp, builds: Builds, value: object
) -> None:
    stack = bare_stack(make_app, **{"streambda:python-fallback": value})

    with pytest.raises(ValueError, match=r"^context streambda:python-fallback is .*, expected a "):
        PythonLayer(stack, "Layer")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"python": 3.13}, TypeError, r"^python is 3\.13, expected a string such as '3\.13'$"),
        ({"fallback": 3.11}, TypeError, r"^fallback is 3\.11, expected a string such as"),
        ({"source": 1}, TypeError, r"^source is 1, expected a string$"),
        ({"architecture": "arm64"}, TypeError, r"^architecture is 'arm64', expected aws_lambda\."),
        ({"python": "3.13.2"}, ValueError, r"got '3\.13\.2': write '3\.13', its third number"),
        ({"python": "3.10"}, ValueError, r"^python must be one of 3\.11, .*; got '3\.10'$"),
        ({"python": "python3.13"}, ValueError, r"^python must be one of"),
        ({"python": ""}, ValueError, r"^python must be one of"),
        (
            {"source": "podman"},
            ValueError,
            r"^source must be one of auto, pbs, debian, docker;",
        ),
        ({"fallback": "3.13"}, ValueError, r"^fallback must be another Python than 3\.13$"),
        ({"lock": "none.lock"}, LayerError, r"none\.lock: No such file or directory, expected a"),
        (
            {"archive": "no.zip"},
            ValueError,
            r"^archive is 'no\.zip', expected a zip .*no\.zip$",
        ),
    ],
)
def test_a_wrong_option_is_one_line(
    make_app: MakeApp,
    builds: Builds,
    options: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message) as caught:
        PythonLayer(bare_stack(make_app), "Layer", **options)

    assert "\n" not in str(caught.value)
    assert builds.asked == []


def test_a_given_zip_says_which_python_it_has(make_app: MakeApp, make_zip: MakeZip) -> None:
    stack = bare_stack(make_app)

    layer = PythonLayer(stack, "Layer", archive=str(make_zip("3.14")))

    assert layer.python == "3.14"
    assert layer_outputs(template_of(stack)) == {"LayerPython": "3.14.2"}


def test_the_output_can_be_left_out(make_app: MakeApp, make_zip: MakeZip) -> None:
    stack = bare_stack(make_app)

    PythonLayer(stack, "Layer", archive=make_zip("3.14"), outputs=False)

    assert layer_outputs(template_of(stack)) == {}


def test_a_zip_that_does_not_say_its_python_has_the_one_that_is_given(
    make_app: MakeApp, layer_archive: Path
) -> None:
    stack = bare_stack(make_app)

    assert PythonLayer(stack, "Unknown", archive=layer_archive).python is None
    assert PythonLayer(stack, "Known", archive=layer_archive, python="3.12").python == "3.12"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"python": "3.12"}, r"^archive is '.*', but it has Python 3\.13, not 3\.12$"),
        (
            {"architecture": lambda_.Architecture.X86_64},
            r"^archive is '.*', but it is for arm64, not for x86_64$",
        ),
        ({"source": "pbs"}, r"^archive and source are set, expected one of them: a zip is built$"),
        ({"fallback": "3.11"}, r"^archive and fallback are set"),
    ],
)
def test_a_zip_that_is_not_the_layer_asked_for_is_refused(
    make_app: MakeApp, make_zip: MakeZip, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        PythonLayer(bare_stack(make_app), "Layer", archive=make_zip("3.13"), **options)


def test_a_release_archive_is_built_from(make_app: MakeApp, builds: Builds, tmp_path: Path) -> None:
    archive = tmp_path / "cpython.tar.gz"
    archive.write_bytes(b"other bytes")

    with pytest.raises(LayerError, match=rf"^{archive}: its SHA-256 is .*, but python-layer\.lock"):
        PythonLayer(bare_stack(make_app), "Layer", archive=archive)


def test_options_after_the_first_call_must_be_the_same(make_app: MakeApp, builds: Builds) -> None:
    stack = bare_stack(make_app)
    layer = PythonLayer.of(stack, ARM_64, source="pbs")

    assert PythonLayer.of(stack, ARM_64) is layer
    assert PythonLayer.of(stack, ARM_64, python="3.13", source="pbs") is layer
    with pytest.raises(ValueError, match=r"^Test/PythonLayer-arm64 is made already and its python"):
        PythonLayer.of(stack, ARM_64, python="3.12")


NOT_NEEDED = [
    pytest.param({"aws:cdk:bundling-stacks": []}, id="cdk ls"),
    pytest.param({"aws:cdk:bundling-stacks": ["Other"]}, id="another stack"),
]


@pytest.mark.parametrize("context", NOT_NEEDED)
def test_nothing_is_built_for_a_stack_that_is_not_needed(
    make_app: MakeApp, builds: Builds, entry: Path, context: dict[str, object]
) -> None:
    stack = bare_stack(make_app, **context)

    function = StreamingFunction(stack, "F", entry=entry, handler="app.handler")
    PythonLayer(stack, "Layer", python="3.12")

    assert function.timeout is not None
    template = template_of(stack)
    assert builds.asked == []
    assert [one["Description"] for one in resources(template, "AWS::Lambda::LayerVersion").values()]
    assert layer_outputs(template) == {"PythonLayerarm64Python": "3.13", "LayerPython": "3.12"}


def test_a_wrong_version_is_refused_also_where_nothing_is_built(
    make_app: MakeApp, builds: Builds
) -> None:
    stack = bare_stack(make_app, **{"aws:cdk:bundling-stacks": []})

    with pytest.raises(ValueError, match=r"^python must be one of"):
        PythonLayer(stack, "Layer", python="3.1")


def test_a_layer_of_the_cache_is_used_where_nothing_is_built(
    make_app: MakeApp, builds: Builds, make_zip: MakeZip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the hash of a function's version is the same whichever stacks are chosen."""
    cached = make_zip("3.13")
    monkeypatch.setattr(layer_choice, "find_layer", lambda *_: cached)
    needed = bare_stack(make_app)
    not_needed = bare_stack(make_app, **{"aws:cdk:bundling-stacks": []})
    for stack in (needed, not_needed):
        PythonLayer(stack, "Layer")

    assert template_of(needed) == template_of(not_needed)
    assert len(builds.asked) == 1


def test_a_nested_stack_is_needed_with_the_one_around_it(make_app: MakeApp, builds: Builds) -> None:
    stack = bare_stack(make_app, **{"aws:cdk:bundling-stacks": ["Test"]})

    PythonLayer.of(cdk.NestedStack(stack, "Nested"), ARM_64)

    assert len(builds.asked) == 1


def test_no_layer_is_built_for_the_local_cloud(
    make_app: MakeApp, builds: Builds, entry: Path
) -> None:
    stack = bare_stack(make_app, **{"streambda:python-layer": "none"})

    layer = PythonLayer(stack, "Layer", python="3.14")
    StreamingFunction(stack, "F", entry=entry, handler="app.handler", layer=layer)

    assert builds.asked == []
    assert (layer.python, layer.is_left_out) == (None, True)
    will_not_start = assertions.Match.string_like_regexp("deployed like this will not start")
    assert len(assertions.Annotations.from_stack(stack).find_warning("*", will_not_start)) == 1


def test_the_hash_of_the_layer_does_not_depend_on_what_packed_it(
    make_app: MakeApp, make_zip: MakeZip, tmp_path: Path
) -> None:
    one, other = make_zip("3.13"), tmp_path / "other.zip"
    with zipfile.ZipFile(one) as source, zipfile.ZipFile(other, "w") as target:
        for entry in reversed(source.infolist()):
            target.writestr(entry, source.read(entry), zipfile.ZIP_DEFLATED)
    stack = bare_stack(make_app)

    for id, archive in (("One", one), ("Other", other)):
        PythonLayer(stack, id, archive=archive)

    layers = resources(template_of(stack), "AWS::Lambda::LayerVersion").values()
    assert one.read_bytes() != other.read_bytes()
    assert len({layer["Content"]["S3Key"] for layer in layers}) == 1
