"""A folder of code with streambda's runtime, as a template of SAM names it in CodeUri."""

import shutil
from pathlib import Path

LAMBDA_SRC = Path(__file__).parents[2] / "lambda_src"


def write_streambda_code(folder: Path, source: str, name: str = "app.py") -> Path:
    """`source` is the handler's module. The function is `provided.al2023`."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy2(LAMBDA_SRC / "bootstrap", folder)
    shutil.copytree(
        LAMBDA_SRC / "streambda_runtime",
        folder / "streambda_runtime",
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    (folder / name).write_text(source)
    return folder
