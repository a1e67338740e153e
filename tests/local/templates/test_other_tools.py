"""Folders and files of tools, given in place of a template: what is meant, or what to do first."""

from pathlib import Path

import pytest

from streambda.local.model.errors import AssemblyError
from streambda.local.serve import choose_source
from streambda.local.synthesis.app import App
from streambda.local.templates.find_template import find_template
from streambda.local.templates.template_app import TemplateApp
from tests.support.local_assembly import function, write_assembly
from tests.support.sam_templates import WORDS, sam, write_template

PACKAGED = "cloudformation-template-update-stack.json"


@pytest.mark.parametrize(
    "given", ["app", "app/serverless.yml", "app/serverless.ts", "app/.serverless"]
)
def test_the_serverless_framework(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = Path("app")
    app.mkdir()
    for name in ("serverless.yml", "serverless.ts"):
        (app / name).write_text("service: shop")

    with pytest.raises(AssemblyError, match="run `npx serverless package` and pass the folder"):
        find_template(Path(given))

    path = write_template(app, sam(WORDS), f".serverless/{PACKAGED}")
    found = find_template(Path(given))
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize("given", [".aws-sam", ".aws-sam/build", ".aws-sam/build/template.yaml"])
def test_what_sam_builds(given: str, tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match="run `sam build` in the app's folder"):
        find_template(tmp_path / given)

    path = write_template(tmp_path, sam(WORDS), ".aws-sam/build/template.yaml")
    found = find_template(tmp_path / given)
    assert found is not None
    assert found.path == path


def test_a_config_of_sam(tmp_path: Path) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text("version = 0.1")

    with pytest.raises(AssemblyError, match="pass it as --sam-config, beside the template"):
        find_template(path)


def test_a_folder_means_what_is_in_it(tmp_path: Path) -> None:
    write_template(tmp_path, sam(WORDS))
    assert isinstance(choose_source(str(tmp_path), None, ()), TemplateApp)

    (tmp_path / "cdk.json").write_text('{"app": "python app.py"}')
    for given in (tmp_path, tmp_path / "cdk.json"):
        app = choose_source(str(given), None, ("a=b",))
        assert isinstance(app, App)
        assert (app.folder, app.context) == (tmp_path, {"a": "b"})

    folder = write_assembly(tmp_path / "cdk.out", {"A": function()})
    for given in (tmp_path, folder):
        assert choose_source(str(given), None, ()) == folder
