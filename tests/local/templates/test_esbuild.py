"""BuildMethod esbuild: which program runs with which arguments, and what is said if it fails.

The program is one of the tests' own, which writes its arguments into the bundle.
"""

import sys
from pathlib import Path

import pytest

from streambda.local.assembly_reader import AssemblyReader, ValueSources
from streambda.local.model.given_values import GivenValues
from streambda.local.templates.find_template import TemplateFile
from streambda.local.templates.read_template import read_template
from streambda.local.templates.template_app import TemplateApp
from tests.support.sam_templates import gaps, read, write_template

PROGRAM = f"""#!{sys.executable}
import sys
from pathlib import Path
[out] = [one.partition("=")[2] for one in sys.argv if one.startswith("--outdir=")]
Path(out, "arguments").write_text("\\n".join(sys.argv[1:]))
"""
COPIES = f"""#!{sys.executable}
import sys
from pathlib import Path
[out] = [one.partition("=")[2] for one in sys.argv if one.startswith("--outdir=")]
Path(out, "app.js").write_bytes(Path("app.ts").read_bytes())
"""
FAILS = f"""#!{sys.executable}
import sys
print('✘ [ERROR] Could not resolve "axios"\\n\\n    app.ts:1:18:\\n', file=sys.stderr)
sys.exit(1)
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: nodejs22.x, CodeUri: src}}
Resources:
  Words:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Environment: {Variables: {A: b}}
    Metadata:
      BuildMethod: esbuild
      %s
"""
PROPERTIES = """BuildProperties:
        EntryPoints: [app.ts, other]
        Minify: false
        Sourcemap: true
        Format: esm
        MainFields: module,main
        External: ["@aws-sdk/*", aws-sdk]
        OutExtension: [.js=.mjs]
        UseNpmCi: true
"""


def write_app(folder: Path, properties: str = "", program: str = PROGRAM) -> Path:
    path = write_template(folder, TEMPLATE % properties)
    (folder / "src/app.ts").write_text("")
    (folder / "src/other.js").write_text("")
    esbuild = folder / "node_modules/.bin/esbuild"
    esbuild.parent.mkdir(parents=True)
    esbuild.write_text(program)
    esbuild.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("", ["app.ts", "--target=es2020", "--format=cjs", "--minify"]),
        (
            PROPERTIES,
            [
                "app.ts",
                "other.js",
                "--sourcemap",
                "--format=esm",
                "--main-fields=module,main",
                "--external:@aws-sdk/*",
                "--external:aws-sdk",
                "--out-extension:.js=.mjs",
                "--target=es2020",
            ],
        ),
    ],
)
def test_its_arguments_are_those_of_sam_build(
    properties: str, expected: list[str], tmp_path: Path
) -> None:
    found = read(write_app(tmp_path, properties))

    assert gaps(found) == []
    [words] = found.functions
    assert words.code is not None
    *arguments, bundle, platform, _, level = (words.code / "arguments").read_text().split("\n")
    assert arguments == expected
    assert (bundle, platform, level) == ("--bundle", "--platform=node", "--log-level=error")
    maps = {"NODE_OPTIONS": "--enable-source-maps"} if properties else {}
    assert words.environment == {"A": "b", **maps}


@pytest.mark.parametrize(
    ("sourcemap", "given", "maps", "options"),
    [
        ("{Sourcemap: true}", "--no-warnings", True, "--no-warnings --enable-source-maps"),
        ("{Sourcemap: inline}", "", True, "--enable-source-maps"),
        ("{Sourcemap: false}", "--enable-source-maps", False, "--enable-source-maps"),
        ("{}", "--no-warnings --enable-source-maps", True, "--no-warnings --enable-source-maps"),
        ("{}", "--no-warnings", False, "--no-warnings"),
    ],
)
def test_source_maps_are_written_where_they_are_read(
    sourcemap: str, given: str, maps: bool, options: str, tmp_path: Path
) -> None:
    """As `sam build` does it: each of the two options brings the other."""
    path = write_app(tmp_path, f"BuildProperties: {sourcemap}")
    path.write_text(path.read_text().replace("A: b", f'NODE_OPTIONS: "{given}"'))

    [words] = read(path).functions

    assert words.code is not None
    assert ("--sourcemap" in (words.code / "arguments").read_text()) is maps
    assert words.environment == {"NODE_OPTIONS": options}


