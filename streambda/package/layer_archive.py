"""Which Python a layer's zip brings."""

import re
import zipfile
from pathlib import Path

from streambda.layer import LayerError

_STDLIB = re.compile(r"python-rt/lib/python(3\.\d+)/os\.py")


def find_python(archive: Path) -> str | None:
    """Such as "3.13"; None where the zip does not say. Raises LayerError for what is no zip."""
    try:
        with zipfile.ZipFile(archive) as packed:
            found = {match[1] for name in packed.namelist() if (match := _STDLIB.fullmatch(name))}
    except zipfile.BadZipFile:
        raise LayerError(f"{archive} is no zip, expected a Python layer") from None
    return found.pop() if len(found) == 1 else None
