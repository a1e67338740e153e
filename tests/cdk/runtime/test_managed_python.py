"""Lambda's own python3.x as a function's runtime, in place of provided.al2023 and a layer."""

import re
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.bundle.package_target import PackageTarget
from streambda.cdk import ManagedPython, StreamingFunction
from tests.cdk.conftest import MakeApp, MakeFunction
from tests.support.function_assets import find_asset
from tests.support.templates import only, resources, statements_of, template_of
from tests.support.wheels import make_wheel, write_requirements

WRAPPER = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streambda-wrapper"}
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def bare_stack(make_app: MakeApp) -> cdk.Stack:
    """A stack in which nobody has made a Python layer."""
    return cdk.Stack(make_app(), "Bare")


def make_function_in(stack: cdk.Stack, entry: Path, **options: Any) -> StreamingFunction:
    return StreamingFunction(stack, "Hello", entry=entry, handler="app.handler", **options)


OTHERS = [
    pytest.param(version, marks=pytest.mark.slow) for version in ("3.11", "3.12", "3.14", "3.15")
]


@pytest.mark.parametrize("version", ["3.13", *OTHERS])
def test_a_managed_python_needs_no_layer(bare_stack: cdk.Stack, entry: Path, version: str) -> None:
    make_function_in(bare_stack, entry, runtime=ManagedPython(version))

    template = template_of(bare_stack)
    function = only(template, "AWS::Lambda::Function")
    assert function["Runtime"] == f"python{version}"
    assert function["Handler"] == "app.handler"
    assert function["Environment"] == {"Variables": WRAPPER}
    assert "Layers" not in function
    assert "SnapStart" not in function
    assert resources(template, "AWS::Lambda::LayerVersion") == {}


@pytest.mark.slow
def test_own_variables_stand_beside_the_wrapper(bare_stack: cdk.Stack, entry: Path) -> None:
    make_function_in(
        bare_stack, entry, runtime=ManagedPython("3.13"), environment={"MODEL": "m"}, metrics="App"
    )

    function = only(template_of(bare_stack), "AWS::Lambda::Function")
    variables = {"MODEL": "m", "STREAMBDA_METRICS": "App", **WRAPPER}
    assert function["Environment"] == {"Variables": variables}


@pytest.mark.parametrize("version", ["3.10", "3.16", "3.99", "python3.13", ""])
def test_a_version_that_lambda_does_not_have_is_refused(version: str) -> None:
    known = re.escape("expected '3.11', '3.12', '3.13', '3.14', '3.15'")

    with pytest.raises(ValueError, match=rf"^version of ManagedPython is '{version}', {known}$"):
        ManagedPython(version)


def test_a_version_that_the_cdk_has_no_name_for_has_what_the_others_have() -> None:
    newest = ManagedPython(ManagedPython.versions()[-1]).lambda_runtime
    named = ManagedPython("3.14").lambda_runtime

    assert newest.name == "python3.15"
    for one in (newest, named):
        assert one.family == lambda_.RuntimeFamily.PYTHON
        assert (one.supports_inline_code, one.supports_snap_start) == (True, True)


def test_a_second_wrapper_is_refused(make_function: MakeFunction) -> None:
    environment = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/otel-instrument"}
    expected = (
        r"^environment has AWS_LAMBDA_EXEC_WRAPPER='/opt/otel-instrument', expected none with "
        r"ManagedPython\(version='3\.13'\): a function can have only one wrapper"
    )

    with pytest.raises(ValueError, match=expected):
        make_function(runtime=ManagedPython("3.13"), environment=environment)


def test_a_python_layer_is_refused(stack: cdk.Stack, make_function: MakeFunction) -> None:
    layer = lambda_.LayerVersion.from_layer_version_arn(
        stack, "Layer", "arn:aws:lambda:us-east-1:123456789012:layer:python:1"
    )

    with pytest.raises(ValueError, match=r"^layer is given, expected none with ManagedPython\("):
        make_function(runtime=ManagedPython("3.13"), layer=layer)


@pytest.mark.slow
@pytest.mark.parametrize(("version", "is_compiled"), [(HERE, True), ("3.14", HERE == "3.14")])
def test_the_code_is_compiled_for_the_managed_python(
    bare_stack: cdk.Stack, entry: Path, version: str, is_compiled: bool
) -> None:
    make_function_in(bare_stack, entry, runtime=ManagedPython(version))

    asset = find_asset(bare_stack)
    assert Path(cache_from_source(asset / "app.py")).exists() is is_compiled
    assert (asset / "streambda-wrapper").stat().st_mode & 0o777 == 0o755


