"""A reload: new code and endpoints while the cloud runs; ports stay, streams end as they began."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud
from streambda.local.synthesis.app import App
from streambda.local.watch.reload import Reloader, describe_running
from tests.support.gate import Gate
from tests.support.local_assembly import function, rest_api, url
from tests.support.small_app import write_app, write_resources

Resources = dict[str, Any]


class Running:
    """An app, its cloud, and what was printed."""

    def __init__(self, app: App, cloud: LocalCloud, out: Path) -> None:
        self.app = app
        self.cloud = cloud
        self.notes: list[str] = []
        self.errors: list[str] = []
        self.reloader = Reloader(
            app, cloud, out, print_note=self.notes.append, print_error=self.errors.append
        )

    async def change(self, resources: Resources) -> None:
        write_resources(self.app.folder, resources)
        await self.reloader.reload(["src/functions.json"])

    def url_of(self, name: str) -> str:
        [found] = [
            endpoint.url
            for endpoint in self.cloud.endpoints
            if endpoint.kind is EndpointKind.FUNCTION_URL and endpoint.name == name
        ]
        return found


def words(gate: Gate, version: str = "1", **properties: Any) -> Resources:
    variables = {"GATE": str(gate.port), "VERSION": version}
    return {
        "Words": function(
            **{"FunctionName": "Words", "Environment": {"Variables": variables}, **properties}
        ),
        "WordsUrl": url("Words"),
    }


@pytest.fixture
async def running(tmp_path: Path, gate: Gate) -> AsyncIterator[Running]:
    app, out = write_app(tmp_path / "app", words(gate)), tmp_path / "cdk.out"
    (app.folder / "src/words.py").write_text("# one")
    await app.synthesise(out)
    async with LocalCloud(out) as cloud:
        running = Running(app, cloud, out)
        await running.reloader.find_copies()
        yield running


async def version(http: httpx.AsyncClient, at: str) -> Any:
    return (await http.get(f"{at}environment")).json()["VERSION"]


async def test_the_next_request_runs_the_new_code(
    running: Running, gate: Gate, http: httpx.AsyncClient
) -> None:
    at = running.url_of("Words")
    assert await version(http, at) == "1"
    async with http.stream("GET", f"{at}gated") as answer:
        chunks = answer.aiter_raw()
        assert await anext(chunks) == b"one"

        await running.change(words(gate, "2"))

        assert running.url_of("Words") == at
        assert await version(http, at) == "2"
        await gate.open()
        assert b"".join([chunk async for chunk in chunks]) == b"two"
    assert running.errors == []
    assert running.notes[1].startswith("new code from the next request on: Words (")


@pytest.mark.slow
async def test_a_folder_of_code_that_is_another(running: Running, http: httpx.AsyncClient) -> None:
    async def task_root() -> Any:
        variables = (await http.get(f"{running.url_of('Words')}environment")).json()
        return variables["LAMBDA_TASK_ROOT"]

    before = await task_root()
    (running.app.folder / "src/new.py").write_text("# new")
    await running.reloader.reload(["src/new.py"])

    assert await task_root() != before
    assert [line.split("(")[0] for line in running.notes[1:]] == [
        "new code from the next request on: Words "
    ]


def words_py(environment: dict[str, str]) -> str:
    return Path(environment["LAMBDA_TASK_ROOT"], "words.py").read_text()


@pytest.mark.slow
async def test_a_source_that_lies_in_the_code_as_it_is_is_seen_at_once(
    running: Running, http: httpx.AsyncClient
) -> None:
    async def variables() -> Any:
        return (await http.get(f"{running.url_of('Words')}environment")).json()

    before = (await variables())["AWS_LAMBDA_LOG_STREAM_NAME"]
    for text in ("# two", "# three"):
        running.notes.clear()
        (running.app.folder / "src/words.py").write_text(text)
        # The second is what an editor wrote to, before it gave it the first one's name.
        await running.reloader.reload(["src/words.py", "src/words.py.new"])

        assert running.notes[0].startswith("src/words.py changed: ")
        after_edit = await variables()
        after = after_edit["AWS_LAMBDA_LOG_STREAM_NAME"]
        assert words_py(after_edit) == text
        assert after != before
        # The synthesis has found the same: nothing has been started for that.
        first, second = running.notes[1:]
        assert first.startswith("new code from the next request on: Words (")
        assert first.endswith(", before the synthesis)")
        assert second.startswith("nothing that runs has changed (")
        before = after


async def test_an_app_that_makes_something_else_of_a_source_has_the_last_word(
    running: Running, http: httpx.AsyncClient
) -> None:
    script = running.app.folder / "app.py"
    text = script.read_text()
    script.write_text(f"{text}\n(asset / 'words.py').write_text('# made')\n")
    (running.app.folder / "src/words.py").write_text("# two")
    await running.reloader.reload(["src/words.py"])

    variables = (await http.get(f"{running.url_of('Words')}environment")).json()
    assert words_py(variables) == "# made"
    assert running.notes[-1].startswith("new code from the next request on: Words (")


async def test_an_edit_runs_though_the_app_fails(running: Running, http: httpx.AsyncClient) -> None:
    (running.app.folder / "app.py").write_text("raise ValueError('broken')")
    (running.app.folder / "src/words.py").write_text("# two")
    await running.reloader.reload(["src/words.py"])

    variables = (await http.get(f"{running.url_of('Words')}environment")).json()
    assert words_py(variables) == "# two"
    assert "ValueError: broken" in running.errors[0]


@pytest.mark.slow
async def test_nothing_is_started_anew_where_nothing_has_changed(
    running: Running, gate: Gate, http: httpx.AsyncClient
) -> None:
    async def log_stream() -> Any:
        variables = (await http.get(f"{running.url_of('Words')}environment")).json()
        return variables["AWS_LAMBDA_LOG_STREAM_NAME"]

    before = await log_stream()
    await running.change(words(gate))

    assert await log_stream() == before
    assert running.notes[1].startswith("nothing that runs has changed (")


async def test_new_code_that_does_not_start_is_left_aside(
    running: Running, gate: Gate, http: httpx.AsyncClient
) -> None:
    at = running.url_of("Words")
    assert await version(http, at) == "1"

    await running.change(words(gate, "2", Handler="exits"))

    assert await version(http, at) == "1"
    assert running.errors == [
        (
            "the new code of Words does not start: its error is above; "
            "the version before keeps running: Words"
        )
    ]
    await running.change(words(gate, "3"))
    assert await version(http, at) == "3"


async def test_a_broken_edit_is_told_once_with_the_users_own_path(
    tmp_path: Path, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = {
        "Talk": function("talk.handler", FunctionName="Talk", Runtime="python3.11"),
        "TalkUrl": url("Talk"),
        "Other": function("talk.handler", FunctionName="Other", Runtime="python3.11"),
    }
    app, out = write_app(tmp_path / "app", resources), tmp_path / "cdk.out"
    source = app.folder / "src/talk.py"
    source.write_text("def handler(event, context):\n    return 'old'\n")
    monkeypatch.chdir(app.folder)
    await app.synthesise(out)
    lines: list[str] = []
    async with LocalCloud(
        out, sources=app.folder, log=lambda name, line: lines.append(line)
    ) as cloud:
        running = Running(app, cloud, out)
        await running.reloader.find_copies()
        assert (await http.get(running.url_of("Talk"))).text == '"old"'
        source.write_text("raise ValueError('no such table')\n")

        await running.reloader.reload(["src/talk.py"])
        answer = (await http.get(running.url_of("Talk"))).text

    assert answer == '"old"'
    # The line of the source, in the traceback, is another thing.
    told = [*lines, *running.notes, *running.errors]
    assert len([line for line in told if "no such table" in line and "raise" not in line]) == 1
    assert any('File "src/talk.py", line 1' in line for line in lines)
    assert not any(str(tmp_path) in line for line in lines if "cold start" not in line)
    assert running.errors == [
        (
            "the new code of Talk does not start: its error is above; "
            "the version before keeps running: Talk, Other"
        )
    ]
    assert "does not start" in running.notes[-1]


@pytest.mark.parametrize(
    ("names", "without_code", "edited", "line"),
    [
        (["A", "B"], [], [], "the version before keeps running: A, B"),
        (
            ["A", "B"],
            ["B", "New"],
            [],
            "the version before keeps running: A; nothing that starts: B, New",
        ),
        (
            ["A", "B"],
            [],
            ["B"],
            "the version before keeps running: A; the edited code keeps running: B",
        ),
        (["A"], ["A"], [], "nothing that starts: A"),
    ],
)
def test_which_functions_run_which_code(
    names: list[str], without_code: list[str], edited: list[str], line: str
) -> None:
    assert describe_running(names, without_code, edited) == line


@pytest.mark.slow
async def test_an_end_while_new_code_comes_up(
    running: Running, gate: Gate, http: httpx.AsyncClient
) -> None:
    """Ctrl-C, say: the cloud that ends with this test waits for nobody."""
    assert await version(http, running.url_of("Words")) == "1"
    changing = asyncio.ensure_future(running.change(words(gate, "2", Handler="waits")))
    await gate.wait_for_arrival()

    changing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await changing

    assert await version(http, running.url_of("Words")) == "1"


@pytest.mark.slow
async def test_an_app_that_fails_is_left_aside(
    running: Running, gate: Gate, http: httpx.AsyncClient
) -> None:
    await running.change({"Words": {"Type": 1}})
    script = running.app.folder / "app.py"
    script.write_text("raise ValueError('broken')")
    await running.change(words(gate, "2"))

    assert await version(http, running.url_of("Words")) == "1"
    assert len(running.errors) == 2
    assert "Input should be a valid string" in running.errors[0]
    assert "ValueError: broken (app.py, line 1); the version" in running.errors[1]


@pytest.mark.slow
async def test_endpoints_that_come_go_and_change(
    running: Running, gate: Gate, http: httpx.AsyncClient
) -> None:
    at = running.url_of("Words")
    more = {"More": function(FunctionName="More"), "MoreUrl": url("More")}

    await running.change({**words(gate), **more, **rest_api("Words")})

    assert running.url_of("Words") == at
    assert (await http.get(f"{running.url_of('More')}words")).text == "one two"
    [rest] = [
        endpoint.url
        for endpoint in running.cloud.endpoints
        if endpoint.kind is EndpointKind.REST_API
    ]
    assert (await http.get(f"{rest}words")).text == "one two"
    assert any(line.startswith("new functions: More (") for line in running.notes)
    assert any(
        line.startswith(f"new endpoints: More at {running.url_of('More')}, Api")
        for line in running.notes
    )

    gone = running.url_of("More")
    await running.change({**words(gate), "WordsUrl": url("Words", "BUFFERED")})

    assert [endpoint.streams for endpoint in running.cloud.endpoints] == [True, False]
    assert running.url_of("Words") == at
    assert (await http.get(f"{at}words")).status_code == 201
    with pytest.raises(httpx.ConnectError):
        await http.get(gone)
    assert [function.name for function in running.cloud.functions] == ["Words"]


@pytest.mark.slow
async def test_a_function_that_is_gone_ends_its_streams(
    running: Running, gate: Gate, http: httpx.AsyncClient
) -> None:
    more = {"More": function(FunctionName="More", **gate_variables(gate)), "MoreUrl": url("More")}
    await running.change({**words(gate), **more})
    async with http.stream("GET", f"{running.url_of('More')}gated") as answer:
        chunks = answer.aiter_raw()
        assert await anext(chunks) == b"one"
        await running.change(words(gate))
        with pytest.raises(httpx.TransportError):
            async with asyncio.timeout(20):
                await anext(chunks)


def gate_variables(gate: Gate) -> dict[str, Any]:
    return {"Environment": {"Variables": {"GATE": str(gate.port)}}}


async def test_an_edit_during_a_synthesis_waits_for_none(
    running: Running, gate: Gate, http: httpx.AsyncClient
) -> None:
    async def served() -> str:
        return words_py((await http.get(f"{running.url_of('Words')}environment")).json())

    waits = f"import socket\nsocket.create_connection(('127.0.0.1', {gate.port})).recv(1)\n"
    script, words = running.app.folder / "app.py", running.app.folder / "src/words.py"
    script.write_text(waits + script.read_text())
    edits: asyncio.Queue[list[str]] = asyncio.Queue()
    words.write_text("# two")
    reloading = asyncio.create_task(running.reloader.reload(["src/words.py"], edits.get))
    first = await gate.wait_for_arrival()
    assert await served() == "# two"

    words.write_text("# three")
    edits.put_nowait(["src/words.py"])
    async with asyncio.timeout(20):
        while await served() != "# three":
            pass

    # What the first synthesis made is of "# two", and variables of nobody.
    await gate.let_through(first)
    second = await gate.wait_for_arrival()
    assert (await served(), len(running.notes)) == ("# three", 4)
    await gate.let_through(second)
    await reloading
    assert running.notes[4].startswith("nothing that runs has changed (")
    assert (await served(), running.errors) == ("# three", [])
