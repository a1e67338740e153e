"""Files of other tools, which cannot be read here: each is refused, with the command to run."""

from pathlib import Path

# "poetry export" comes with it since Poetry 2.
_POETRY_PLUGIN = "poetry self add poetry-plugin-export"

# A file -> the command that writes a requirements.txt from it.
_COMMANDS = {
    "poetry.lock": f"{_POETRY_PLUGIN} && poetry export -f requirements.txt -o requirements.txt",
    "pdm.lock": "pdm export --prod -o requirements.txt",
    "Pipfile.lock": "pipenv requirements --hash > requirements.txt",
    "Pipfile": "pipenv lock && pipenv requirements --hash > requirements.txt",
    "requirements.in": "uv pip compile requirements.in -o requirements.txt",
}
# They may say nothing about packages.
_OLD_PROJECTS = ("setup.py", "setup.cfg")
_NEEDS = "install_requires"


def refuse_other_tools(entry: Path) -> None:
    """Check that `entry` asks for packages by no file that is not read.

    Raises:
        ValueError: it has one; the line names the command that makes a requirements.txt of it.
    """
    for name, command in _COMMANDS.items():
        if (entry / name).is_file():
            raise ValueError(
                f"{entry / name} asks for packages, expected a requirements.txt beside it: "
                f"cd {entry} && {command}"
            )
    for name in _OLD_PROJECTS:
        file = entry / name
        if file.is_file() and _NEEDS in file.read_text("utf-8", errors="replace"):
            raise ValueError(
                f"{file} asks for packages, expected a requirements.txt beside it: "
                f"cd {entry} && uv pip compile {name} -o requirements.txt"
            )
