"""The Python in the documents compiles, the README's handler runs, and links are right."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from streambda.cli import make_app

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")

names = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


@names
def test_python_in_a_document_compiles(document: Path) -> None:
    for block in BLOCK.findall(document.read_text("utf-8")):
        # Some blocks show only the return statement of a handler.
        source = block.replace("return ", "result = ", 1) if block.startswith("return ") else block
        compile(source, document.name, "exec")


@names
def test_links_lead_to_a_file_and_its_heading(document: Path) -> None:
    for target, anchor in LINK.findall(document.read_text("utf-8")):
        path = document.parent / target if target else document
        assert path.exists(), f"{document.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
            assert anchor in slugs, f"{document.name} links to {target}#{anchor}"


def test_the_local_clouds_page_names_every_option_of_its_command() -> None:
    command: Any = get_command(make_app())
    options = {
        name
        for option in command.commands["local"].params
        for name in [*option.opts, *option.secondary_opts]
        if name.startswith("--")
    }
    page = (ROOT / "docs/local-cloud.md").read_text("utf-8").split("\n## Options\n", 1)[1]

    rows = "".join(re.findall(r"^\| (`--.*?) \|", page, re.M))

    assert options - {"--help"} == set(re.findall(r"`(--[\w-]+)`", rows))


def test_the_readmes_five_line_handler_streams() -> None:
    from streambda_runtime import testing

    block = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))[0]
    scope: dict[str, object] = {}
    exec(block.replace("time.sleep(0.2)", "pass"), scope)

    result = testing.run(scope["handler"], {})  # type: ignore[arg-type]

    assert result.text.replace("\n", " ") == "every word leaves Lambda as Python yields it "
    assert len(result.chunks) == 8


def test_the_readmes_web_app_streams() -> None:
    from streambda_runtime import asgi, testing

    block = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))[1]
    scope: dict[str, Any] = {}
    exec(block.replace("asyncio.sleep(0.2)", "asyncio.sleep(0)"), scope)

    result = testing.run(asgi(scope["app"]), testing.http_event("GET", "/"))

    assert result.status_code == 200
    assert result.text.replace("\n", " ") == "a FastAPI app streams as it is "
    assert len(result.chunks) == 7


def test_the_tested_versions_of_web_frameworks_are_those_of_the_lock() -> None:
    # The lock has more than one version of a package where the newest is not for every Python.
    lock = set(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.M))
    page = (ROOT / "docs/web-apps.md").read_text("utf-8")

    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \| [AW]SGI.*\| (.*) \|$", page, re.M)
    servers = [pair for *_, named in rows for pair in re.findall(r"(\w+) ([\d.]+)", named)]

    assert len(rows) == 6
    named = {(name.lower(), version) for name, version, *_ in [*rows, *servers]}
    assert named <= lock


def test_the_tested_versions_of_llm_clients_are_those_of_the_locks() -> None:
    lock = set(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.M))
    npm = json.loads((ROOT / "tests/node_clients/frames/package.json").read_text())["dependencies"]
    page = (ROOT / "docs/llm.md").read_text("utf-8")

    rows = re.findall(r"^\| `\w+` \| \[.*\| ([^|]*) \|$", page, re.M)
    named = {pair for row in rows for pair in re.findall(r"`([@\w/-]+)` ([\d.]+)", row)}
    javascript = {("openai", found) for found in re.findall(r"([\d.]+) \(JavaScript\)", page)}

    assert len(rows) == 5
    assert named | javascript <= lock | set(npm.items())


def test_the_tested_versions_of_agent_frameworks_are_those_of_their_lock() -> None:
    text = (ROOT / "tests/agents/requirements.txt").read_text()
    lock = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.M))
    page = (ROOT / "docs/llm.md").read_text("utf-8").split("\n## Agents\n", 1)[1]

    rows = dict(re.findall(r"^\| (\w+) \| ([\d.]+) \|$", page, re.M))

    packages = {"Strands": "strands-agents", "PydanticAI": "pydantic-ai-slim"}
    assert rows == {name: lock[packages.get(name, name.lower())] for name in rows}
    assert len(rows) == 3