@pytest.mark.parametrize("environment", ["x", "{Variables: x}", "[x]"])
def test_an_environment_that_is_none_is_no_crash(environment: str, tmp_path: Path) -> None:
    path = write_app(tmp_path, "BuildProperties: {Sourcemap: true}")
    path.write_text(path.read_text().replace("{Variables: {A: b}}", environment))

    assert gaps(read(path)) != []


@pytest.mark.parametrize(
    ("properties", "program", "reason"),
    [
        ("", FAILS, 'Could not resolve "axios" (app.ts:1:18): run `npm install` in the function'),
        ("", f"#!{sys.executable}\nraise SystemExit(1)", "esbuild: it has failed"),
        ("", "#!/nowhere/at/all", "does not run: "),
        ("BuildProperties: x", PROGRAM, "BuildProperties is 'x', expected an object"),
        ("BuildProperties: {EntryPoints: x}", PROGRAM, "EntryPoints is 'x', expected a list"),
        (
            "BuildProperties: {Target: !Ref X}",
            PROGRAM,
            "expected a value: functions of CloudFormation do not work here",
        ),
    ],
)
def test_what_fails_is_a_gap(properties: str, program: str, reason: str, tmp_path: Path) -> None:
    found = read(write_app(tmp_path, properties, program))

    [(name, why)] = gaps(found)
    assert name == "Words"
    assert reason in why
    assert [one.code for one in found.functions] == [tmp_path / "src"]


def test_a_machine_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_app(tmp_path)
    program = tmp_path / "node_modules/.bin/esbuild"
    elsewhere = program.rename(tmp_path / "esbuild")
    monkeypatch.setenv("PATH", "/nowhere")

    [(_, why)] = gaps(read(path))
    assert "run `npm install esbuild`, or `sam build` and pass .aws-sam" in why

    monkeypatch.setenv("PATH", str(elsewhere.parent))
    assert gaps(read(path)) == []


def test_code_that_is_missing(tmp_path: Path) -> None:
    path = write_app(tmp_path)
    (tmp_path / "src").rename(tmp_path / "gone")

    assert [why for _, why in gaps(read(path)) if "is not a folder" in why]


def test_sources_are_watched_and_not_bundles(tmp_path: Path) -> None:
    path = write_app(tmp_path)

    assert TemplateApp.find(TemplateFile(path=path)).folder == tmp_path
    stack = read_template(path, GivenValues())
    assert set(stack.assets.values()) == {tmp_path / "src"}


@pytest.mark.parametrize(
    ("handler", "bundled", "expected"),
    [
        ("a/app.handler", "app.js", "app.handler"),
        ("a/app.handler", "a/app.mjs", "a/app.handler"),
        ("/opt/app.handler", "app.js", "/opt/app.handler"),
    ],
)
def test_its_handler(handler: str, bundled: str, expected: str, tmp_path: Path) -> None:
    program = f"{PROGRAM}path = Path(out, '{bundled}')\npath.parent.mkdir(exist_ok=True)\n"
    path = write_app(tmp_path, "", f"{program}path.touch()\n")
    path.write_text(path.read_text().replace("app.handler", handler))

    [words] = read(path).functions
    assert words.handler == expected


def test_what_sam_has_built_is_not_bundled_again(tmp_path: Path) -> None:
    path = write_app(tmp_path / ".aws-sam/build", "", FAILS)

    assert gaps(read(path)) == []


def test_a_cloud_has_its_bundles_in_a_folder_of_its_own(tmp_path: Path) -> None:
    [words] = AssemblyReader(ValueSources()).read(write_app(tmp_path)).functions

    assert words.code is not None
    assert words.code.parent.name.startswith("streambda-bundles-")


def test_the_same_bundle_has_the_same_path(tmp_path: Path) -> None:
    """So a reload leaves functions alone that have not changed, and nothing piles up."""
    template = TemplateFile(path=write_app(tmp_path, program=COPIES))
    bundles = tmp_path / "bundles"
    bundles.mkdir()

    def bundle() -> Path | None:
        stack = read_template(template.path, GivenValues(), bundles=lambda: bundles)
        return next(iter(stack.assets.values()), None)

    first, second = bundle(), bundle()
    (tmp_path / "src/app.ts").write_text("edited")
    third = bundle()

    assert first is not None
    assert third is not None
    assert first == second != third
    assert sorted(bundles.iterdir()) == sorted({first, third})
    assert [(path / "app.js").read_text() for path in (first, third)] == ["", "edited"]
