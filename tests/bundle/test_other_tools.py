"""Nothing that asks for packages is passed over in silence."""

from pathlib import Path

import pytest

from streambda.bundle.options import BundleOptions
from streambda.bundle.requirements import read_requirements

PLUGIN = "poetry self add poetry-plugin-export"


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("poetry.lock", f"{PLUGIN} && poetry export -f requirements.txt -o requirements.txt"),
        ("pdm.lock", "pdm export --prod -o requirements.txt"),
        ("Pipfile.lock", "pipenv requirements --hash > requirements.txt"),
        ("Pipfile", "pipenv lock && pipenv requirements --hash > requirements.txt"),
        ("requirements.in", "uv pip compile requirements.in -o requirements.txt"),
        ("setup.py", "uv pip compile setup.py -o requirements.txt"),
        ("setup.cfg", "uv pip compile setup.cfg -o requirements.txt"),
    ],
)
def test_a_file_of_another_tool_is_refused_with_the_command_to_run(
    entry: Path, file: str, command: str
) -> None:
    (entry / file).write_text("install_requires = one")
    (entry / "pyproject.toml").write_text('[project]\nname = "x"\ndependencies = ["one"]\n')

    with pytest.raises(
        ValueError, match=f"^{entry / file} asks for packages, expected a"
    ) as raised:
        read_requirements(entry)
    assert str(raised.value).endswith(f": cd {entry} && {command}")


@pytest.mark.parametrize("file", ["poetry.lock", "Pipfile", "setup.py"])
def test_a_requirements_file_beside_it_is_what_counts(entry: Path, file: str) -> None:
    (entry / file).write_text("install_requires = one")
    (entry / "requirements.txt").write_text("two\n")

    found = read_requirements(entry)

    assert found is not None
    assert found.lines == ("two",)


@pytest.mark.parametrize("file", ["setup.py", "setup.cfg"])
def test_an_old_project_that_asks_for_nothing_is_no_matter(entry: Path, file: str) -> None:
    (entry / file).write_text("[flake8]\nmax-line-length = 100\n")

    assert read_requirements(entry) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[project]\nname = "x"\ndynamic = ["dependencies"]\n', "project.dependencies is dynamic"),
        ('[tool.poetry.dependencies]\npython = "^3.11"\n', r"dependencies are in \[tool.poetry\]"),
        ('[tool.flit.metadata]\nrequires = ["one"]\n', r"dependencies are in \[tool.flit\]"),
        (
            '[dependency-groups]\nrun = ["one"]\n',
            r"has no dependencies but extras or dependency groups: run; expected extras=\[...\]",
        ),
        ('[project]\noptional-dependencies = { a = ["b"] }\n', "dependency groups: a; expected"),
    ],
)
def test_dependencies_that_are_elsewhere_are_refused(entry: Path, text: str, expected: str) -> None:
    (entry / "pyproject.toml").write_text(text)

    with pytest.raises(ValueError, match=expected):
        read_requirements(entry)


@pytest.mark.parametrize(
    "text",
    ['[dependency-groups]\ndev = ["one"]\n',
     '[project]\nname = "x"\ndependencies = []\n[dependency-groups]\nrun = ["one"]\n'],
)  # fmt: skip
def test_a_project_may_say_that_it_needs_nothing(entry: Path, text: str) -> None:
    (entry / "pyproject.toml").write_text(text)

    assert read_requirements(entry) is None


def test_chosen_extras_and_groups_add_their_lines(entry: Path) -> None:
    (entry / "pyproject.toml").write_text(
        '[project]\nname = "x"\noptional-dependencies = { Some_Extra = ["two"] }\n'
        '[dependency-groups]\nrun = ["three", { include-group = "more" }]\nmore = ["four"]\n'
    )
    options = BundleOptions(extras=("some-extra",), groups=("run",))

    found = read_requirements(entry, options)

    assert found is not None
    assert found.lines == ("two", "three", "four")


@pytest.mark.parametrize("file", [None, "requirements.txt"])
def test_a_choice_without_a_project_is_refused(entry: Path, file: str | None) -> None:
    if file:
        (entry / file).write_text("one\n")

    with pytest.raises(
        ValueError,
        match=r"^extras=.* or dependency_groups=.* are given for .*, expected none",
    ):
        read_requirements(entry, BundleOptions(extras=("more",)))


@pytest.mark.parametrize(
    ("field", "option"), [("extras", "extras"), ("groups", "dependency_groups")]
)
def test_one_string_is_no_list_of_strings(field: str, option: str) -> None:
    with pytest.raises(
        TypeError, match=rf"^{option} is 'more', expected a list of strings, \['more'\]$"
    ):
        BundleOptions(**{field: "more"})  # type: ignore[arg-type]
