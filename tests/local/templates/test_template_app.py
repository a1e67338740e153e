"""A template that is served and watched: its functions stream, and edits come with a reload."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from streambda.local import AssemblyError, LocalCloud, SynthesisError, local_cloud
from streambda.local.model.given_values import GivenValues
from streambda.local.serve import ServeOptions, choose_source, serve, should_watch
from streambda.local.templates import find_template as find_template_module
from streambda.local.templates.find_template import (
    MOST_COPIED_BYTES,
    TemplateFile,
    copy_code,
    find_template,
)
from streambda.local.templates.read_template import read_template
from streambda.local.templates.template_app import TemplateApp
from tests.local.conftest import LogLines
from tests.support.gate import Gate
from tests.support.local_assembly import function, write_assembly
from tests.support.sam_templates import WORDS, sam, write_template
from tests.support.screen import Screen

GATED = "      Environment: {Variables: {GATE: '%s'}}\n"


@pytest.mark.parametrize("name", ["a b", "1a", "Größe", "a" * 129, "-"])
async def test_a_stack_needs_a_name_that_aws_takes(name: str, tmp_path: Path) -> None:
    path = write_template(tmp_path, sam(WORDS))

    with pytest.raises(AssemblyError, match=r"the stack's name is .*, expected a letter, then"):
        async with local_cloud(template=path, stack_name=name):
            raise AssertionError("has started")


async def test_a_template_streams_through_each_endpoint(
    tmp_path: Path, gate: Gate, http: httpx.AsyncClient
) -> None:
    path = write_template(tmp_path, sam(WORDS + GATED % gate.port))

    async with local_cloud(template=path, stack_name="shop") as cloud:
        for url in (cloud.function_url("Words"), cloud.rest_api()):
            async with http.stream("GET", f"{url}gated") as reply:
                chunks = reply.aiter_raw()
                first = await anext(chunks)
                await gate.open()
                assert (first, await anext(chunks)) == (b"one", b"two")
        names = [one.name for one in cloud.endpoints]
        assert names[0] == "lambda"
        assert names[1].startswith("shop-Words-")
        assert names[2:] == ["shop/Prod"]


async def test_what_may_be_given(tmp_path: Path) -> None:
    path = write_template(tmp_path, sam(WORDS))
    folder = write_assembly(tmp_path / "cdk.out", {"A": function()})

    with pytest.raises(SynthesisError, match="assembly and template are given"):
        await anext(_enter(assembly=folder, template=path))
    with pytest.raises(SynthesisError, match="template is given together with an app"):
        await anext(_enter(template=path, app="x"))
    with pytest.raises(AssemblyError, match="is not a template, expected a file"):
        await anext(_enter(template=folder))
    async with LocalCloud(tmp_path) as cloud:  # the folder that it lies in
        assert [one.logical_id for one in cloud.functions] == ["Words"]


async def _enter(**arguments: object) -> AsyncIterator[LocalCloud]:
    async with local_cloud(**arguments) as cloud:  # type: ignore[arg-type]
        yield cloud


async def test_values_of_samconfig(tmp_path: Path) -> None:
    parameters = "Parameters: {Stage: {Type: String, Default: dev}}"
    variables = "      Environment: {Variables: {STAGE: !Ref Stage}}\n"
    path = write_template(tmp_path, sam(WORDS + variables, parameters))
    config = tmp_path / "samconfig.toml"
    config.write_text(
        '[default.deploy.parameters]\nstack_name = "shop"\nregion = "eu-west-1"\n'
        'parameter_overrides = "Stage=prod"'
    )

    async with LocalCloud(path, sam_config=config) as cloud:
        [words] = cloud.functions
        assert words.name.startswith("shop-")
        assert (words.place.region, words.environment["STAGE"]) == ("eu-west-1", "prod")
    async with LocalCloud(path, sam_config=config, parameters={"Stage": "mine"}) as cloud:
        assert cloud.functions[0].environment["STAGE"] == "mine"


def test_which_file_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_template(tmp_path) is None
    assert find_template(tmp_path / "cdk.out") is None
    with pytest.raises(AssemblyError, match=r"there is no file .*nope.yaml, expected "):
        choose_source("nope.yaml", None, ())
    path = write_template(tmp_path, sam(WORDS), "template.yml")
    assert find_template(Path()) == TemplateFile(path=Path("template.yml"))

    found = choose_source(None, None, ())

    assert isinstance(found, TemplateApp)
    assert found.folder == tmp_path
    assert should_watch(found, None)
    assert not should_watch(found, False)
    assert choose_source(str(path), None, ()) == TemplateApp.find(TemplateFile(path=path))
    with pytest.raises(SynthesisError, match="--context is given"):
        choose_source(str(path), None, ("a=b",))
    write_assembly(tmp_path / "cdk.out", {"A": function()})
    assert choose_source(None, None, ()) == Path("cdk.out")


def test_code_that_lies_elsewhere_is_watched(tmp_path: Path) -> None:
    write_template(tmp_path / "child", sam(WORDS))
    text = sam(
        f"{WORDS}\n  Child:\n    Type: AWS::Serverless::Application\n"
        "    Properties: {Location: ../child/template.yaml}"
    )
    path = write_template(tmp_path / "shop", text)

    found = TemplateApp.find(TemplateFile(path=path))

    assert found.folder == tmp_path
    assert found.settings.include == ("shop", "child/src")


def test_copies_of_code(tmp_path: Path) -> None:
    """A copy has another name when a file has changed; packages and caches are not copied."""
    path = write_template(tmp_path / "app", sam(WORDS))
    for name in ("node_modules/a/index.js", "__pycache__/a.pyc", "words.py"):
        file = tmp_path / "app/src" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("one")
    stack = read_template(path, GivenValues())
    copies = tmp_path / "copies"

    [first] = copy_code(stack, copies).assets.values()
    [again] = copy_code(stack, copies).assets.values()
    (tmp_path / "app/src/words.py").write_text("two")
    [second] = copy_code(stack, copies).assets.values()

    assert first == again != second
    assert (first / "words.py").read_text() == "one"
    assert (second / "words.py").read_text() == "two"
    assert not (second / "__pycache__").exists()
    package = "node_modules/a/index.js"
    assert (second / package).stat().st_ino == (tmp_path / "app/src" / package).stat().st_ino


def test_odd_files_in_code(tmp_path: Path) -> None:
    """A socket or a pipe is not code; a name need not be UTF-8."""
    path = write_template(tmp_path / "app", sam(WORDS))
    code = tmp_path / "app/src"
    os.mkfifo(code / "pipe")
    odd_name = os.fsdecode(b"caf\xe9.py")
    (code / odd_name).write_text("one")

    [copy] = copy_code(read_template(path, GivenValues()), tmp_path / "copies").assets.values()

    assert sorted(one.name for one in copy.iterdir()) == ["bootstrap", odd_name]


def test_code_that_no_function_may_have_is_not_copied(tmp_path: Path) -> None:
    path = write_template(tmp_path / "app", sam(WORDS))
    with (tmp_path / "app/src/large").open("wb") as file:
        file.truncate(MOST_COPIED_BYTES)

    [code] = copy_code(read_template(path, GivenValues()), tmp_path / "copies").assets.values()

    assert code == tmp_path / "app/src"
    assert not (tmp_path / "copies").exists()
    write_template(tmp_path / "other", sam(WORDS).replace("CodeUri: src", "CodeUri: ../app/src"))
    app = TemplateApp.find(TemplateFile(path=tmp_path / "other/template.yaml"))
    assert (app.folder, app.include) == (tmp_path / "other", ("**",))


def test_code_with_more_files_than_any_app_is_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = read_template(write_template(tmp_path / "app", sam(WORDS)), GivenValues())
    for most, copied in ((1, True), (0, False)):
        monkeypatch.setattr(find_template_module, "MOST_COPIED_FILES", most)
        [code] = copy_code(stack, tmp_path / "copies").assets.values()
        assert (code != tmp_path / "app/src") is copied


def test_code_that_cannot_be_copied(tmp_path: Path) -> None:
    path = write_template(tmp_path / "app", sam(WORDS))
    (tmp_path / "copies").touch()

    with pytest.raises(AssemblyError, match="cannot copy the code in"):
        copy_code(read_template(path, GivenValues()), tmp_path / "copies")


@asynccontextmanager
async def served(path: Path, *, watch: bool) -> AsyncIterator[Screen]:
    screen = Screen()
    app = TemplateApp.find(TemplateFile(path=path))
    async with asyncio.TaskGroup() as tasks:
        console = Console(file=screen, width=80)
        tasks.create_task(serve(app, ServeOptions(port=0), console, watch=watch))
        await screen.wait_for("Press Ctrl-C to stop.", 20)
        try:
            yield screen
        finally:
            os.kill(os.getpid(), signal.SIGINT)


def url_in(screen: Screen) -> str:
    [found] = re.findall(r"Function URL of \S+ \(streams\)\n  curl -N '(\S+)'", screen.getvalue())
    return str(found)


@pytest.mark.slow
async def test_edits(tmp_path: Path, http: httpx.AsyncClient) -> None:
    path = write_template(tmp_path, sam(WORDS))

    async with served(path, watch=True) as screen:
        await screen.wait_for(f"==> watching {tmp_path}")
        at = url_in(screen)
        assert (await http.get(f"{at}words")).text == "one two"

        bootstrap = tmp_path / "src/bootstrap"
        working = bootstrap.read_text()
        bootstrap.write_text("#!/bin/sh\nexit 1\n")
        await screen.wait_for("error: the new code of ")
        assert (await http.get(f"{at}words")).text == "one two"

        bootstrap.write_text(working + "# again\n")
        await screen.wait_for("==> new code from the next request on: ")
        more = "\n  More:\n    Type: AWS::Serverless::Function\n    Properties: {Role: !Ref Nope}\n"
        path.write_text(sam(WORDS + more))
        await screen.wait_for("==> new functions: ")
        assert (await http.get(f"{at}words")).text == "one two"

        path.write_text("a: [")
        await screen.wait_for("YAML not well-formed. (line 1, column 5)")

    printed = screen.getvalue()
    assert printed.startswith(f"==> reading {path}\n")
    # One line, also where a table would be narrower.
    assert (
        "warning: More: Unresolved resource dependencies [Nope] in the Resources block of the "
        "template\n"
    ) in printed
    assert "synthesis" not in printed


async def test_a_template_that_is_not_watched(tmp_path: Path, http: httpx.AsyncClient) -> None:
    path = write_template(tmp_path, sam(WORDS + "\n  Bad: x"))
    (tmp_path / "src/requirements.txt").write_text("fastapi")

    async with served(path, watch=False) as screen:
        assert (await http.get(f"{url_in(screen)}words")).text == "one two"

    printed = screen.getvalue()
    assert "warning: Bad: it is not an object" in printed
    assert (
        "what its requirements.txt names is not installed in its code: run `sam build`" in printed
    )
    assert "watching" not in printed


async def test_code_in_place_is_not_copied(tmp_path: Path, lines: LogLines) -> None:
    path = write_template(tmp_path, sam(WORDS))
    async with LocalCloud(path, log=lambda *line: lines.append(line)) as cloud:
        assert cloud.functions[0].code == tmp_path / "src"
