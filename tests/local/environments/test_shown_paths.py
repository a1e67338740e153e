"""What a function prints names the user's own files, or those that there are on Lambda."""

from pathlib import Path

import pytest

from streambda.local.environments.sandbox_files import Sandbox
from streambda.local.environments.shown_paths import LambdasPaths, ShownPaths, list_folders

ROOT = Path("/tmp/streambda-app-x/cdk.out/asset.1")
OPT = Path("/tmp/cloud/opt-2")
RUNTIME = Path("/usr/lib/ü/managed_node")
SOURCES = {"app.py": "src/app.py", "my handlers/ü.py": "src/my handlers/ü.py"}


def find_source(folder: Path, name: str) -> str | None:
    assert folder == ROOT
    return SOURCES.get(name)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f'  File "{ROOT}/app.py", line 10, in f', '  File "src/app.py", line 10, in f'),
        (f'  File "{ROOT}/my handlers/ü.py", line 1', '  File "src/my handlers/ü.py", line 1'),
        # A package of the bundle: as on Lambda.
        (f'File "{ROOT}/httpx/_api.py", line 2', 'File "/var/task/httpx/_api.py", line 2'),
        (f"{ROOT}/app.py:3: DeprecationWarning: x", "src/app.py:3: DeprecationWarning: x"),
        (f"<module 'app' from '{ROOT}/app.py'>", "<module 'app' from 'src/app.py'>"),
        (f"cannot open ({ROOT}/data.csv)", "cannot open (/var/task/data.csv)"),
        (f"two: {ROOT}/app.py, {ROOT}/b.py", "two: src/app.py, /var/task/b.py"),
        (f"{ROOT}", "/var/task"),
        (f"in {ROOT}/", "in /var/task"),
        # JSON of a log has quotes within quotes.
        (rf'{{"stackTrace": ["  File \"{ROOT}/app.py\", line 1"]}}',
         r'{"stackTrace": ["  File \"src/app.py\", line 1"]}'),
        (f'{{"location": "{ROOT}/app.py:handler:3"}}', '{"location": "src/app.py:handler:3"}'),
        ("/tmp/cloud/opt-2/python/a.py", "/opt/python/a.py"),
        # Stacks of Node.js.
        (f"    at f (file://{ROOT}/index.mjs:3:9)", "    at f (file:///var/task/index.mjs:3:9)"),
        (f"    at f (file://{ROOT}/app.py:3:9)", "    at f (src/app.py:3:9)"),
        (f'"at f ({RUNTIME}/errors.cjs:3:9)","', '"at f (/var/runtime/errors.cjs:3:9)","'),
        ("import 'file:///usr/lib/%C3%BC/managed_node/errors.cjs'",
         "import 'file:///var/runtime/errors.cjs'"),
        # Others, and folders that only begin like it.
        (f'File "{ROOT}1/app.py"', f'File "{ROOT}1/app.py"'),
        (f"{ROOT}-old/app.py", f"{ROOT}-old/app.py"),
        ('File "/usr/lib/python3.13/json.py"', 'File "/usr/lib/python3.13/json.py"'),
        ("no path at all", "no path at all"),
    ],
)  # fmt: skip
def test_paths_in_a_line(line: str, shown: str) -> None:
    paths = ShownPaths(list_folders(Sandbox(ROOT, OPT), RUNTIME), find_source, ROOT)

    assert paths.change(line) == shown


def test_a_source_is_looked_for_once() -> None:
    asked = []

    def find(folder: Path, name: str) -> str | None:
        asked.append(name)
        return None

    paths = ShownPaths(list_folders(Sandbox(ROOT, None)), find, ROOT)
    for _ in range(3):
        paths.change(f'File "{ROOT}/a.py", File "{ROOT}/b.py"')

    assert asked == ["a.py", "b.py"]


@pytest.mark.parametrize(
    ("report", "shown"),
    [
        (f'["    at f (file://{ROOT}/app.py:3:9)"]', '["    at f (file:///var/task/app.py:3:9)"]'),
        (rf"File \"{ROOT}/\u00fc.py\"", r"File \"/var/task/\u00fc.py\""),
        (f"{OPT}/nodejs/a.js {ROOT}", "/opt/nodejs/a.js /var/task"),
        (r"/usr/lib/\u00fc/managed_node/errors.cjs", "/var/runtime/errors.cjs"),
        (f"{ROOT}-old/app.py", f"{ROOT}-old/app.py"),
    ],
)
def test_paths_in_a_report(report: str, shown: str) -> None:
    assert LambdasPaths(list_folders(Sandbox(ROOT, OPT), RUNTIME)).change(report) == shown


def test_a_folder_that_is_a_link(tmp_path: Path) -> None:
    """Node.js names files by their real paths."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    paths = LambdasPaths(list_folders(Sandbox(tmp_path / "link", None)))

    assert paths.change(f"{tmp_path}/real/index.js") == "/var/task/index.js"
