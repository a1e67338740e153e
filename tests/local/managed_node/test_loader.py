"""Where the handler of a Node.js function is looked for."""

from pathlib import Path

import pytest

from tests.support.node_runtimes import run_stand_in


@pytest.mark.parametrize("version", [22, 24])
def test_a_handler_in_a_layer_that_is_not_shown_as_opt(tmp_path: Path, version: int) -> None:
    """Machines without mount namespaces, such as macOS, have it in another folder."""
    package = tmp_path / "opt" / "nodejs" / "node_modules" / "streambda-wraps"
    package.mkdir(parents=True)
    (package / "handler.js").write_text("exports.handler = async () => 'wrapped';")

    handler = "/opt/nodejs/node_modules/streambda-wraps/handler.handler"
    environ = {"STREAMBDA_OPT": str(tmp_path / "opt")}
    done = run_stand_in(version, tmp_path, handler, b"{}", environ=environ)

    assert [post["body"] for post in done.posts] == ['"wrapped"']