@pytest.mark.slow
def test_packages_are_for_the_managed_python(
    bare_stack: cdk.Stack, entry: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tmp_path / "cache"))
    for python in ("cp312", "cp313"):
        make_wheel(tmp_path / "wheels", "tiny", {"tiny.py": python}, tag=f"{python}-none-any")
    write_requirements(entry, "tiny")

    make_function_in(bare_stack, entry, runtime=ManagedPython("3.13"))

    assert (find_asset(bare_stack) / "tiny.py").read_text() == "cp313"


def test_a_wrapper_cannot_be_added_later(bare_stack: cdk.Stack, entry: Path) -> None:
    words = make_function_in(bare_stack, entry, runtime=ManagedPython("3.13"))

    with pytest.raises(ValueError, match=r"^AWS_LAMBDA_EXEC_WRAPPER of Bare/\w+ cannot be set"):
        words.add_environment("AWS_LAMBDA_EXEC_WRAPPER", "/opt/other")


def test_packages_for_amazon_linux_2_are_refused(make_function: MakeFunction, entry: Path) -> None:
    write_requirements(entry, "tiny")

    with pytest.raises(
        ValueError, match=r"requirements\.txt asks .* Amazon Linux 2, .* python3\.12"
    ):
        make_function(runtime=ManagedPython("3.11"))


@pytest.mark.slow
def test_a_snapshot_is_taken_of_versions_and_every_caller_gets_one(
    bare_stack: cdk.Stack, entry: Path
) -> None:
    words = make_function_in(
        bare_stack,
        entry,
        runtime=ManagedPython("3.13"),
        snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS,
    )
    words.add_function_url()
    caller = cdk.aws_iam.Role(bare_stack, "Caller", assumed_by=cdk.aws_iam.AccountRootPrincipal())
    words.grant_invoke(caller)

    template = template_of(bare_stack)
    [alias] = resources(template, "AWS::Lambda::Alias")
    [version] = resources(template, "AWS::Lambda::Version")
    [caller_id] = [id for id in resources(template, "AWS::IAM::Role") if id.startswith("Caller")]
    function = only(template, "AWS::Lambda::Function")
    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    pointed_at = only(template, "AWS::Lambda::Alias")
    assert pointed_at["Name"] == "live"
    assert pointed_at["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}
    assert only(template, "AWS::Lambda::Url")["Qualifier"] == "live"
    [statement] = statements_of(template, caller_id)
    assert statement["Resource"] == {"Ref": alias}


@pytest.mark.parametrize(
    ("runtime", "name"), [(None, "provided.al2023"), (ManagedPython("3.11"), "python3.11")]
)
def test_snapshots_are_refused_where_lambda_takes_none(
    stack: cdk.Stack, make_function: MakeFunction, runtime: ManagedPython | None, name: str
) -> None:
    expected = (
        rf"^snap_start is set for {re.escape(name)}, for which Lambda has no SnapStart, "
        r"expected runtime=ManagedPython\('3\.12'\) or newer$"
    )

    with pytest.raises(ValueError, match=expected):
        make_function(runtime=runtime, snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS)


@pytest.mark.slow
def test_the_target_is_the_function_where_there_is_no_snapshot(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    words = make_function(runtime=ManagedPython("3.13"))

    assert words.target is words.function
    assert resources(template_of(stack), "AWS::Lambda::Version") == {}


@pytest.mark.slow
def test_this_machine_is_no_target_of_a_managed_python(
    make_app: MakeApp, entry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no layer, packages are for the local cloud; here they are for Lambda."""
    targets: list[PackageTarget] = []
    monkeypatch.setattr(
        "streambda.bundle.code.install_dependencies",
        lambda _, target, *__, **___: targets.append(target),
    )
    stack = cdk.Stack(make_app(**{"streambda:python-layer": "none"}), "Bare")

    make_function_in(stack, entry, runtime=ManagedPython("3.12"))

    assert [str(target) for target in targets] == ["arm64, Python 3.12"]


@pytest.mark.slow
def test_a_snapshot_is_not_provisioned(bare_stack: cdk.Stack, entry: Path) -> None:
    with pytest.raises(ValueError, match=r"^provisioned_concurrent_executions and snap_start are"):
        make_function_in(
            bare_stack,
            entry,
            runtime=ManagedPython("3.13"),
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS,
            provisioned_concurrent_executions=1,
        )
