from pathlib import Path

import pytest

from streambda.bundle.requirements import Requirements, read_requirements


def read_existing(entry: Path) -> Requirements:
    requirements = read_requirements(entry)
    assert requirements is not None
    return requirements


def test_a_folder_without_either_file_asks_for_nothing(tmp_path: Path) -> None:
    assert read_requirements(tmp_path) is None


@pytest.mark.parametrize("text", ["", "# later\n\n", "--no-index\n"])
def test_a_file_without_a_requirement_asks_for_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["one"]\n')

    assert read_requirements(tmp_path) is None


def test_comments_and_broken_lines_do_not_count(tmp_path: Path) -> None:
    text = "# why\none==1  # because\n\n--no-index\ntwo==2 \\\n    --hash=sha256:ab\n"
    (tmp_path / "requirements.txt").write_text(text)

    requirements = read_existing(tmp_path)

    assert requirements.lines == ("one==1", "--no-index", "two==2 --hash=sha256:ab")
    assert requirements.count == 2


def test_included_files_count_and_constraints_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r more/base.txt\n--constraint=limits.txt\none\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more/base.txt").write_text("two\n-r ../requirements.txt\n")
    (tmp_path / "limits.txt").write_text("two<3\n")

    requirements = read_existing(tmp_path)

    assert requirements.count == 2
    before = requirements.digest
    (tmp_path / "limits.txt").write_text("two<4\n")
    assert read_existing(tmp_path).digest != before


def test_the_digest_follows_lines_and_named_wheels_only(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_text("1")
    digests = []
    for text in ("./a.whl", "./a.whl # same", f"./a.whl\none @ file://{tmp_path}/a.whl"):
        (tmp_path / "requirements.txt").write_text(text)
        digests.append(read_existing(tmp_path).digest)
    (tmp_path / "a.whl").write_text("2")
    digests.append(read_existing(tmp_path).digest)

    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_project_names_its_dependencies(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\ndependencies = ["one>=1"]\n')

    assert read_existing(tmp_path) == Requirements(tmp_path / "pyproject.toml", ("one>=1",))


@pytest.mark.parametrize("text", ["", "[project]\n", "[tool.ruff]\n"])
def test_a_project_may_name_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)

    assert read_requirements(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[project", "^cannot read .*pyproject.toml: "),
        ("project = 3\n", r"^cannot read .*pyproject.toml: 3 is not a table$"),
        ("[project]\noptional-dependencies = 3\n", "^cannot read .*: 3 is not a table$"),
        ("[project]\ndependencies = 'one'\n", "dependencies is 'one', expected a list of strings$"),
    ],
)
def test_a_damaged_project_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)

    with pytest.raises(ValueError, match=expected):
        read_requirements(tmp_path)


def test_sources_on_other_machines_are_part_of_the_key(tmp_path: Path) -> None:
    project = '[project]\nname = "x"\ndependencies = ["one"]\n[tool.uv.sources]\n'
    digests = set()
    for source in (
        'one = { git = "https://example.com/one", rev = "a" }',
        'one = { git = "https://example.com/one", rev = "b" }',
        'one = [{ url = "https://example.com/one.whl" }]',
        'one = { index = "mine" }',
    ):
        (tmp_path / "pyproject.toml").write_text(project + source)
        requirements = read_existing(tmp_path)
        assert requirements.count == 1
        digests.add(requirements.digest)

    assert len(digests) == 4


def test_a_line_that_asks_for_a_build_is_refused(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("--no-binary one\none\n")

    with pytest.raises(ValueError, match=r"has '--no-binary one', expected the names in allow_bu"):
        read_requirements(tmp_path)


def test_variables_in_lines_count_and_passwords_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").write_text("one @ https://me:${TOKEN}@${PLACE}/one.whl\n")
    digests = []
    for token, place in (("1", "a"), ("2", "a"), ("2", "b")):
        monkeypatch.setenv("TOKEN", token)
        monkeypatch.setenv("PLACE", place)
        digests.append(read_existing(tmp_path).digest)

    assert digests[0] == digests[1] != digests[2]


def test_wheels_in_a_folder_that_a_line_names_count(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("--find-links wheels\none\n")
    (tmp_path / "wheels").mkdir()
    digests = set()
    for text in ("1", "2"):
        (tmp_path / "wheels/one-1.0-py3-none-any.whl").write_text(text)
        digests.add(read_existing(tmp_path).digest)

    assert len(digests) == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Without another line nothing would be installed, in silence."""
    (tmp_path / "requirements.txt").write_text("-r gone.txt\n")

    with pytest.raises(
        ValueError, match=r"requirements\.txt has '-r gone\.txt', expected a file at"
    ):
        read_requirements(tmp_path)


def test_a_file_on_another_machine_asks_for_packages(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r https://example.com/requirements.txt\n")

    assert read_existing(tmp_path).count == 1
